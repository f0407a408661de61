// Numbers of twice the precision of binary64, for the rows that binary64 cannot decide.
//
// A number is the unevaluated sum of two doubles. u = 2^-53; bounds are relative to the exact result, while
// nothing overflows and no low part underflows.
// Source: Joldes, Muller, Popescu, Tight and rigorous error bounds for basic building blocks of double-word
// arithmetic, ACM TOMS 44 (2017), algorithms 6 and 12.
#ifndef XENT_FAST_DOUBLE_DOUBLE_H
#define XENT_FAST_DOUBLE_DOUBLE_H

#include <cmath>
#include <optional>

namespace xent::fast {

struct DoubleDouble {
  double high;
  double low;  // at most half an ulp of high
};

// a + b exactly. Domain: a = 0 or |a| >= |b|.
inline DoubleDouble fast_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

// a + b exactly.
inline DoubleDouble two_sum(double a, double b) {
  const double sum = a + b;
  const double b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// a b exactly.
inline DoubleDouble two_product(double a, double b) {
  const double product = a * b;
  return {product, std::fma(a, b, -product)};
}

inline DoubleDouble operator-(DoubleDouble x) {
  return {-x.high, -x.low};
}

// Error: 3 u^2 / (1 - 4 u), also where x and y cancel.
inline DoubleDouble operator+(DoubleDouble x, DoubleDouble y) {
  const DoubleDouble high = two_sum(x.high, y.high);
  const DoubleDouble low = two_sum(x.low, y.low);
  const DoubleDouble sum = fast_two_sum(high.high, high.low + low.high);
  return fast_two_sum(sum.high, low.low + sum.low);
}

// Error: 5 u^2.
inline DoubleDouble operator*(DoubleDouble x, DoubleDouble y) {
  const DoubleDouble product = two_product(x.high, y.high);
  const double cross = std::fma(x.low, y.high, std::fma(x.high, y.low, x.low * y.low));
  return fast_two_sum(product.high, product.low + cross);
}

// Error: 10 u^2 (algorithm 17; 15 u^2 with the remainder that is rounded here as well).
inline DoubleDouble operator/(DoubleDouble x, DoubleDouble y) {
  const double quotient = x.high / y.high;
  const DoubleDouble remainder = x + -(y * DoubleDouble{quotient, 0});
  return fast_two_sum(quotient, remainder.high / y.high);
}

// x factor. Domain: factor is a power of two.
inline DoubleDouble scaled(DoubleDouble x, double factor) {
  return {x.high * factor, x.low * factor};
}

// ln 2; a whole number below 2^11 times the first two is exact.
inline constexpr double kLn2Parts[] = {0x1.62e42fefa38p-1, 0x1.ef35793c768p-45, -0x1.9ff0342542fc3p-90};

// 1 / n! of the Taylor series of e^r - 1: from r^9 down to r^6 in binary64, then down to r.
inline constexpr double kSmallTail[] = {0x1.71de3a556c734p-19, 0x1.a01a01a01a01ap-16, 0x1.a01a01a01a01ap-13,
                                        0x1.6c16c16c16c17p-10};
inline constexpr DoubleDouble kSmallFactors[] = {{0x1.1111111111111p-7, 0x1.1111111111111p-63},
                                                 {0x1.5555555555555p-5, 0x1.5555555555555p-59},
                                                 {0x1.5555555555555p-3, 0x1.5555555555555p-57},
                                                 {0.5, 0},
                                                 {1, 0}};

// (1 + p)^2 - 1 so often takes that series to |r| <= ln 2 / 2.
inline constexpr int kSquarings = 8;

// Relative error of the three functions below.
inline constexpr double kDoubleDoubleError = 0x1p-92;

// e^x. Domain: |x| <= 690.
DoubleDouble exp(DoubleDouble x);

// e^x - 1. Domain: 0 <= x <= 690, x = 0 or x >= 2^-200.
DoubleDouble expm1(DoubleDouble x);

// ln(1 + x). Domain: 0 <= x < 2^900. Status: nullopt if the C library's log1p is off by more than 2^-46.
std::optional<DoubleDouble> log1p(DoubleDouble x);

}  // namespace xent::fast

#endif  // XENT_FAST_DOUBLE_DOUBLE_H
