"""`xent compare` and `xent golden bits`: what a change made worse, or that it changed nothing."""
import json
import os
import shlex
import sys
import tempfile
import unittest

from command_line import STRANGER, contents, run, test

EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "adapters", "mine.py")


class Compare(unittest.TestCase):
    """Profiles of the same inputs, of implementations that differ."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def profile(self, implementation, *options):
        path = os.path.join(self.folder.name, implementation + "".join(options) + ".json")
        done = run("check", implementation, "--level", "smoke", "--law", "big_gap", "--profile", path, *options)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return path

    def test_finds_no_change_in_the_same_implementation(self):
        path = self.profile("stable")
        before = contents(path)
        self.assertEqual(contents(self.profile("stable")), before)
        done = run("compare", path, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0 worse, 0 better", done.stdout)

    def test_says_what_got_worse_and_what_got_better(self):
        good, bad = self.profile("stable"), self.profile("naive")
        worse = run("compare", good, bad)
        self.assertEqual(worse.returncode, 1, worse.stderr)
        self.assertRegex(worse.stdout, r"worse\n +law big_gap +pass -> FAIL")
        better = run("compare", bad, good)
        self.assertEqual(better.returncode, 0, better.stderr)
        self.assertRegex(better.stdout, r"better\n +law big_gap +FAIL -> pass")

    def test_refuses_other_inputs_and_other_files(self):
        path, other = self.profile("stable"), self.profile("stable", "--seed", "2")
        for files, named in [((path, other), ["seed", "2 beside 1"]), ((STRANGER, path), [STRANGER, "JSON"])]:
            done = run("compare", *files)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            for word in named:
                self.assertIn(word, done.stderr)


class GoldenBits(unittest.TestCase):
    def bits(self, folder, implementation):
        done = run("golden", "bits", implementation)
        self.assertEqual(done.returncode, 0, done.stderr)
        path = os.path.join(folder, implementation)
        with open(path, "w", encoding="utf-8") as file:
            file.write(done.stdout)
        return path

    def test_prove_that_nothing_changed_or_show_what_did(self):
        with tempfile.TemporaryDirectory() as folder:
            stable, naive = self.bits(folder, "stable"), self.bits(folder, "naive")
            same = run("compare", "--bits", stable, stable)
            self.assertEqual(same.returncode, 0, same.stderr)
            self.assertIn("\n0 changed, 90 the same\n", same.stdout)
            other = run("compare", "--bits", stable, naive)
            self.assertEqual(other.returncode, 1, other.stderr)
            self.assertRegex(other.stdout, r"condition/maximum_subtracted/binary32\n +loss +3f317218 -> 7f800000 +0\.03195 -> inf ulp")
            profile = run("compare", stable, stable)
            self.assertEqual(profile.returncode, 2)

    def test_of_a_program_are_those_of_the_library(self):
        program = f"'{sys.executable}' '{EXAMPLE}'"
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write(run("golden", "print", "notes").stdout)
            file.flush()
            asked = run("golden", "bits", "--command", program, file.name)
        self.assertEqual(asked.returncode, 0, asked.stderr)
        header, *answers = [json.loads(line) for line in asked.stdout.splitlines()]
        option, command = shlex.split(header["implementation"])
        self.assertEqual((option, command), ("--command", program))
        self.assertGreater(len(answers), 5)
        for wrong, named in [(["--command", "exit 3"], "exit(3)"), ([], "implementation: missing")]:
            refused = run("golden", "bits", *wrong)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""))
            self.assertIn(named, refused.stderr)

    def test_of_what_a_run_found_can_be_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            cases = os.path.join(folder, "worst.jsonl")
            run("check", "naive", "--level", "smoke", "--law", "nonnegativity", "--cases", cases)
            verified = run("golden", "verify", cases)
            self.assertIn("worst.jsonl: 2 cases, 0 findings", verified.stdout)
            for implementation in ["stable", "naive"]:
                with open(os.path.join(folder, implementation), "w", encoding="utf-8") as file:
                    file.write(run("golden", "bits", implementation, cases).stdout)
            changed = run("compare", "--bits", *(os.path.join(folder, name) for name in ["stable", "naive"]))
            self.assertEqual(changed.returncode, 1, changed.stderr)
            self.assertIn("nonnegativity/softmax_cross_entropy/binary32\n", changed.stdout)

    def test_are_told_apart_by_ids(self):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write(run("golden", "print", "notes").stdout)
            file.flush()
            twice = run("golden", "bits", "fast", file.name, file.name)
            self.assertEqual((twice.returncode, twice.stdout), (2, ""))
            self.assertRegex(twice.stderr, "id: '.*' twice is not accepted; accepted: each id once")
            self.assertEqual(run("golden", "bits", "fast", file.name).returncode, 0)


if __name__ == "__main__":
    test()
