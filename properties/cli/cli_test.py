"""Runs the program as a user at a terminal would: what it prints, and how it ends.

usage: cli_test.py XENT STRANGER FAST, the program, the library made of stranger.c and that of fast
"""
import json
import os
import pty
import re
import shlex
import signal
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

XENT, STRANGER, FAST = sys.argv[1:4]

EXAMPLE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "adapters", "mine.py")

# Sanitizers see the same in tests that are shorter.
unless_sanitized = unittest.skipIf(os.environ.get("XENT_SANITIZED") == "1", "judges at length")


def run(*arguments, **environment):
    return subprocess.run([XENT, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, **environment})


def contents(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def evaluated(*arguments):
    done = run("eval", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# arguments, and what the one line of complaint must name: the field, the value, what is accepted
BAD = [
    (["eval", "entropy", "--p", "-0.1,1.1"], ["p[0]", "-0.1", ">= 0"]),
    (["eval", "entropy", "--p", "nan,1"], ["p[0]", "nan", ">= 0"]),
    (["eval", "kl", "--p", "0.5,0.5", "--q", "0.5,inf"], ["q[1]", "inf", ">= 0"]),
    (["eval", "cross_entropy", "--p", "0.5,0.5", "--q", "0.1,0.7,0.2"], ["p", "2 numbers", "as many as q has, 3"]),
    (["eval", "softmax_cross_entropy", "--logits", "2,1,0", "--target", "3"], ["target", "3", "0 to 2"]),
    (["eval", "softmax_cross_entropy", "--logits", "2,1,0", "--target", "-1"], ["target", "-1", "0 to 2"]),
    (["eval", "softmax_cross_entropy", "--logits", "2,1,0", "--target", "1.5"], ["target", "1.5", "0 to 2"]),
    (["eval", "softmax_cross_entropy", "--logits", "2,1,0"], ["target", "0 to 2"]),
    (["eval", "softmax_cross_entropy", "--logits", "", "--target", "0"], ["logits", "empty", "numbers"]),
    (["eval", "softmax_cross_entropy", "--logits", "1,,2", "--target", "0"], ["logits[1]", "''", "decimal"]),
    (["eval", "entropy", "--p", "0.5,half"], ["p[1]", "half", "decimal"]),
    (["eval", "entropy", "--p", "1e999999999,0"], ["p[0]", "1e999999999", "exponents"]),
    (["eval", "entropy", "--p", "1/0"], ["p[0]", "1/0", "fraction"]),
    (["eval", "entropy", "--p", "0.5,0.5", "--base", "1"], ["base", "1", "other than 1"]),
    (["eval", "entropy", "--p", "0.5,0.5", "--base", "-2"], ["base", "-2", "> 0"]),
    (["eval", "entropy", "--p", "0.5,0.5", "--base", "two"], ["base", "two", "> 0"]),
    (["eval", "entropy", "--p", "0.5,0.5", "--digits", "0"], ["digits", "0", "range"]),
    (["eval", "entropy", "--p", "0.5,0.5", "--digits", "1000000000"], ["digits", "1000000000", "range"]),
    (["eval", "entropy", "--p", "0.5,0.5", "--as", "float"], ["as", "float", "binary32"]),
    (["eval", "entropy"], ["--p", "required"]),
    (["eval", "kl", "--p", "-1,inf", "--q", "0.5,0.5", "--p-is-log"], ["target_probs", "inf", "finite"]),
    (["eval", "kl", "--p", "-1,-2", "--q", "-1,-2", "--q-is-log"], ["p[0]", "-1", ">= 0"]),
    (["eval", "sequence", "--probs", "0.5,-1"], ["probs[1]", "-1", ">= 0"]),
    (["eval", "lm", "--text", "/no/such/file"], ["/no/such/file", "readable"]),
    (["eval", "lm", "--text", "/"], ["/", "folder"]),
    (["eval", "lm", "--text", "/dev/null"], ["text", "bytes"]),
    (["eval", "lm", "--order", "99"], ["order", "99", "range"]),
    (["check", "nobody"], ["implementation", "nobody", "fast"]),
    (["check", "mutant:nobody"], ["implementation", "mutant:nobody", "xent list mutants"]),
    (["check", XENT], ["implementation", "library"]),
    (["check", "fast", "--law", "nolaw"], ["--law", "nolaw", "xent list laws"]),
    (["check", "fast", "--level", "forever"], ["level", "forever", "smoke"]),
    (["check", "fast", "--level", "deep"], ["--level", "deep", "--budget or --rounds"]),
    (["check", "fast", "--rounds", "2"], ["--rounds", "--level deep"]),
    (["check", "fast", "--level", "deep", "--rounds", "2", "--budget", "9"], ["--rounds", "excludes", "--budget"]),
    (["check", "fast", "--level", "deep", "--rounds", "2", "--part", "p"], ["--part", "deep", "standard"]),
    (["check", "fast", "--level", "deep", "--rounds", "2", "--profile", "p"], ["--profile", "deep", "standard"]),
    (["check", "fast", "--law", "mask", "--case", "{"], ["case", "accepted"]),
    (["check", "fast", "--json", "/no/such/folder/report.json"], ["/no/such/folder/report.json", "written"]),
    (["check", "fast", "--profile", "/no/such/folder/p.json"], ["/no/such/folder/p.json", "written"]),
    (["check", "fast", "--junit", "/no/such/folder/p.xml"], ["/no/such/folder/p.xml", "written"]),
    (["check", "fast", "--progress-interval", "-1"], ["progress-interval", "-1", "range"]),
    (["check", "fast", "--shard", "0/3", "--part", "p"], ["--shard", "0/3", "1 <= I <= N"]),
    (["check", "fast", "--shard", "4/3", "--part", "p"], ["--shard", "4/3", "1 <= I <= N"]),
    (["check", "fast", "--shard", "1/3x", "--part", "p"], ["--shard", "1/3x", "1 <= I <= N"]),
    (["check", "fast", "--shard", "1/ 2", "--part", "p"], ["--shard", "1/ 2", "1 <= I <= N"]),
    (["check", "fast", "--shard", "+1/2", "--part", "p"], ["--shard", "+1/2", "1 <= I <= N"]),
    (["check", "fast", "--shard", "2", "--part", "p"], ["--shard", "2", "1 <= I <= N"]),
    (["check", "fast", "--shard", "4294967297/4294967298", "--part", "p"], ["--shard", "4294967297", "1 <= I <= N"]),
    (["check", "fast", "--shard", "1/3"], ["--shard", "--part"]),
    (["check", "fast", "--shard", "1/3", "--part", "p", "--json", "j"], ["--shard", "xent report merge"]),
    (["check", "fast", "--shard", "1/3", "--part", "p", "--search", "1"], ["--shard", "--search"]),
    (["check", "fast", "--shard", "1/3", "--part", "p", "--jobs", "2"], ["--shard", "--jobs"]),
    (["check", "fast", "--jobs", "0"], ["jobs", "0", "range"]),
    (["check", "fast", "--search", "-1"], ["search", "-1", "range"]),
    (["check", "fast", "--part", "/no/such/folder/p"], ["/no/such/folder/p", "written"]),
    (["report", "merge", "/no/such/file"], ["/no/such/file", "readable"]),
    (["report", "merge", "/dev/null"], ["/dev/null", "digest"]),
    (["check", "fast", "--html", "/no/such/folder/p.html"], ["/no/such/folder/p.html", "written"]),
    (["compare", "/no/such/file", "/dev/null"], ["/no/such/file", "readable"]),
    (["compare", "/dev/null", "/dev/null"], ["/dev/null", "JSON object"]),
    (["compare", "a.json"], ["new", "required"]),
    (["compare", "a", "b", "--ulp-factor", "0.5"], ["ulp-factor", "0.5", "range"]),
    (["compare", "--bits", "/dev/null", "/dev/null"], ["/dev/null", "digest"]),
    (["golden", "bits", "nobody"], ["implementation", "nobody", "fast"]),
    (["golden", "bits", "fast", "/no/such/file"], ["/no/such/file", "readable"]),
    (["golden", "bits", "fast", "/dev/null"], ["fast", "0 cases"]),
    (["golden", "verify", "/no/such/file"], ["/no/such/file", "readable"]),
    (["golden", "verify", "/dev/null"], ["/dev/null", "no cases"]),
    (["golden", "exhaustive", "binary128"], ["sweep", "binary128", "binary32"]),
    (["golden", "exhaustive", "binary32", "--slice", "3/2"], ["--slice", "3/2", "I < N"]),
    (["golden", "exhaustive", "binary32", "--slice", "0/5000"], ["--slice", "0/5000", "4096"]),
    (["golden", "exhaustive", "binary32", "--slice", "4294967296/4096"], ["--slice", "4294967296/4096", "I < N"]),
    (["golden", "exhaustive", "binary32", "--slice", "-4294967296/4096"], ["--slice", "-4294967296/4096", "I < N"]),
    (["golden", "exhaustive", "binary32", "--threads", "0"], ["threads", "0", "range"]),
    (["golden", "exhaustive", "binary32", "--slice", "0/4096", "--state", "/no/such/folder/s"],
     ["/no/such/folder/s", "written"]),
    (["golden", "exhaustive", "binary32", "--slice", "0/4096", "--state", XENT], ["line: 1"]),
    (["golden", "print", "nothing"], ["set", "nothing", "notes"]),
    (["explain", "nothing"], ["law", "nothing", "gibbs"]),
    (["eval", "nll", "--q", "0.5,0.5", "--target", "0", "--preset", "nobody"], ["preset", "nobody", "pytorch"]),
    (["eval", "nll", "--q", "0.5", "--label-smoothing", "2"], ["label_smoothing", "2", "0 to 1"]),
    (["eval", "softmax_cross_entropy", "--logits", "1,0", "--target", "0", "--class-weights", "1"],
     ["class_weights", "1 numbers", "one a class: 2"]),
    (["eval", "softmax", "--logits", "1,x"], ["logits[1]", "'x'"]),
    (["soak", "nobody"], ["implementation", "nobody", "fast"]),
    (["soak", "--seeds", "0"], ["seeds", "0", "range"]),
    (["peers", "nothing"], ["nothing", "pytorch", "onednn"]),
    (["mutants", "nobody"], ["mutant", "nobody", "xent list mutants"]),
    (["list", "nothing"], ["what", "nothing", "laws"]),
    (["nothing"], ["command", "nothing", "eval"]),
    ([], ["subcommand"]),
]


class BadInput(unittest.TestCase):
    def test_is_one_clear_line_and_status_2(self):
        for arguments, named in BAD:
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(done.stdout, "")
                for word in named:
                    self.assertIn(word, done.stderr)

    def test_leaves_a_truncated_case_file_alone_and_names_the_line(self):
        line = run("golden", "print", "notes").stdout.splitlines()[0]
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write(line + "\n" + line[:100])
            file.flush()
            done = run("golden", "verify", file.name)
            self.assertEqual(done.returncode, 2)
            self.assertIn("line 2", done.stderr)


class Output(unittest.TestCase):
    def test_that_cannot_be_written_is_an_error(self):
        for command in [["check", "fast", "--level", "smoke", "--law", "mask"], ["list", "laws"], ["--help"]]:
            with self.subTest(command=command), open("/dev/full", "w") as full:
                done = subprocess.run([XENT, *command], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, r"\Axent: .*\bwrit.*\n\Z")


class Eval(unittest.TestCase):
    def test_prints_the_value_alone_on_the_first_line(self):
        done = run("eval", "cross_entropy", "--p", "0,1,0", "--q", "0.1,0.7,0.2", "--digits", "30")
        self.assertEqual(done.stdout.splitlines()[0], "0.356674943938732378912638711241")
        self.assertIn("0x1.6d3c32p-2", done.stdout)  # binary32
        self.assertIn("0x1.6d3c324e13f4fp-2", done.stdout)  # binary64

    def test_json_has_the_documented_keys(self):
        answer = evaluated("nll", "--q", "0.1,0.7,0.2", "--target", "1")
        for key in ["value", "status", "lower", "upper", "precision_bits", "binary16", "bfloat16", "binary32", "binary64"]:
            self.assertIn(key, answer)
        self.assertEqual(float.fromhex(answer["binary64"]), 0.35667494393873237891)

    def test_takes_typed_decimals_exactly_unless_told_to_round(self):
        exact = evaluated("nll", "--q", "0.7", "--digits", "30")
        rounded = evaluated("nll", "--q", "0.7", "--digits", "30", "--as", "binary32")
        self.assertEqual(exact["value"], "0.356674943938732378912638711241")
        # -ln of the float 11744051 / 2^24
        self.assertEqual(rounded["value"], evaluated("nll", "--q", "11744051/16777216", "--digits", "30")["value"])
        self.assertNotEqual(exact["value"], rounded["value"])

    def test_follows_the_options_and_conventions(self):
        row = ["softmax_cross_entropy", "--logits", "2,1,0", "--target", "0", "--label-smoothing", "0.1"]
        for arguments, value in [
            ([], "0.50761"),
            (["--preset", "megatron"], "0.55761"),
            (["--class-weights", "0.5,1,2"], "0.39764"),
            (["--temperature", "0.5"], "0.34293"),
            (["--scale", "2"], "0.34293"),
        ]:
            self.assertEqual(evaluated(*row, *arguments, "--digits", "5")["value"], value, arguments)

    def test_follows_the_convention_for_labels_of_masked_classes(self):
        row = ["softmax_cross_entropy", "--logits", "2,1,-inf", "--target", "0", "--label-smoothing", "0.3"]
        for arguments, value in [
            ([], "inf"),
            (["--masked-labels", "infinity"], "inf"),
            (["--masked-labels", "zero"], "0.38194"),
            (["--preset", "optax_where"], "0.38194"),
            (["--preset", "optax_where", "--masked-labels", "infinity"], "inf"),
        ]:
            self.assertEqual(evaluated(*row, *arguments, "--digits", "5")["value"], value, arguments)

    def test_prints_gradients_one_entry_a_line(self):
        done = run("eval", "softmax_cross_entropy", "--logits", "0,0", "--target", "0", "--gradient")
        self.assertEqual(done.stdout.splitlines()[:2], ["-0.5", "0.5"])
        entries = evaluated("softmax", "--logits", "0,0,-inf")["values"]
        self.assertEqual([entry["status"] for entry in entries], ["exact"] * 3)
        self.assertEqual([entry["value"] for entry in entries], ["0.5", "0.5", "0"])

        done = run("eval", "perplexity", "--probs", "1/8,1/2", "--gradient")
        self.assertEqual(done.stdout.splitlines()[:2], ["-16", "-4"])
        self.assertIn("in choices for each unit", done.stdout)

    def test_takes_logarithms_of_distributions(self):
        both = ["kl", "--p-is-log", "--q-is-log", "--p", "-1,-2", "--q"]
        self.assertEqual(evaluated(*both, "-2,-1")["value"], "0.23254415793482962970")  # e^-1 - e^-2
        self.assertEqual(evaluated(*both, "-1,-2")["status"], "exact")
        self.assertEqual(evaluated("nll", "--q-is-log", "--q", "-1,-0.5", "--target", "1")["value"], "0.5")

    def test_knows_exact_values(self):
        for arguments, value in [
            (["nll", "--q", "1/8", "--base", "2"], "3"),
            (["nll", "--q", "0.001", "--base", "10"], "3"),
            (["entropy", "--p", "0.25,0.25,0.25,0.25", "--base", "2"], "2"),
            (["kl", "--p", "0.1,0.9", "--q", "0.1,0.9"], "0"),
            (["softmax_cross_entropy", "--logits", "5", "--target", "0"], "0"),
            (["softmax_cross_entropy", "--logits", "1,1,1,1", "--target", "2", "--base", "16"], "0.5"),
            (["perplexity", "--probs", "1/8,1/2"], "4"),
        ]:
            with self.subTest(arguments=arguments):
                answer = evaluated(*arguments)
                self.assertEqual((answer["value"], answer["status"]), (value, "exact"))
                self.assertEqual((answer["lower"], answer["upper"]), (value, value))

    def test_follows_the_conventions_for_infinities(self):
        self.assertEqual(evaluated("cross_entropy", "--p", "1,0", "--q", "0,1")["value"], "inf")
        self.assertEqual(evaluated("cross_entropy", "--p", "1,0", "--q", "1,0")["value"], "0")
        self.assertEqual(evaluated("softmax_cross_entropy", "--logits", "-inf,0", "--target", "0")["value"], "inf")
        self.assertEqual(evaluated("softmax_cross_entropy", "--logits", "nan,0", "--target", "1")["value"], "nan")

    def test_decides_a_tail_beside_a_float(self):
        answer = evaluated("softmax_cross_entropy", "--logits", "100000,0", "--target", "1")
        self.assertEqual(answer["binary32"], "0x1.86ap+16")
        self.assertEqual(answer["status"], "rounded")

    def test_notes_by_how_much_a_distribution_misses_one(self):
        answer = evaluated("cross_entropy", "--p", "0.5,0.5", "--q", "0.5,0.6")
        self.assertEqual(len(answer["notes"]), 1)
        self.assertIn("Q sums to 1.1, 0.1 more than 1", answer["notes"][0])
        self.assertEqual(evaluated("cross_entropy", "--p", "0.5,0.5", "--q", "0.5,0.5")["notes"], [])

    def test_gives_as_many_digits_as_asked(self):
        value = evaluated("nll", "--q", "0.5", "--digits", "1000")["value"]
        self.assertEqual(len(value), len("0.") + 1000)
        self.assertTrue(value.startswith("0.693147180559945309417232121458"))

    def test_evaluates_a_language_model_on_a_real_text(self):
        answer = evaluated("lm", "--steps", "3")
        self.assertEqual(answer["steps"], 1135)
        self.assertEqual(len(answer["step"]), 3)
        nats, bits = float(answer["value"]), float(answer["bits_per_byte"])
        self.assertTrue(0 < nats < 5.545177444479562)  # ln 256: better than a uniform guess
        self.assertTrue(nats < bits)
        # fast's own bound per step is far below this many ulps of binary32, and the mean inherits it
        self.assertLess(answer["largest_ulp"], 16)
        self.assertLess(abs(answer["fast"]["nats_per_byte"] - nats), 16 * 2.0**-24 * 16)


class Check(unittest.TestCase):
    def test_replays_the_failure_it_prints(self):
        done = run("check", "mutant:log_instead_of_log1p", "--level", "smoke", "--law", "small_loss")
        self.assertEqual(done.returncode, 1, done.stderr)
        replay = re.search(r"^ *(xent check .*)$", done.stdout, re.MULTILINE).group(1)
        command = replay.replace("xent", f"'{XENT}'", 1)
        again = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
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


def on_terminal(*arguments, **environment):
    """What a terminal shows of a run: both outputs, mixed."""
    master, slave = pty.openpty()
    process = subprocess.Popen([XENT, *arguments], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                               env={**os.environ, "TERM": "xterm", **environment})
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    process.wait()
    return shown.decode()


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
                replay = re.search(r"^ *(xent check .*)$", done.stdout, re.MULTILINE).group(1)
                again = subprocess.run(["sh", "-c", replay.replace("xent", f"'{XENT}'", 1)], capture_output=True,
                                       text=True, env={**os.environ, "XENT_STRANGER": deed})
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
            replay = re.search(r"^ *(xent check .*)$", done.stdout, re.MULTILINE).group(1)
            again = subprocess.run(["sh", "-c", replay.replace("xent", f"'{XENT}'", 1)], capture_output=True,
                                   text=True, env={**os.environ, "XENT_STRANGER": "wrong"})
            self.assertEqual(again.returncode, 1, again.stderr)

    def test_that_is_wrong_does_not_conform(self):
        done = run("check", STRANGER, "--level", "smoke", XENT_STRANGER="wrong")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("replay", done.stdout)


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
    unittest.main(argv=sys.argv[:1], verbosity=1)
