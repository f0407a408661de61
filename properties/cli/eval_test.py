"""What `xent eval` prints."""
import unittest

from command_line import evaluated, run, test


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


if __name__ == "__main__":
    test()
