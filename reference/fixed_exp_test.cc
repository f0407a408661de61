#include "reference/fixed_exp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "reference/testing.h"

namespace xent::reference {
namespace {

constexpr int kExactBits = 300;

// |significand - 2^(126 + exponent) e^-d|, as it is and as it may be for a true difference up to two units
// away.
Enclosure error_at(Int128 difference, int moved = 0) {
  const PrecisionScope scope(kExactBits);
  const FixedExp computed = fixed_exp(difference);
  const Enclosure d = Enclosure(Rational(integer(difference) + moved)) * Enclosure(power_of_two(-kLogitBits));
  const Enclosure exact = exp(-d) * Enclosure(power_of_two(kExpBits + computed.exponent));
  return abs(Enclosure(integer(static_cast<Int128>(computed.significand))) - exact);
}

Int128 to_int128(const Integer& value) {
  const auto high = Integer(value >> 64).convert_to<std::uint64_t>();
  const auto low = Integer(value & Integer(~std::uint64_t{0})).convert_to<std::uint64_t>();
  return static_cast<Int128>(Uint128{high} << 64 | low);
}

// Spread evenly, by magnitude, and about the places where the table is entered anew.
std::vector<Int128> differences(int count) {
  std::mt19937_64 random(kSeed);
  const Rational step = [] {
    const PrecisionScope scope(kExactBits);
    return expanded((log(Enclosure(2L)) * Enclosure(power_of_two(kLogitBits - 10))).lower());
  }();
  std::vector<Int128> all = {0, 1, 2, kExpLimit - 1, kExpLimit - 2};
  for (int i = 0; i < count; ++i) {
    const auto any =
        static_cast<Int128>((Uint128{random()} << 64 | random()) % static_cast<Uint128>(kExpLimit));
    all.push_back(any);
    all.push_back(any >> random() % 120);
    const auto entry = static_cast<long>(random() % 1700000);
    const Integer at = numerator(step) * entry / denominator(step);
    const Int128 start = to_int128(at);
    for (const int offset : {-1, 0, 1, 2}) all.push_back(std::max<Int128>(0, start + offset));
    // The remainder is largest before the next entry; its error counts most where the table has 1.
    if (entry % 8 == 0)
      all.push_back(to_int128(numerator(step) * (1024 * (entry / 1024) + 1) / denominator(step)) -
                    (any >> 28));
  }
  return all;
}

TEST(FixedExp, IsWithinItsErrorOfTheTruth) {
  double largest = 0;
  for (const Int128 d : differences(8000)) {
    for (const int moved : {-2, 0, 2}) {
      const double error = error_at(d, moved).upper_double();
      ASSERT_LE(error, static_cast<double>(kExpError)) << integer(d);
      largest = std::max(largest, error);
    }
  }
  // A bound twice too small would be noticed.
  EXPECT_GT(largest, static_cast<double>(kExpError) / 2);
}

TEST(FixedExp, TheErrorIsWhatTheDerivationAddsUpTo) {
  const double rho = std::pow(2, -10.5);
  const double rest_of_logarithm = 0x1p-107;
  const double rest_of_series = std::pow(rho, 8) / 40320;
  const double last_place_of_q1 = (1 + rho * 1.01) * 0x1p-66;
  const double q = rho * last_place_of_q1 + 0x1p-74 / 6 + 0x1p-128;
  const double everything_else = 0x1p-123;
  const double logits = 0x1p-109;
  const double sum = rest_of_logarithm + rest_of_series + rho * rho * q + everything_else + logits;
  EXPECT_LT(sum * std::ldexp(1.0, kExpBits), static_cast<double>(kExpError));
}

TEST(FixedExp, SignificandsStayInTheirRange) {
  for (const Int128 d : differences(2000)) {
    const FixedExp e = fixed_exp(d);
    ASSERT_LE(e.significand, Uint128{1} << kExpBits);
    ASSERT_GE(static_cast<double>(e.significand), std::pow(2, 124.99));
  }
  EXPECT_EQ(integer(static_cast<Int128>(fixed_exp(0).significand)), Integer(1) << kExpBits);
  EXPECT_EQ(fixed_exp(0).exponent, 0);
}

// The sum by MPFI, at a precision at which it is as good as exact.
Enclosure exact_sum(const std::vector<Number>& logits, const Number& top, const Number& excluded) {
  Enclosure sum;
  for (const Number& x : logits) {
    if (x.is_finite() && x < excluded) sum += exp(Enclosure(x) - Enclosure(top));
  }
  return sum;
}

void expect_sum_is_enclosed(const std::vector<Number>& logits, const Number& top, const Number& excluded,
                            bool is_narrow = true) {
  for (const int bits : {30, 96}) {
    std::optional<Enclosure> sum;
    {
      const PrecisionScope scope(bits);
      sum = fixed_sum_of_exp(NumberRow(logits), top, excluded);
      ASSERT_TRUE(sum);
      if (bits == 96 && is_narrow) {
        ASSERT_LE(sum->relative_width_exponent(), -91);
      }
    }
    const PrecisionScope scope(kExactBits);
    const Enclosure exact = exact_sum(logits, top, excluded);
    ASSERT_LE(expanded(sum->lower()), expanded(exact.lower()));
    ASSERT_GE(expanded(sum->upper()), expanded(exact.upper()));
  }
}

TEST(FixedExp, SumsAreEnclosed) {
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 400; ++round) {
    const double spread = std::ldexp(1.0, static_cast<int>(random() % 24) - 8);
    const double shift = random() % 2 == 0 ? 0 : static_cast<double>(random() % 100000) - 50000;
    std::vector<Number> logits;
    const auto classes = 1 + random() % 200;
    for (std::uint64_t i = 0; i < classes; ++i) {
      const double x = shift + spread * (static_cast<double>(random() >> 11) * 0x1p-52 - 2);
      switch (random() % 8) {
        case 0:
          logits.emplace_back(-HUGE_VAL);
          break;
        case 1:
          logits.emplace_back(Rational(static_cast<long>(x * 1000), 1000));
          break;
        case 2:
          logits.emplace_back(-3.4e38);
          break;
        default:
          logits.emplace_back(x);
      }
    }
    const Number top(std::min(65535.0, shift));
    logits.push_back(top);
    logits.emplace_back(65535.5);
    ASSERT_NO_FATAL_FAILURE(expect_sum_is_enclosed(logits, top, Number(65535.5)));
  }
}

TEST(FixedExp, ManyEqualTermsAddUp) {
  const std::vector<Number> equal(100000, Number(-3.25));
  ASSERT_NO_FATAL_FAILURE(expect_sum_is_enclosed(equal, Number(-3.25), Number(0.0)));
  ASSERT_NO_FATAL_FAILURE(expect_sum_is_enclosed(equal, Number(-3.0), Number(0.0)));
  std::vector<Number> tiny(100000, Number(-90.0));  // below the last unit, each
  ASSERT_NO_FATAL_FAILURE(expect_sum_is_enclosed(tiny, Number(0.0), Number(1.0), false));
  tiny.emplace_back(0.0);
  ASSERT_NO_FATAL_FAILURE(expect_sum_is_enclosed(tiny, Number(0.0), Number(1.0)));
}

TEST(FixedExp, RowsOutOfRangeAreLeftToOthers) {
  const std::vector<Number> row = {Number(1.0), Number(2.0)};
  EXPECT_TRUE(fixed_sum_of_exp(NumberRow(row), Number(2.0), Number(3.0)));
  EXPECT_FALSE(fixed_sum_of_exp(NumberRow(row), Number(65536.0), Number(65537.0)));
  EXPECT_FALSE(fixed_sum_of_exp(NumberRow(row), Number(-64334.5), Number(3.0)));
  EXPECT_FALSE(fixed_sum_of_exp(NumberRow(row), Number(-1e30), Number(3.0)));
}

}  // namespace
}  // namespace xent::reference
