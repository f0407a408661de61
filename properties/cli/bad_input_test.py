"""Bad input is one clear line, and output that cannot be written is an error."""
import subprocess
import tempfile
import unittest

from command_line import XENT, run, test

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
    (["eval", "softmax_cross_entropy", "--logits", "", "--target", "0"], ["logits", "empty", "the logits x"]),
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
    (["check", "/"], ["implementation", "'/'", "run.json", "xent export", "fast", "shared library"]),
    (["check", "mutant:nobody"], ["implementation", "mutant:nobody", "xent list mutants"]),
    (["check", XENT], ["implementation", "library"]),
    (["check", "--command", ""], ["--command", "empty", "program"]),
    (["check", "fast", "--law", "mask", "--case", ""], ["--case", "empty"]),
    (["check", "fast", "--json", ""], ["--json", "empty", "file"]),
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
    (["check", "fast", "--search", "nan"], ["search", "nan", "range 0 to 1e+06"]),
    (["check", "fast", "--search", "inf"], ["search", "inf", "range"]),
    (["check", "fast", "--level", "deep", "--budget", "nan"], ["budget", "nan", "range"]),
    (["check", XENT, "--time-limit", "nan"], ["time-limit", "nan", "range 0.01 to 86400"]),
    (["check", "fast", "--progress-interval", "nan"], ["progress-interval", "nan", "range"]),
    (["compare", "a", "b", "--share-points", "nan"], ["share-points", "nan", "range"]),
    (["check", "fast", "--seed", "-1"], ["seed", "-1", "an integer from 0 to 18446744073709551615"]),
    (["check", "fast", "--seed", "99999999999999999999999"], ["seed", "99999999999999999999999", "from 0"]),
    (["export", "fast", "folder", "--seed", "1.5"], ["seed", "1.5", "integer"]),
    (["mutants", "--seed", "+1"], ["seed", "+1", "integer"]),
    (["peers", "--seed", "-0"], ["seed", "-0", "integer"]),
    (["check", "fast", "--json", "f", "--html", "./f"], ["--html", "./f", "--json"]),
    (["check", "fast", "--part", "f", "--profile", "f"], ["--profile", "f", "--part"]),
    (["report", "merge", "/dev/null", "--json", "f", "--cases", "f"], ["--cases", "f", "--json"]),
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
    (["soak", "--law", "none"], ["law", "none", "xent list laws"]),
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


if __name__ == "__main__":
    test()
