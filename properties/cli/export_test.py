"""`xent export`, and `xent check` of the folder with the answers."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

from command_line import XENT, contents, run, test

ADAPTERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "adapters")


def mine(text):
    """What mine.py answers to questions."""
    program = [sys.executable, os.path.join(ADAPTERS, "mine.py")]
    return subprocess.run(program, input=text, capture_output=True, text=True, check=True).stdout


class Export(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = os.path.join(self.temporary.name, "run")

    def path(self, name):
        return os.path.join(self.folder, name)

    def export(self, *options):
        """As the README has it: the declaration comes through a pipe."""
        return subprocess.run([XENT, "export", "/dev/stdin", self.folder, *options], input=mine(""),
                              capture_output=True, text=True)

    def answer(self, edit=lambda lines: lines):
        lines = edit(mine(contents(self.path("questions.jsonl"))).splitlines())
        with open(self.path("answers.jsonl"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def test_judges_by_the_answers(self):
        done = self.export("--level", "smoke", "--seed", "5")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^\d{4} questions to mine.py in .*questions.jsonl\n$")
        self.assertEqual(sorted(os.listdir(self.folder)), ["questions.jsonl", "run.json"])
        self.answer()
        done = run("check", self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue(done.stdout.startswith(f"checking {self.folder} (seed 5)\n"), done.stdout)
        self.assertTrue(done.stdout.endswith(f"{self.folder} conforms to its claims\n"), done.stdout)
        self.assertIn("layout", done.stdout)
        self.assertNotIn("not among those that were exported", done.stdout)

    def test_finds_a_wrong_answer_and_replays_it(self):
        self.export("--level", "smoke", "--law", "uniform")

        def spoil(lines):
            answer = json.loads(lines[-1])
            answer["loss"] = [2 * loss + 1 for loss in answer["loss"]]
            return lines[:-1] + [json.dumps(answer)]
        self.answer(spoil)
        done = run("check", self.folder, "--json", self.path("report.json"))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        replay = json.loads(contents(self.path("report.json")))["laws"][0]["failures"][0]["replay"]
        again = subprocess.run(["sh", "-c", replay], capture_output=True, text=True)
        self.assertEqual(again.returncode, 1, again.stdout + again.stderr)
        self.assertTrue(again.stdout.startswith("uniform FAIL"), again.stdout)

    def test_a_program_that_stopped_halfway_fails(self):
        self.export("--level", "smoke", "--law", "uniform")
        self.answer(lambda lines: lines[:len(lines) // 2])
        done = run("check", self.folder)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("it gave no answer to case", done.stdout)

    def test_refuses_other_inputs_than_those_exported(self):
        self.export("--level", "smoke", "--seed", "5", "--law", "uniform")
        self.answer()
        self.assertEqual(run("check", self.folder, "--seed", "5", "--level", "smoke", "--law", "uniform").returncode, 0)
        for option, value in (("--seed", "1"), ("--level", "standard"), ("--law", "mask"), ("--search", "1"),
                              ("--jobs", "2"), ("--shard", "1/2")):
            done = run("check", self.folder, option, value)
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(option, done.stderr)
            self.assertIn("accepted:", done.stderr)

    def test_refuses_a_folder_that_is_no_run(self):
        os.mkdir(self.folder)
        done = run("check", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"'{self.folder}' is a folder without run.json; accepted: a folder that `xent export` wrote",
                      done.stderr)

    def test_refuses_edited_questions_and_answers_that_are_none(self):
        self.export("--level", "smoke", "--law", "uniform")
        done = run("check", self.folder)
        self.assertIn("answers.jsonl: cannot be read", done.stderr)
        self.answer(lambda lines: ["WARNING: no device"] + lines)
        done = run("check", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("answers.jsonl: line 1: 'WARNING: no device' is not accepted; accepted:", done.stderr)
        self.answer()
        with open(self.path("questions.jsonl"), "a", encoding="utf-8") as file:
            file.write("\n")
        self.assertIn("run.json: digest: ", run("check", self.folder).stderr)

    def test_does_not_mix_new_questions_with_old_answers(self):
        self.export("--level", "smoke", "--law", "uniform")
        self.answer()
        before = contents(self.path("questions.jsonl"))
        done = self.export("--level", "smoke", "--law", "mask")
        self.assertEqual(done.returncode, 2)
        self.assertIn("answers.jsonl: is there already", done.stderr)
        self.assertEqual(contents(self.path("questions.jsonl")), before)

    def test_names_what_is_wrong_with_a_declaration(self):
        done = subprocess.run([XENT, "export", "/dev/stdin", self.folder], input='{"declare":"it"}\n',
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/dev/stdin: claims: ", done.stderr)
        self.assertFalse(os.path.exists(self.folder))


test()
