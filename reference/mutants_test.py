"""Breaks the reference on purpose, one line at a time, and fails if its tests do not notice.

usage: mutants_test.py SOURCE_DIR BUILD_DIR CXX

What the proofs rest on is a handful of lines: the direction of a rounding, which end is which, how large an error is.
Each mutant changes one of them; all files are compiled by themselves, so that nothing of the original is left in it.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

SOURCE, BUILD, CXX = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]

SOURCES = ["expected", "number", "number_row", "format", "enclosure", "fixed_point", "fixed_exp", "fixed_log",
           "softmax_row", "coprime_base", "log_form", "decimal", "power", "quantity", "certified"]
TESTS = ["format_test", "enclosure_test", "fixed_point_test", "fixed_exp_test", "fixed_log_test", "softmax_row_test",
         "certified_test"]
FLAGS = ["-std=c++20", "-O1", "-I", str(SOURCE)]
# What all include takes most of the time of a file; a compiler that knows how reads it once.
PREFIX = BUILD / "prefix.h"
HEADERS = ["boost/multiprecision/gmp.hpp", "boost/multiprecision/mpfi.hpp", "gtest/gtest.h", "map", "random", "thread"]
LIBRARIES = ["-lgtest_main", "-lgtest", "-lmpfi", "-lmpfr", "-lgmp", "-lfmt", "-pthread"]

# name | file | what it says | what the mutant says instead
MUTANTS = [
    ("rounding direction of an interval's lower end dropped", "enclosure.cc",
     "lower.exponent, MPFR_RNDD)", "lower.exponent, MPFR_RNDN)"),
    ("rounding direction of a binary64 bound dropped", "enclosure.cc",
     "mpfr_get_d(right(value_), MPFR_RNDU)", "mpfr_get_d(right(value_), MPFR_RNDN)"),
    ("lower and upper end swapped", "enclosure.cc",
     "return &data(x)->left;", "return &data(x)->right;"),
    ("ends read with a default precision", "enclosure.cc",
     "  Dyadic result;\n  if (mpfr_zero_p(x)) return result;",
     "  Dyadic result;\n  if (mpfr_zero_p(x)) return result;\n  mpfr_t copy;\n  mpfr_init(copy);\n"
     "  mpfr_set(copy, x, MPFR_RNDN);\n  x = copy;"),
    ("digits of a scope taken as bits", "enclosure.cc",
     "std::ceil(bits * 0.30103)) + 1", "std::ceil(bits * 0.2))"),
    ("error of the first rung halved", "fixed_exp.h",
     "kExpError = 900'000'000;", "kExpError = 450'000'000;"),
    ("error of a sum left out below", "fixed_exp.cc",
     "Integer(value - error)", "Integer(value)"),
    ("error of a sum left out above", "fixed_exp.cc",
     "Integer(value + error)", "Integer(value)"),
    ("terms too small for a unit forgotten", "fixed_exp.cc",
     "+ 1 + Integer(logits.size())", "+ 1"),
    ("logits cut towards zero", "fixed_point.cc",
     "significand >> std::min(-shift, 127);", "significand / (Int128{1} << std::min(-shift, 126));"),
    ("ends of a shifted interval rounded inward", "fixed_point.cc",
     "{shifted(x.lower, shift, false), shifted(x.upper, shift, true), exponent}",
     "{shifted(x.lower, shift, true), shifted(x.upper, shift, false), exponent}"),
    ("one end decides a rounding", "fixed_point.cc",
     "return low == high ? std::optional(low) : std::nullopt;", "return low;"),
    ("error of the logarithm's series dropped", "fixed_log.cc",
     "(z >> 62)", "(z >> 70)"),
    ("one end of an enclosure decides", "certified.cc",
     "return low == high ? std::optional(low) : std::nullopt;", "return low;"),
    ("an irrational value put on the wrong side of its end", "certified.cc",
     "seen_from(lower, Sticky::above)", "seen_from(lower, Sticky::below)"),
    ("ties rounded away from zero", "format.cc",
     "t.remainder == Remainder::half && t.quanta % 2 != 0", "t.remainder == Remainder::half"),
]


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def compiled(source, target, *flags):
    done = run([CXX, *flags, *FLAGS, "-include", str(PREFIX), "-c", str(source), "-o", str(target)])
    if done.returncode != 0:
        raise SystemExit(f"{source} does not compile:\n{done.stdout}")
    return target


def tested(objects, program):
    """The first test that fails, or None. Crashes and endless loops count as failures."""
    done = run([CXX, *map(str, objects), *LIBRARIES, "-o", str(program)])
    if done.returncode != 0:
        raise SystemExit(f"{program.name} does not link:\n{done.stdout}")
    try:
        done = run([str(program), "--gtest_fail_fast", "--gtest_brief=1"], timeout=600)
    except subprocess.TimeoutExpired:
        return "does not end"
    if done.returncode == 0:
        return None
    failed = [line.split("]")[1].split("(")[0].strip() for line in done.stdout.splitlines() if "FAILED  ]" in line]
    return failed[0] if failed else f"ended with {done.returncode}"


def users(header):
    """The sources compiled here that include a header of the reference, themselves or through fixed_log.h."""
    names = [f'"reference/{header}"', '"reference/fixed_log.h"']
    return [s for s in SOURCES + TESTS if any(n in (SOURCE / "reference" / f"{s}.cc").read_text() for n in names)]


def killer(index, objects):
    name, file, old, new = MUTANTS[index]
    text = (SOURCE / "reference" / file).read_text()
    if text.count(old) != 1:
        raise SystemExit(f"mutant '{name}': the line is in {file} {text.count(old)} times; it must be there once")
    folder = BUILD / f"mutant_{index}"
    (folder / "reference").mkdir(parents=True, exist_ok=True)
    (folder / "reference" / file).write_text(text.replace(old, new))
    mutated = dict(objects)
    stem = pathlib.Path(file).stem
    if file.endswith(".h"):
        for source in users(file):
            # The folder comes first, so that the mutant is found before the original.
            mutated[source] = compiled(SOURCE / "reference" / f"{source}.cc", folder / f"{source}.o", "-I", str(folder))
    else:
        mutated[stem] = compiled(folder / "reference" / file, folder / f"{stem}.o")
    return tested(mutated.values(), folder / "test")


def main():
    BUILD.mkdir(parents=True, exist_ok=True)
    PREFIX.write_text("".join(f"#include <{header}>\n" for header in HEADERS))
    run([CXX, *FLAGS, "-x", "c++-header", str(PREFIX), "-o", f"{PREFIX}.gch"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = {s: pool.submit(compiled, SOURCE / "reference" / f"{s}.cc", BUILD / f"{s}.o") for s in SOURCES + TESTS}
        objects = {source: path.result() for source, path in paths.items()}
        failed = tested(objects.values(), BUILD / "test")
        if failed:
            raise SystemExit(f"the original fails: {failed}")
        killers = list(pool.map(lambda i: killer(i, objects), range(len(MUTANTS))))
    for (name, file, _, _), test in zip(MUTANTS, killers):
        print(f"{'killed' if test else 'SURVIVED':8} {file:15} {name}{': ' + test if test else ''}")
    alive = killers.count(None)
    print(f"{len(MUTANTS) - alive} of {len(MUTANTS)} mutants killed")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
