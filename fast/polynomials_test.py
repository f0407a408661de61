"""The constants of the kernels, as they stand in the sources, are as good as the sources say.

Sollya bounds the distance of each polynomial from its function (supnorm: a proof, Chevillard et al. 2011), Gappa the
rounding errors of its evaluation; the powers of two are compared with integer arithmetic.
"""

import math
import pathlib
import re
import shutil
import subprocess
import unittest
from fractions import Fraction

FOLDER = pathlib.Path(__file__).resolve().parent
NUMBER = r"-?0x[0-9a-f.]+p[+-]?\d+f?|-?\d+(?:\.\d+)?f?"


def source(name):
    return (FOLDER / name).read_text()


def number(text):
    return float.fromhex(text.rstrip("f")) if "0x" in text else float(text.rstrip("f"))


def lists(name, text):
    """Every list of numbers called `name`, in the order of the source."""
    found = re.findall(rf"{name}\[\w*\] = \{{(.*?)\}};", text, re.S)
    return [[number(n) for n in re.findall(NUMBER, body)] for body in found]


def constant(name, text):
    return number(re.search(rf"{name} = ({NUMBER});", text).group(1))


def narrow_polynomials():
    """Those of exp-inl.h, from c0 = c1 = 1 up, with and without table: e^r = 1 + r (1 + ...) and 1 + r + r^2 (...)."""
    text = source("exp-inl.h")
    table = re.search(r"FloatVec p\[n\];(.*?)e\[k\]\.excess", text, re.S).group(1)
    no_table = re.search(r"FloatVec s = (.*?)const FloatVec fraction", text, re.S).group(1)
    table, no_table = ([number(n) for n in re.findall(rf"hn::Set\(f, ({NUMBER})\)", t)] for t in (table, no_table))
    return [1.0, *reversed(table)], [1.0, 1.0, *reversed(no_table)]


