"""Catalogues and help, and the commands that go through a catalogue: mutants, soak, golden cases, exhaustive runs."""
import os
import re
import tempfile
import unittest

from command_line import run, unless_sanitized, test


class Lists(unittest.TestCase):
    def test_name_what_there_is(self):
        self.assertIn("softmax_cross_entropy", run("list", "losses").stdout)
        self.assertIn("shift_invariance", run("list", "laws").stdout)
        self.assertIn("stable", run("list", "implementations").stdout)
        self.assertGreaterEqual(run("list", "mutants").stdout.count("\n"), 200)

    def test_every_law_is_explained(self):
        for line in run("list", "laws").stdout.splitlines():
            done = run("explain", line.split()[0])
            self.assertEqual(done.returncode, 0)
            self.assertIn("tolerance", done.stdout)

    @unless_sanitized
    def test_mutants_are_shown_with_the_laws_that_find_them(self):
        done = run("mutants", "narrow_count", "second_thread_lost")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        letters = {law: letter for letter, law in re.findall(r"^(\w) (\w+)$", done.stdout, re.M)}
        rows = dict(re.findall(r"^(\w+) +([.\w]+)$", done.stdout, re.M))
        self.assertEqual(len(rows["narrow_count"]), len(letters))
        self.assertIn(letters["repeated_rows"], rows["narrow_count"])
        self.assertNotIn(letters["mask"], rows["narrow_count"])
        self.assertIn(letters["purity"], rows["second_thread_lost"])
        self.assertIn("smoke: 2 of 2 mutants die, 100.0 %", done.stdout)

    def test_mutants_may_stop_at_the_first_law(self):
        done = run("mutants", "--first", "narrow_count")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"^narrow_count +dies\n\nsmoke: 1 of 1")

    @unless_sanitized
    def test_soak_of_a_law_puts_no_other(self):
        done = run("soak", "naive", "--level", "smoke", "--seeds", "2", "--law", "purity")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("2 of 2 runs at smoke conform", done.stdout)

    @unless_sanitized
    def test_soak_counts_what_conforms_and_shows_what_does_not(self):
        done = run("soak", "sound:sound_shifted", "naive", "--level", "smoke", "--seeds", "1")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("naive does NOT conform", done.stdout)
        self.assertIn("seed 1: 2 runs, 1 alarms", done.stdout)
        self.assertTrue(done.stdout.endswith("1 of 2 runs at smoke conform\n"), done.stdout)

    def test_help_is_there_for_every_command(self):
        for command in [[], ["eval"], ["eval", "kl"], ["eval", "lm"], ["check"], ["compare"], ["report", "merge"], ["golden"], ["list"], ["mutants"], ["soak"], ["peers"], ["explain"]]:
            done = run(*command, "--help")
            self.assertEqual(done.returncode, 0, command)
            self.assertIn("--help", done.stdout)

    def test_an_exhaustive_run_goes_on_where_it_was_cut_off(self):
        with tempfile.TemporaryDirectory() as folder:
            whole, cut = os.path.join(folder, "whole"), os.path.join(folder, "cut")
            command = ["golden", "exhaustive", "bfloat16_pairs", "--slice", "7/2048"]
            first = run(*command, "--state", whole)
            self.assertEqual(first.returncode, 0, first.stderr)
            with open(whole) as state:
                text = state.read()
            self.assertEqual(text.count("\n"), 3)  # a header, two blocks
            with open(cut, "w") as state:
                state.write(text[:-20])  # in the middle of the last line
            second = run(*command, "--state", cut)
            self.assertIn("1 blocks were done already", second.stdout)
            self.assertEqual(second.stdout.splitlines()[2:], first.stdout.splitlines()[1:])
            again = run(*command, "--state", cut)
            self.assertIn("2 blocks were done already", again.stdout)
            other = run("golden", "exhaustive", "binary32", "--state", cut)
            self.assertEqual(other.returncode, 2)
            self.assertIn("bfloat16_pairs", other.stderr)

    def test_golden_cases_verify(self):
        done = run("golden", "verify")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn(" 0 findings", done.stdout)


if __name__ == "__main__":
    test()
