#include "fast/double_double.h"

#include "fast/tail.h"

namespace xent::fast {
namespace {

// e^x = 2^exponent (1 + fraction).
struct Exponential {
  DoubleDouble fraction;
  int exponent;
};

// e^r - 1 by its Taylor series up to r^9 / 9!. Domain: |r| <= ln 2 / 512.
// Error: 2^-106 for the r^10 / 10! that is left out; 7 operations of 5 u^2 at most on terms that fall by 2^-9
// each, below 2^-101; the terms from r^6 / 6! on, below 2^-57, in binary64, 2^-107.
DoubleDouble small_expm1(DoubleDouble r) {
  double tail = 0;
  for (const double factor : kSmallTail) tail = factor + r.high * tail;
  DoubleDouble p = {tail, 0};
  for (const DoubleDouble factor : kSmallFactors) p = factor + r * p;
  return r * p;
}

// Method: r = x - n ln 2, ln 2 in three parts of which n times the first two is exact; e^(r / 256) - 1 from
// its series, then eight times (1 + p)^2 - 1 = 2 p + p^2.
// Error of 1 + fraction: 2^-93. The series contributes 2^-101 and each squaring 13 u^2 to the relative error
// of p, which squaring keeps up to (1 + p) / (1 + p / 2): 2^-98 in all; r is off by 2^-100 at most. For n = 0
// the same holds of fraction itself.
Exponential exponential(DoubleDouble x) {
  constexpr double kRound = 0x1.8p52;  // has an ulp of 1
  const double n = x.high * 0x1.71547652b82fep0 + kRound - kRound;
  DoubleDouble r = two_sum(x.high, -n * kLn2Parts[0]);
  r = r + DoubleDouble{-n * kLn2Parts[1], 0};
  r = r + two_sum(x.low, -n * kLn2Parts[2]);
  DoubleDouble p = small_expm1(scaled(r, two_to_the(-kSquarings)));
  for (int i = 0; i < kSquarings; ++i) p = scaled(p, 2) + p * p;
  return {p, static_cast<int>(n)};
}

}  // namespace

DoubleDouble exp(DoubleDouble x) {
  const Exponential e = exponential(x);
  return scaled(DoubleDouble{1, 0} + e.fraction, two_to_the(e.exponent));
}

// For n >= 1, x >= 0.34 and e^x - 1 is at least 0.29 e^x.
DoubleDouble expm1(DoubleDouble x) {
  const Exponential e = exponential(x);
  if (e.exponent == 0) return e.fraction;
  return scaled(DoubleDouble{1, 0} + e.fraction, two_to_the(e.exponent)) + DoubleDouble{-1, 0};
}

// Method: one Newton step from y = log1p(x) of the C library, ln(1 + x) = y + ln(1 + w), w = (x - (e^y - 1))
// / e^y. Only the check of w depends on that library.
// Error: x^2 / 2 for small x; otherwise w^3 / 3, below 2^-94 of w, and the rounding of w, 2^-50 of it.
std::optional<DoubleDouble> log1p(DoubleDouble x) {
  constexpr double kLeast = 0x1p-120;
  constexpr double kLargestStep = 0x1p-46;
  if (x.high < kLeast) return x;
  const double y = std::log1p(x.high);
  const DoubleDouble expected = fast::expm1({y, 0});
  const double w = (x + -expected).high / (1 + expected.high);
  if (!(std::fabs(w) <= kLargestStep * y)) return std::nullopt;
  return fast_two_sum(y, w - w * w / 2);
}

}  // namespace xent::fast