def run(program, text):
    done = subprocess.run([program], input=text, capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout + done.stderr


def exact(x):
    """As Sollya and Gappa read it."""
    return x.hex()


def horner(coefficients, variable):
    text = exact(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        text = f"({exact(c)} + {variable} * {text})"
    return text


def is_within(polynomial, function, low, high, bound):
    """Whether |polynomial / function - 1| <= bound, proved."""
    code, out = run(
        "sollya",
        f"prec = 200; display = hexadecimal!; roundingwarnings = off!;\n"
        f"e = supnorm({horner(polynomial, 'x')}, {function}, [{low}; {high}], relative, 2^-10);\n"
        f'if (sup(e) <= {bound}) then print("proved") else print("not proved");\n',
    )
    return "proved" in out.splitlines(), out


def evaluates_within(coefficients, largest, precision, fused, bound):
    """Whether Horner's rule with one or two roundings a step is off by at most bound, relatively, proved."""
    lines = [f"@rnd = float<ieee_{precision}, ne>;", "r = rnd(r_);"]
    top = len(coefficients) - 1
    lines.append(f"p{top} = {exact(coefficients[top])}; m{top} = {exact(coefficients[top])};")
    for i in range(top - 1, -1, -1):
        product = f"r * p{i + 1}" if fused else f"rnd(r * p{i + 1})"
        lines.append(f"p{i} = rnd({product} + {exact(coefficients[i])});")
        lines.append(f"m{i} = r * m{i + 1} + {exact(coefficients[i])};")
    lines.append(f"{{ |r| <= {exact(largest)} -> |p0 -/ m0| <= {exact(bound)} }}")
    code, out = run("gappa", "\n".join(lines))
    return code == 0, out


def excess_within(coefficients, largest, bound):
    """Whether r (1 + r (c2 + r c3)) as exp-inl.h has it is off by at most bound, relatively, proved."""
    c1, c2, c3 = (exact(c) for c in coefficients[1:])
    code, out = run(
        "gappa",
        f"@rnd = float<ieee_32, ne>; r = rnd(r_);\n"
        f"q = rnd(r * rnd(r * rnd(r * {c3} + {c2}) + {c1})); m = r * (r * (r * {c3} + {c2}) + {c1});\n"
        f"{{ |r| in [1b-120, {exact(largest)}] -> |q -/ m| <= {exact(bound)} }}",
    )
    return code == 0, out


def fraction_within(coefficients, fused, bound):
    """Whether 1 + (near + (r^2 s(r) - rest)), r = near - rest rounded, is off by at most bound, proved."""
    top = len(coefficients) - 1
    lines = ["@rnd = float<ieee_32, ne>;", "near = rnd(near_); rest = rnd(rest_); r = rnd(near - rest);"]
    lines.append(f"s{top} = {exact(coefficients[top])}; m{top} = {exact(coefficients[top])};")
    for i in range(top - 1, 1, -1):
        product = f"r * s{i + 1}" if fused else f"rnd(r * s{i + 1})"
        lines.append(f"s{i} = rnd({product} + {exact(coefficients[i])});")
        lines.append(f"m{i} = r * m{i + 1} + {exact(coefficients[i])};")
    square = "rnd(r * r) * s2" if fused else "rnd(rnd(r * r) * s2)"
    lines.append(f"f = rnd(1 + rnd(near + rnd({square} - rest)));")
    lines.append("m = 1 + (near + (r * r * m2 - rest));")
    lines.append(f"{{ |near| <= 0.36 /\\ |rest| <= 0.0115 /\\ |r| <= 0.348 -> |f - m| <= {exact(bound)} }}")
    code, out = run("gappa", "\n".join(lines))
    return code == 0, out


def power_of_two(numerator, precision):
    """2^(numerator / 16) in [1, 2), rounded to nearest with `precision` bits, as an integer."""
    root = 1 << (numerator + 16 * 200)
    for _ in range(4):
        root = math.isqrt(root)
    return (root + (1 << (200 - precision))) >> (201 - precision)


@unittest.skipUnless(shutil.which("sollya") and shutil.which("gappa"), "needs sollya and gappa")
class Polynomials(unittest.TestCase):
    U32 = 2.0**-24
    U64 = 2.0**-53
    # Half a step, and a little for the rounding of y.
    TABLE = "(log(2) / 32 * (1 + 2^-10))"
    NO_TABLE = "(log(2) / 2 * (1 + 2^-10))"
    # The narrow ones round y to fewer bits.
    NARROW_TABLE = "(log(2) / 32 * (1 + 2^-8))"
    NARROW_NO_TABLE = "(log(2) / 2 * (1 + 2^-8))"

    def proves(self, proof):
        proved, out = proof
        self.assertTrue(proved, out)

    def test_narrow_exponentials(self):
        table, no_table = narrow_polynomials()
        self.assertEqual((len(table), len(no_table)), (4, 7))
        self.proves(is_within(table, "exp(x)", f"-{self.NARROW_TABLE}", self.NARROW_TABLE, 0.03 * self.U32))
        self.proves(is_within(no_table, "exp(x)", f"-{self.NARROW_NO_TABLE}", self.NARROW_NO_TABLE, 0.07 * self.U32))
        self.proves(excess_within(table, 0.0218, 2.02 * self.U32))
        # Absolute; the larger errors go with the larger values, as the exhaustive check of exp_test.cc shows.
        for fused in (True, False):
            self.proves(fraction_within(no_table, fused, 1.6 * self.U32))

    def test_wide_exponentials(self):
        text = source("wide_exp-inl.h")
        for name, error in (("kShortPolynomial", "kShortPolynomialError"), ("kLongPolynomial", "kLongPolynomialError")):
            bound = constant(error, text)
            table, no_table = lists(name, text)
            self.proves(is_within(table, "exp(x)", f"-{self.TABLE}", self.TABLE, bound))
            self.proves(is_within(no_table, "exp(x)", f"-{self.NO_TABLE}", self.NO_TABLE, bound))
            for fused in (True, False):
                self.proves(evaluates_within(table, 0.0217, 64, fused, 2 * self.U64))
                self.proves(evaluates_within(no_table, 0.347, 64, fused, 3 * self.U64))

    def test_full_exponentials(self):
        table, no_table = lists("kFullPolynomial", source("full_exp-inl.h"))
        for excess, reach in ((table, self.TABLE), (no_table, self.NO_TABLE)):
            self.proves(is_within([1.0, *excess], "exp(x)", f"-{reach}", reach, 2.0**-55.7))
        for fused in (True, False):
            # r (1 + r (...)): the product adds a rounding to that of the factor.
            self.proves(evaluates_within(table, 0.0217, 64, fused, 1.05 * self.U64))
            self.proves(evaluates_within(no_table, 0.347, 64, fused, 1.5 * self.U64))

    def proves_logarithm(self, polynomial, bound):
        # log1p(x) / x has no value at 0, so both sides are multiplied by x.
        self.proves(is_within([0.0, *polynomial], "log1p(x)", "0.707 - 1", "-2^-40", bound))
        self.proves(is_within([0.0, *polynomial], "log1p(x)", "2^-40", "sqrt(2) - 1 + 2^-40", bound))
        # Nearer to 0, x - x^2 / 2 decides: relatively, 1 - x / 2.
        self.assertLess(abs(polynomial[0] - 1) + abs(polynomial[1] + 0.5) * 2.0**-40 + 2.0**-80, bound)

    def test_logarithm(self):
        (polynomial,) = lists("kLogPolynomial", source("log-inl.h"))
        self.proves_logarithm(polynomial, 2.0**-53)

    def test_brief_losses(self):
        (polynomial,) = lists("kBriefLogPolynomial", source("log-inl.h"))
        # The rest is the exponential's, and the roundings of losses-inl.h: 16 and 2.4 * 746.
        rest = constant("kShortPolynomialError", source("wide_exp-inl.h")) + 1810 * self.U64
        bound = constant("kLossPolynomialsError", source("kernel.h")) * self.U32
        self.proves_logarithm(polynomial, bound * (1 - 2.0**-20) - rest)
        # Nor is the bound wider than it has to be.
        low, high = "0.707 - 1", "-2^-40"
        self.assertFalse(is_within([0.0, *polynomial], "log1p(x)", low, high, 0.9 * bound)[0])

    def test_a_wrong_coefficient_is_found(self):
        table, _ = lists("kLongPolynomial", source("wide_exp-inl.h"))
        table[2] = math.nextafter(table[2], 0)
        table[3] *= 1 + 2.0**-20
        self.assertFalse(is_within(table, "exp(x)", f"-{self.TABLE}", self.TABLE, 2.0**-47)[0])
        self.assertFalse(evaluates_within(table, 0.0217, 64, True, 0.9 * self.U64)[0])


class Powers(unittest.TestCase):
    def test_of_the_narrow_table(self):
        text = source("exp-inl.h")
        (powers,) = lists("kPowers", text)
        unit = constant("kPowerUnit", text)
        for j, power in enumerate(reversed(powers)):
            # power = unit 2^(j/16) (1 + e), |e| <= 0.261 u: in integers, the 16th powers.
            lowest, highest = (Fraction(power) / (1 + side * Fraction(261, 1000 * 2**24)) for side in (1, -1))
            self.assertLess(lowest**16, Fraction(unit) ** 16 * 2**j)
            self.assertGreater(highest**16, Fraction(unit) ** 16 * 2**j)

    def test_of_the_wide_table(self):
        (powers,) = lists("kPowers", source("wide_exp-inl.h"))
        for j, bits in enumerate(powers):
            self.assertEqual(bits, power_of_two(j, 53) - (1 << 52) - (j << 48), j)

    def test_rounds(self):
        self.assertEqual(power_of_two(8, 53), int(math.sqrt(2) * 2**52))
        self.assertEqual(Fraction(power_of_two(0, 24), 1 << 23), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
