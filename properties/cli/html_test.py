"""Looks at the HTML report with a browser, as a reader does.

usage: html_test.py XENT CHROMIUM
"""
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

XENT, CHROMIUM = sys.argv[1:3]
WIDTHS = [360, 1280]

# Appended to a copy of the page: the browser prints the document as it is after this ran.
MEASURE = """<script>
for (const details of document.querySelectorAll("details")) details.open = true;
document.querySelector(".replay button")?.click();
const root = document.documentElement;
root.dataset.overflow = root.scrollWidth - innerWidth;
root.dataset.unreadable = [...document.querySelectorAll("svg text")].filter(
  text => text.getBoundingClientRect().height < 8).length;
root.dataset.outside = [...document.querySelectorAll("svg circle, svg text")].filter(mark => {
  const box = mark.getBoundingClientRect(), svg = mark.ownerSVGElement.getBoundingClientRect();
  return box.left < svg.left - 6 || box.right > svg.right + 6 || box.bottom > svg.bottom + 1;
}).length;
</script>"""


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.pages = {}
        for name in ["naive", "stable"]:
            path = os.path.join(cls.folder.name, name + ".html")
            done = subprocess.run([XENT, "check", name, "--level", "smoke", "--html", path], capture_output=True, text=True)
            assert done.returncode in (0, 1), done.stderr
            with open(path, encoding="utf-8") as file:
                cls.pages[name] = file.read()

    def browse(self, page, width, *options):
        """The browser's output on a page, which has to say nothing on its console."""
        path = os.path.join(self.folder.name, "page.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--enable-logging=stderr", "--user-data-dir=" + os.path.join(self.folder.name, "profile"),
             f"--window-size={width},1000", *options, "file://" + path], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("CONSOLE", done.stderr)
        return done.stdout

    def measured(self, name, width):
        dom = self.browse(self.pages[name].replace("</body>", MEASURE + "</body>"), width, "--dump-dom")
        return dom, dict(re.findall(r'data-(overflow|unreadable|outside)="(-?\d+)"', dom))

    def test_fits_a_phone_and_a_desk(self):
        for name in self.pages:
            for width in WIDTHS:
                with self.subTest(name=name, width=width):
                    _, measured = self.measured(name, width)
                    self.assertEqual(measured, {"overflow": "0", "unreadable": "0", "outside": "0"})

    def test_shows_verdict_failures_laws_and_plots(self):
        dom, _ = self.measured("naive", 1280)
        self.assertIn("naive does NOT conform to its claims", dom)
        self.assertGreater(dom.count('class="card failure"'), 5)
        self.assertIn("xent check naive --law accuracy --case '{", dom)
        self.assertGreaterEqual(dom.count("<svg"), 14)
        dom, _ = self.measured("stable", 1280)
        self.assertIn("stable conforms to its claims", dom)
        self.assertNotIn('class="card failure"', dom)

    def test_loads_nothing(self):
        for page in self.pages.values():
            self.assertEqual(re.findall(r'(?:src|href|url)\s*=?\s*[("]\s*(?!data:|#)[^")]*', page), [])
            self.assertIn("default-src 'none'", page)

    def test_is_drawn(self):
        for width in WIDTHS:
            for scheme in [(), ("--force-dark-mode", "--blink-settings=preferredColorScheme=0")]:
                path = os.path.join(self.folder.name, "shot.png")
                self.browse(self.pages["naive"], width, "--screenshot=" + path, *scheme)
                with open(path, "rb") as file:
                    image = file.read()
                self.assertEqual(struct.unpack(">I", image[16:20]), (width,))
                self.assertGreater(len(image), 20000)  # a blank page is a few hundred bytes
                os.remove(path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
