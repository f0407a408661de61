"""Draws plots of fixed results with plot.py, given as the only argument, and looks at what is in them."""
import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree


def row(implementation, operation, classes, threads, ns, fails=None, rows=8):
    limit = {"forward": "read limit", "forward+gradient": "copy limit"}[operation]
    time = None if ns is None else {"median": ns, "min": ns * 0.9, "max": ns * 1.2, "all": [ns]}
    return {"implementation": implementation, "operation": operation, "format": "binary32", "rows": rows,
            "classes": classes, "threads": threads, "ns_per_element": time, "limit": limit, "ratio_to_limit": None,
            "refused": "why" if ns is None else None, "fails_golden": fails}


RESULTS = {
    "machine": {"cpu": "Some CPU", "cpus": 2, "simd_target": "AVX2"}, "repetitions": 9,
    "seconds_per_repetition": 0.1, "seed": 1,
    "implementations": [{"name": name, "identity": name + " 1"} for name in ("fast", "peer", "refused")],
    "rows": [row(name, operation, classes, threads, ns / threads, fails)
             for operation in ("forward", "forward+gradient") for threads in (1, 2) for classes in (10, 1000, 32000)
             for name, ns, fails in (("fast", 0.2, None), ("peer", 0.8, "some/case"),
                                     ({"forward": "read limit", "forward+gradient": "copy limit"}[operation], 0.1, None))]
            + [row("refused", "forward", 10, 1, None), row("fast", "forward", 262144, 1, 0.3, rows=1)],
    "not_covered": [], "absent": [],
}


def draw(script, results, name):
    """(exit status, complaints, bytes of the picture)"""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, name)
        done = subprocess.run([sys.executable, script, "-", file], input=json.dumps(results), capture_output=True,
                              text=True, check=False)
        picture = b""
        if os.path.exists(file):
            with open(file, "rb") as stream:
                picture = stream.read()
        return done.returncode, done.stderr, picture


class Plot(unittest.TestCase):
    script = ""

    @classmethod
    def setUpClass(cls):
        status, complaints, picture = draw(cls.script, RESULTS, "plot.svg")
        if status != 0:
            raise AssertionError(complaints)
        ElementTree.fromstring(picture)
        cls.picture = picture.decode()  # matplotlib writes every text that it draws into a comment

    def test_a_panel_for_each_operation_and_number_of_threads(self):
        for title in ("forward, binary32, 1 thread ", "forward, binary32, 2 threads ",
                      "forward+gradient, binary32, 1 thread ", "forward+gradient, binary32, 2 threads "):
            self.assertEqual(self.picture.count(f"<!-- {title}-->"), 1, title)

    def test_every_line_is_named_and_so_is_the_limit(self):
        for name, panels in (("fast", 4), ("peer (fails golden)", 4), ("read limit", 2), ("copy limit", 2)):
            self.assertEqual(self.picture.count(f"<!-- {name} -->"), panels, name)
        self.assertNotIn("<!-- refused -->", self.picture)

    def test_says_what_was_measured_on_what(self):
        for words in ("Some CPU", "AVX2", "9 interleaved repetitions", "ns for each logit", "classes"):
            self.assertIn(words, self.picture)

    def test_a_png_shows_the_times(self):
        other = copy.deepcopy(RESULTS)
        other["rows"][0]["ns_per_element"]["median"] *= 1.1
        pictures = []
        for results in (RESULTS, other):
            status, complaints, picture = draw(self.script, results, "plot.png")
            self.assertEqual(status, 0, complaints)
            self.assertTrue(picture.startswith(b"\x89PNG\r\n"))
            pictures.append(picture)
        self.assertNotEqual(*pictures)

    def test_nothing_timed_is_said(self):
        nothing = copy.deepcopy(RESULTS)
        nothing["rows"] = [r for r in nothing["rows"] if r["ns_per_element"] is None]
        status, complaints, picture = draw(self.script, nothing, "plot.svg")
        self.assertNotEqual(status, 0)
        self.assertIn("nothing was timed", complaints)
        self.assertEqual(picture, b"")


class Spread(unittest.TestCase):
    def test_labels_keep_their_order_and_distance_and_move_no_more_than_needed(self):
        sys.dont_write_bytecode = True
        sys.path.insert(0, os.path.dirname(Plot.script))
        from plot import spread

        self.assertEqual(spread([0, 100, 50], 10), [0, 100, 50])
        self.assertEqual(spread([20, 20], 10), [15, 25])
        self.assertEqual(spread([], 10), [])
        crowded = spread([5, 1, 3, 2, 40, 41], 10)
        order = [1, 3, 2, 0, 4, 5]
        for below, above in zip(order, order[1:]):
            self.assertGreaterEqual(crowded[above] - crowded[below], 10 - 1e-9)


if __name__ == "__main__":
    Plot.script = os.path.abspath(sys.argv.pop(1))
    unittest.main()
