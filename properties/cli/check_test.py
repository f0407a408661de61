"""`xent check`: its reports, its progress, and what is left when it is interrupted or shared."""
import json
import os
import re
import signal
import stat
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree

from command_line import XENT, STRANGER, contents, on_terminal, run, unless_sanitized, test


class Check(unittest.TestCase):
    def test_replays_the_failure_it_prints(self):
        done = run("check", "mutant:log_instead_of_log1p", "--level", "smoke", "--law", "small_loss")
        self.assertEqual(done.returncode, 1, done.stderr)
        replay = re.search(r"^ *(\S*xent check .*)$", done.stdout, re.MULTILINE).group(1)
        again = subprocess.run(["sh", "-c", replay], capture_output=True, text=True)
        self.assertEqual(again.returncode, 1, again.stderr)
        self.assertTrue(again.stdout.startswith("small_loss FAIL"), again.stdout)

    def test_searches_for_worse_inputs(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "profile.json")
            done = run("check", "stable", "--level", "smoke", "--law", "accuracy", "--search", "1", "--profile", path)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertRegex(done.stdout, r"\n +adversarial +\d+")
            losses = json.loads(contents(path))["accuracy"]
            worst = [loss["regimes"]["adversarial"]["case"] for loss in losses]
            self.assertEqual(len(worst), len(losses))
            self.assertEqual(run("check", "stable", "--law", "accuracy", "--case", json.dumps(worst[0])).returncode, 0)

    def test_writes_the_report_as_json(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.json")
            done = run("check", "fast", "--level", "smoke", "--law", "mask", "--seed", "9", "--json", path)
            self.assertEqual(done.returncode, 0, done.stdout)
            with open(path, encoding="utf-8") as file:
                report = json.load(file)
            self.assertEqual((report["seed"], report["conforms"]), (9, True))
            self.assertEqual(report["laws"][0]["verdict"], "pass")
            self.assertEqual(os.listdir(folder), ["report.json"])

    def test_writes_the_report_as_junit(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "report.xml")
            done = run("check", "naive", "--level", "smoke", "--law", "big_gap", "--junit", path)
            self.assertEqual(done.returncode, 1, done.stdout)
            suite = xml.etree.ElementTree.parse(path).getroot().find("testsuite")
            self.assertEqual([suite.get(key) for key in ("tests", "failures", "errors", "skipped")], ["1", "1", "0", "0"])
            replay = suite.find("testcase/failure").text.splitlines()[-1]
            self.assertIn("--law big_gap --case '{", replay)

    def test_writes_to_what_is_no_file_in_place(self):
        with tempfile.TemporaryDirectory() as folder:
            pipe = os.path.join(folder, "pipe")
            os.mkfifo(pipe)
            with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)) as reader:
                run("check", "fast", "--level", "smoke", "--law", "mask", "--json", pipe)
                self.assertTrue(stat.S_ISFIFO(os.stat(pipe).st_mode))
                self.assertTrue(json.loads(reader.read())["conforms"])  # one report alone, that of the whole run

    def test_writes_to_standard_output_after_what_was_printed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "out")
            with open(path, "w") as file:
                subprocess.run([XENT, "check", "fast", "--level", "smoke", "--law", "mask", "--json", "/dev/stdout"],
                               stdout=file, stdin=subprocess.DEVNULL, check=True)
            text = contents(path)
            self.assertEqual(os.listdir(folder), ["out"])
            self.assertTrue(text.startswith("checking fast (seed 1)\n"))
            self.assertTrue(json.loads(text[text.index("{"):])["conforms"])

    def test_writes_where_a_link_leads(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as elsewhere:
            target = os.path.join(elsewhere, "report.json")
            second, link = os.path.join(folder, "second"), os.path.join(folder, "link")
            os.symlink(target, second)
            os.symlink("second", link)
            for _ in range(2):  # the target is not there, then it is
                run("check", "fast", "--level", "smoke", "--law", "mask", "--json", link)
                self.assertTrue(os.path.islink(link) and os.path.islink(second))
                self.assertTrue(json.loads(contents(target))["conforms"])
                self.assertEqual(os.listdir(elsewhere), ["report.json"])

    def test_leaves_reports_of_its_seed_and_level_when_it_is_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            for options in [["--json", "report", "--profile", "profile"], ["--shard", "1/2", "--part", "part"]]:
                process = subprocess.Popen([XENT, "check", "fast", "--level", "smoke", "--seed", "7", *options], cwd=folder,
                                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
                process.stdout.readline()
                process.kill()
                process.communicate()
            for name in ["report", "profile", "part"]:
                found = json.loads(contents(os.path.join(folder, name)).split("\n{")[0])
                self.assertEqual([found[key] for key in ("level", "seed", "finished")], ["smoke", 7, False], name)

    def test_goes_on_for_as_many_rounds_as_asked(self):
        done = run("check", "correct", "--level", "deep", "--rounds", "2", "--law", "mask")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("level deep, 2 rounds, seed 1\n", done.stdout)
        tried, outside = re.search(r"mask +pass +(\d+) inputs, (\d+) more outside", done.stdout).groups()
        self.assertEqual(int(tried) + int(outside), 1000)

    def test_rejects_naive(self):
        self.assertEqual(run("check", "naive", "--level", "smoke", "--law", "single_class").returncode, 1)


class Terminal(unittest.TestCase):
    RUN = ["check", "stable", "--level", "smoke", "--law", "accuracy"]

    def test_is_shown_progress_and_colours(self):
        shown = on_terminal(*self.RUN, NO_COLOR="")
        self.assertRegex(shown, r"\r\x1b\[Klaw 1 of 1 \(accuracy\), \d+%")
        self.assertIn("\x1b[32mpass", shown)
        self.assertIn("\x1b[32mstable conforms", shown)

    def test_is_shown_no_colour_when_asked_for_none(self):
        for environment in [{"NO_COLOR": "1"}, {"TERM": "dumb"}]:
            self.assertNotRegex(on_terminal(*self.RUN, **environment), r"\x1b\[[0-9]+m")

    def test_that_is_none_gets_plain_lines(self):
        done = run(*self.RUN, "--progress-interval", "0")
        self.assertRegex(done.stderr, r"\A(xent: law 1 of 1 \(accuracy\), \d+%(, about \d+ s left)?\n)+\Z")
        self.assertGreater(done.stderr.count("\n"), 5)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertEqual(run(*self.RUN, "--progress-interval", "86400").stderr, "")


def catches(pid, number):
    """Whether a process has a handler for a signal by now."""
    caught = re.search(r"^SigCgt:\s*(\S+)$", contents(f"/proc/{pid}/status"), re.MULTILINE).group(1)
    return int(caught, 16) >> (number - 1) & 1


class Interruption(unittest.TestCase):
    def interrupted(self, folder, implementation, sent=signal.SIGINT):
        """A run that is sent a signal as soon as it has begun: how it ended, what it printed, its files."""
        files = {kind: os.path.join(folder, "report." + kind) for kind in ["json", "junit", "html", "profile"]}
        options = [word for kind, path in files.items() for word in ("--" + kind, path)]
        process = subprocess.Popen([XENT, "check", implementation, "--progress-interval", "0", *options], text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stderr.readline()
        process.send_signal(sent)
        stdout, stderr = process.communicate()
        return process.returncode, stdout, {kind: contents(path) for kind, path in files.items()}

    def test_leaves_valid_reports_that_do_not_say_conforms(self):
        for implementation, sent, status in [("fast", signal.SIGINT, 130), (STRANGER, signal.SIGTERM, 143)]:
            with self.subTest(implementation=implementation), tempfile.TemporaryDirectory() as folder:
                ended, stdout, files = self.interrupted(folder, implementation, sent)
                self.assertEqual(ended, status, stdout)
                self.assertIn("the run was interrupted", stdout)
                self.assertIn("cut short interrupted after 0 of", stdout)
                self.assertNotIn("FAIL", stdout)
                for text in [stdout, files["html"], files["junit"]]:
                    self.assertNotIn("conforms to", text)
                self.assertEqual([json.loads(files["json"])[key] for key in ("finished", "conforms")], [False, False])
                suite = xml.etree.ElementTree.fromstring(files["junit"]).find("testsuite")
                self.assertGreater(int(suite.get("errors")), 0)
                self.assertIn('class="verdict warn"', files["html"])
                profile = os.path.join(folder, "report.profile")
                compared = run("compare", profile, profile)
                self.assertEqual(compared.returncode, 2)
                self.assertIn("interrupted", compared.stderr)
                self.assertEqual(len(os.listdir(folder)), 4)


    def test_does_not_wait_for_a_library_that_hangs(self):
        for command in [["check", STRANGER, "--level", "smoke"], ["golden", "bits", STRANGER]]:
            with self.subTest(command=command):
                process = subprocess.Popen([XENT, *command, "--time-limit", "600"], text=True, stdin=subprocess.DEVNULL,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           env={**os.environ, "XENT_STRANGER": "hang"})
                while not catches(process.pid, signal.SIGINT):
                    time.sleep(0.01)
                process.send_signal(signal.SIGINT)
                stdout, stderr = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 130, stdout + stderr)
                self.assertEqual("interrupted" in stdout, command[0] == "check", stdout)


class Shards(unittest.TestCase):
    KINDS = ["json", "junit", "html", "profile"]

    def reports(self, folder, *arguments):
        """Exit status, last line and the files of a command that writes reports."""
        options = [word for kind in self.KINDS for word in ("--" + kind, os.path.join(folder, kind))]
        done = run(*arguments, *options)
        return done.returncode, done.stdout.splitlines()[-1], [contents(os.path.join(folder, kind)) for kind in self.KINDS]

    @unless_sanitized
    def test_together_are_one_run_to_the_byte(self):
        for implementation in ["naive", "stable"]:
            with self.subTest(implementation=implementation), tempfile.TemporaryDirectory() as folder:
                parts = [os.path.join(folder, f"part{i}") for i in (1, 2, 3)]
                statuses = [run("check", implementation, "--level", "smoke", "--shard", f"{i}/3", "--part", part).returncode
                            for i, part in zip((1, 2, 3), parts)]
                self.assertEqual(statuses, [1, 1, 1] if implementation == "naive" else [0, 0, 0])
                whole = self.reports(folder, "check", implementation, "--level", "smoke", "--jobs", "1")
                self.assertEqual(self.reports(folder, "check", implementation, "--level", "smoke", "--jobs", "3"), whole)
                self.assertEqual(self.reports(folder, "report", "merge", parts[2], parts[0], parts[1]), whole)
                missing = run("report", "merge", parts[0], parts[2])
                self.assertEqual((missing.returncode, missing.stdout), (2, ""))
                self.assertIn("2/3 is missing", missing.stderr)


if __name__ == "__main__":
    test()
