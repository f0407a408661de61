"""Certificates go from the one program to the other and are confirmed there; wrong ones are not.

usage: certify_test.py XENT XENT_GOLDEN_ARB CASES...
"""
import json
import subprocess
import sys
import tempfile
import unittest

XENT, ARB, CASES = sys.argv[1], sys.argv[2], sys.argv[3:]


def run(*command, text=None):
    return subprocess.run(command, input=text, capture_output=True, text=True)


def confirmed(text):
    """What the second oracle says of the lines, and whether it confirms them."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write(text)
        file.flush()
        done = run(ARB, file.name)
    return done.returncode == 0, done.stdout


def questions():
    lines = []
    for path in CASES:
        with open(path) as file:
            for line in file:
                case = json.loads(line)
                del case["answer"]
                lines.append(json.dumps(case, separators=(",", ":")))
    return lines


def moved_up(end):
    """An end of an enclosure, 1 in its last hexadecimal digit further up."""
    significand, exponent = end.split("p")
    digits = significand.replace("0x", "").replace(".", "")
    places = len(significand.split(".")[1]) if "." in significand else 0
    return f"0x{int(digits, 16) + 1:x}p{int(exponent) - 4 * places:+d}"


class Certify(unittest.TestCase):
    def test_questions_become_certificates_that_are_confirmed(self):
        done = run(XENT, "golden", "certify", text="\n".join(questions()))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(done.stdout.splitlines()), len(questions()))
        ok, report = confirmed(done.stdout)
        self.assertTrue(ok, report)

    def test_what_stood_there_is_not_believed(self):
        with open(CASES[0]) as file:
            line = file.readline()
        wrong = line.replace('"binary32":"0x1.', '"binary32":"0x1.f', 1)
        self.assertNotEqual(wrong, line)
        self.assertFalse(confirmed(wrong)[0])
        self.assertTrue(confirmed(run(XENT, "golden", "certify", text=wrong).stdout)[0])

    def test_an_enclosure_beside_the_value_is_found(self):
        done = run(XENT, "eval", "softmax_cross_entropy", "--logits", "2,1,0", "--target", "1", "--case")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(confirmed(done.stdout)[0])
        case = json.loads(done.stdout)
        answer = case["answer"][0]
        answer["lower"], answer["upper"] = answer["upper"], moved_up(answer["upper"])
        ok, report = confirmed(json.dumps(case) + "\n")
        self.assertFalse(ok)
        self.assertIn("lower", report)

    def test_digits_are_as_many_as_asked(self):
        done = run(XENT, "eval", "nll", "--q", "0.7", "--digits", "7", "--case")
        self.assertEqual(json.loads(done.stdout)["answer"][0]["value"], "0.3566749")
        self.assertTrue(confirmed(done.stdout)[0])

    def test_other_text_is_refused(self):
        for text, said in [("", "no cases"), ("{", "line 1"), ('{"id":"x","loss":"nothing"}', "line 1")]:
            done = run(XENT, "golden", "certify", text=text)
            self.assertEqual(done.returncode, 2, text)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
