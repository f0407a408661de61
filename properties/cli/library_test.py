"""Libraries of strangers under `xent check`, well-behaved and not."""
import json
import os
import re
import shlex
import signal
import shutil
import subprocess
import tempfile
import unittest

from command_line import XENT, STRANGER, FAST, contents, run, test


class SharedLibrary(unittest.TestCase):
    def test_written_in_c_against_the_header_alone_conforms(self):
        done = run("check", STRANGER, "--level", "smoke")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("stranger 1, level smoke", done.stdout)

    def test_that_ends_the_process_fails_each_law_with_a_case_that_shows_it(self):
        for deed, how in [("crash", "signal 11 (Segmentation fault), touching address 8"), ("exit", "it called exit(0)"),
                          ("abort", "signal 6 (Aborted)")]:
            with self.subTest(deed=deed):
                done = run("check", STRANGER, "--level", "smoke", XENT_STRANGER=deed)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertGreater(done.stdout.count(" FAIL "), 10)
                self.assertNotIn(" pass ", done.stdout)
                self.assertEqual(done.stdout.count(how), done.stdout.count(" FAIL "))
                replay = re.search(r"^ *(\S*xent check .*)$", done.stdout, re.MULTILINE).group(1)
                again = subprocess.run(["sh", "-c", replay], capture_output=True, text=True,
                                       env={**os.environ, "XENT_STRANGER": deed})
                self.assertEqual(again.returncode, 1, again.stderr)
                self.assertIn("accuracy FAIL", again.stdout)
                self.assertIn(how, again.stdout)

    def test_that_ends_as_it_is_loaded_cannot_be_judged(self):
        done = run("check", STRANGER, XENT_STRANGER="exit at once")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did not declare itself: it called exit(0)", done.stderr)

    def test_that_hangs_is_not_waited_for_beyond_the_limit(self):
        done = run("check", STRANGER, "--level", "smoke", "--law", "accuracy", "--time-limit", "0.2", XENT_STRANGER="hang")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"accuracy +FAIL")
        self.assertIn("no answer in time", done.stdout)

    def test_replays_with_the_limits_that_it_failed_under(self):
        done = run("check", STRANGER, "--level", "smoke", "--law", "accuracy", "--time-limit", "0.2", XENT_STRANGER="hang")
        self.assertRegex(done.stdout, r"xent check \S+ --time-limit 0\.2 --law accuracy --case")
        done = run("check", STRANGER, "--level", "smoke", "--law", "accuracy", "--memory-limit", "3000", XENT_STRANGER="wrong")
        replay = re.search(r"^ *\S*xent (check \S+ --memory-limit 3000 --law accuracy --case .*)$", done.stdout, re.MULTILINE)
        again = run(*shlex.split(replay.group(1)), XENT_STRANGER="wrong")
        self.assertEqual(again.returncode, 1, again.stdout + again.stderr)

    def test_is_judged_the_same_where_standard_streams_are_closed(self):
        for closed in ["<&-", ">&-", "2>&-"]:
            with self.subTest(closed=closed), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "report.json")
                command = f"'{XENT}' check '{STRANGER}' --level smoke --law accuracy --json '{path}' {closed}"
                done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertTrue(json.loads(contents(path))["conforms"])

    def test_that_aborts_is_not_taken_for_one_that_exits_where_nobody_waits_for_children(self):
        command = f"trap '' CHLD; exec '{XENT}' check '{STRANGER}' --level smoke --law accuracy"
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True,
                              preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
                              env={**os.environ, "XENT_STRANGER": "abort"})
        self.assertIn("signal 6 (Aborted)", done.stdout, done.stderr)

    def test_has_the_report_that_it_has_in_process(self):
        reports = []
        for name in ["fast", FAST]:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "report.json")
                done = run("check", name, "--level", "smoke", "--law", "shift_invariance", "--seed", "5", "--json", path)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                with open(path, encoding="utf-8") as file:
                    report = json.load(file)
                self.assertEqual(report.pop("implementation"), name)
                reports.append(report)
        self.assertEqual(*reports)

    def test_name_is_quoted_where_a_shell_needs_it(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "it's mine.so")
            shutil.copy(STRANGER, path)
            done = run("check", path, "--level", "smoke", "--law", "accuracy", XENT_STRANGER="wrong")
            replay = re.search(r"^ *(\S*xent check .*)$", done.stdout, re.MULTILINE).group(1)
            again = subprocess.run(["sh", "-c", replay], capture_output=True, text=True,
                                   env={**os.environ, "XENT_STRANGER": "wrong"})
            self.assertEqual(again.returncode, 1, again.stderr)

    def test_that_is_wrong_does_not_conform(self):
        done = run("check", STRANGER, "--level", "smoke", XENT_STRANGER="wrong")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("replay", done.stdout)


if __name__ == "__main__":
    test()
