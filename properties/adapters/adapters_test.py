"""Judges the examples as their authors would, and copies of them with a mistake in them.

usage: adapters_test.py XENT C_COMPILER PYTHON AWK
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

XENT, CC, PYTHON, AWK = sys.argv[1:5]
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Example(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def copied(self, name, *changes):
        """The path of a copy in which each pair's first text is the second."""
        with open(os.path.join(HERE, name), encoding="utf-8") as file:
            text = file.read()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def library(self, *changes):
        source, library = self.copied("mine.c", *changes), os.path.join(self.folder.name, "mine.so")
        subprocess.run([CC, "-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", ROOT, source, "-o",
                        library, "-lm"], check=True)
        return [library]

    def python(self, *changes):
        shutil.copy(os.path.join(HERE, "xent_program.py"), self.folder.name)
        return ["--command", f"'{PYTHON}' '{self.copied('mine.py', *changes)}'"]

    def awk(self, *changes):
        interactive = "-W interactive" if "mawk" in os.path.realpath(AWK) else ""
        return ["--command", f"'{AWK}' {interactive} -f '{self.copied('mine.awk', *changes)}'"]

    def check(self, what, *more):
        return subprocess.run([XENT, "check", *what, "--level", "smoke", *more], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)

    def test_conforms(self):
        for make in (self.library, self.python, self.awk):
            with self.subTest(make.__name__):
                done = self.check(make())
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn("conforms to its claims", done.stdout)

    def test_of_real_libraries_are_judged_by_their_claims(self):
        """Whatever the verdict is: of what is installed here, none breaks down."""
        own = os.path.join(ROOT, "build", "peers-python", "bin", "python")
        for python, name in [("/usr/bin/python3", "pytorch.py"), (own, "jax_nn.py"), (own, "onnx_runtime.py"),
                             (own, "scipy_special.py"), (own, "scikit_learn.py")]:
            program = os.path.join(HERE, name)
            starts = os.path.exists(python) and subprocess.run([python, program], stdin=subprocess.DEVNULL,
                                                               capture_output=True).returncode == 0
            with self.subTest(name):
                if not starts:
                    self.skipTest("not installed: " + name)
                done = self.check(["--command", f"'{python}' '{program}'"], "--law", "nonnegativity")
                self.assertIn("nonnegativity      pass", done.stdout)

    def test_with_a_mistake_is_found_out_with_a_case_to_replay(self):
        for make, change in [(self.library, ("x[c] - max)", "x[c])")), (self.python, ("m - x[target] +", "-x[target] +")),
                             (self.awk, ("exp(x[c] - max)", "exp(x[c])"))]:
            with self.subTest(make.__name__):
                what = make(change)
                done = self.check(what)
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                replay = re.search(r"^ *(\S*xent check .*)$", done.stdout, re.MULTILINE).group(1)
                again = subprocess.run(["sh", "-c", replay], capture_output=True, text=True)
                self.assertEqual(again.returncode, 1, again.stdout + again.stderr)
                self.assertIn(" FAIL: ", again.stdout)

    def test_that_dies_does_so_with_its_last_words(self):
        done = self.check(self.python(("m - x[target]", "1 // 0")), "--law", "accuracy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("it called exit(1), having complained: ZeroDivisionError", done.stdout)

    def test_with_no_declaration_is_bad_input(self):
        done = self.check(["--command", "echo hello"])
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr.count("\n"), 1)
        for word in ["--command", "echo hello", "declaration", "JSON"]:
            self.assertIn(word, done.stderr)

    def test_and_a_library_are_not_judged_at_once(self):
        done = self.check(["fast", "--command", "true"])
        self.assertEqual(done.returncode, 2)
        self.assertIn("--command", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
