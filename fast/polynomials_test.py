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
    """Those of exp-inl.h, from c0 up, as its steps MulAdd(r, _, c) name them from the top down."""
    bodies = re.findall(r"FloatVec p = (.*?)return", source("exp-inl.h"), re.S)
    return [list(reversed([number(n) for n in re.findall(rf"hn::Set\(f, ({NUMBER})\)", body)])) for body in bodies]


def run(program, text):
    done = subprocess.run([program], input=text, capture_output=True, text=True, timeout=500)
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
        self.proves(evaluates_within(table, 0.0218, 32, True, 1.03 * self.U32))
        self.proves(evaluates_within(no_table, 0.348, 32, True, 1.75 * self.U32))

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

    def test_logarithm(self):
        (polynomial,) = lists("kPolynomial", source("losses-inl.h"))
        # log1p(x) / x has no value at 0, so both sides are multiplied by x.
        proved, out = is_within([0.0, *polynomial], "log1p(x)", "sqrt(1/2) - 1 - 2^-40", "-2^-40", 2.0**-53)
        self.assertTrue(proved, out)
        proved, out = is_within([0.0, *polynomial], "log1p(x)", "2^-40", "sqrt(2) - 1 + 2^-40", 2.0**-53)
        self.assertTrue(proved, out)
        # Nearer to 0, x - x^2 / 2 decides.
        self.assertEqual(polynomial[:1], [1.0])
        self.assertLess(abs(polynomial[1] + 0.5), 2.0**-50)

    def test_a_wrong_coefficient_is_found(self):
        table, _ = lists("kLongPolynomial", source("wide_exp-inl.h"))
        table[2] = math.nextafter(table[2], 0)
        table[3] *= 1 + 2.0**-20
        self.assertFalse(is_within(table, "exp(x)", f"-{self.TABLE}", self.TABLE, 2.0**-47)[0])
        self.assertFalse(evaluates_within(table, 0.0217, 64, True, 0.9 * self.U64)[0])


class Powers(unittest.TestCase):
    def test_of_the_narrow_table(self):
        (powers,) = lists("kPowers", source("exp-inl.h"))
        for j, bits in enumerate(powers):
            self.assertEqual(bits, power_of_two(j, 24) - (1 << 23) - (j << 19), j)

    def test_of_the_wide_table(self):
        (powers,) = lists("kPowers", source("wide_exp-inl.h"))
        for j, bits in enumerate(powers):
            self.assertEqual(bits, power_of_two(j, 53) - (1 << 52) - (j << 48), j)

    def test_rounds(self):
        self.assertEqual(power_of_two(8, 53), int(math.sqrt(2) * 2**52))
        self.assertEqual(Fraction(power_of_two(0, 24), 1 << 23), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
