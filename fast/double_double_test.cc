// Double-double arithmetic against MPFR, and its sums on every SIMD target.
#include "fast/double_double.h"

#include <algorithm>
#include <boost/multiprecision/mpfr.hpp>
#include <cmath>
#include <vector>

#include "fast/double_double_kernel.h"
#include "fast/testing.h"

namespace xent::fast {
namespace {

// 1000 bits: sums of two doubles and differences of two floats from here are exact.
using Digits = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<300>>;

Digits exact_of(DoubleDouble x) {
  return Digits(x.high) + Digits(x.low);
}

TEST(DoubleDouble, QuotientsAreWithinTheirError) {
  std::mt19937 bits(2);
  std::uniform_real_distribution<double> unit(0.5, 2);
  const Digits allowed = 15 * exact_of({0x1p-106, 0});
  for (int i = 0; i < 4000; ++i) {
    const DoubleDouble x = fast_two_sum(unit(bits), 0x1p-54 * (unit(bits) - 1));
    const DoubleDouble y = fast_two_sum(unit(bits), 0x1p-54 * (unit(bits) - 1));
    EXPECT_LE(abs(exact_of(x / y) * exact_of(y) / exact_of(x) - 1), allowed) << x.high << " / " << y.high;
  }
}

TEST(DoubleDouble, FunctionsAreWithinTheirErrors) {
  std::mt19937 bits(1);
  std::uniform_real_distribution<double> unit(-1, 1);
  const Digits allowed = kDoubleDoubleError;
  for (int i = 0; i < 4000; ++i) {
    const double size = std::ldexp(unit(bits), i % 2 == 0 ? static_cast<int>(bits() % 100) - 90 : 9);
    const DoubleDouble x = fast_two_sum(size, size * 0x1p-54 * unit(bits));
    const DoubleDouble positive = x.high < 0 ? -x : x;
    if (positive.high > 690) continue;
    const Digits exact = exact_of(positive);
    EXPECT_LE(abs(exact_of(exp(x)) / exp(exact_of(x)) - 1), allowed) << size;
    EXPECT_LE(abs(exact_of(expm1(positive)) / expm1(exact) - 1), allowed) << size;
    const auto logarithm = log1p(positive);
    ASSERT_TRUE(logarithm.has_value());
    EXPECT_LE(abs(exact_of(*logarithm) / log1p(exact) - 1), allowed) << size;
  }
}

void expect_sum(const std::vector<float>& x, float reference) {
  Digits expected = 0;
  for (const float logit : x) {
    if (logit - reference >= kLeastExponent) expected += exp(Digits(logit) - Digits(reference));
  }
  const Digits allowed = expected * (kDoubleDoubleError + static_cast<double>(x.size()) * 0x1p-104);
  for_each_target([&] {
    const DoubleDouble sum = sum_of_exponentials(x.data(), static_cast<int64_t>(x.size()), reference);
    EXPECT_LE(abs(exact_of(sum) - expected), allowed) << x.size();
    EXPECT_LE(std::fabs(sum.low), std::fabs(sum.high) * 0x1p-53) << x.size();
  });
}

TEST(DoubleDouble, SumsOfExponentialsAreWithinTheirError) {
  expect_sum({}, 1);
  for (int64_t classes = 1; classes <= 300; classes += classes < 70 ? 1 : 23) {
    for (const float deviation : {0x1p-30f, 1.0f, 20.0f, 300.0f}) {
      auto x = random_logits(classes, deviation, static_cast<uint32_t>(classes));
      if (classes % 3 == 0) x[static_cast<size_t>(classes / 2)] = -kInf;
      expect_sum(x, *std::max_element(x.begin(), x.end()));
    }
  }
  expect_sum(std::vector<float>(40, -kInf), 0);
  // Differences that no double holds, and some at the end of what counts.
  std::vector<float> x(33, 0x1.234568p-40f);
  x[5] = -0x1p-149f;
  x[7] = -626.00006f;
  x[8] = -626.0f;
  x[9] = -625.99994f;
  expect_sum(x, 64);
}

}  // namespace
}  // namespace xent::fast
