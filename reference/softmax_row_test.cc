#include "reference/softmax_row.h"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "reference/testing.h"

namespace xent::reference {
namespace {

// ln(sum e^(x_i - x_t) / ties) - shift by MPFR, all steps rounded in one direction: a bound of the true
// value.
class Bound {
 public:
  Bound(const std::vector<Number>& logits, std::size_t target, const Rational& shift, mpfr_rnd_t direction) {
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    mpfr_inits2(1000, sum_, term_, nullptr);
    mpfr_set_zero(sum_, 1);
    std::map<Number, unsigned long> counts;
    for (const Number& x : logits) counts[x] += x.is_finite() ? 1 : 0;
    for (const auto& [x, count] : counts) {
      if (count == 0) continue;
      const Rational difference = x.rational() - logits[target].rational();
      mpfr_set_q(term_, difference.backend().data(), direction);
      mpfr_exp(term_, term_, direction);
      mpfr_mul_ui(term_, term_, count, direction);
      mpfr_add(sum_, sum_, term_, direction);
    }
    mpfr_div_ui(sum_, sum_, counts.rbegin()->second, direction);
    mpfr_log(sum_, sum_, direction);
    mpfr_sub_q(sum_, sum_, shift.backend().data(), direction);
  }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;
  ~Bound() { mpfr_clears(sum_, term_, nullptr); }

  // The order of this bound and a dyadic: -1, 0, 1.
  int compare(const Dyadic& x) {
    mpfr_t end;
    mpfr_init2(end, std::max<mpfr_prec_t>(
                        2, static_cast<mpfr_prec_t>(mpz_sizeinbase(x.significand.backend().data(), 2))));
    mpfr_set_z_2exp(end, x.significand.backend().data(), x.exponent, MPFR_RNDN);
    const int order = mpfr_cmp(sum_, end);
    mpfr_clear(end);
    return order;
  }

 private:
  mpfr_t sum_;
  mpfr_t term_;
};

std::vector<Number> doubles(std::initializer_list<double> values) {
  return {values.begin(), values.end()};
}

void expect_tail_is_enclosed(const std::vector<Number>& logits, std::size_t target) {
  const SoftmaxRow row(logits, static_cast<std::int64_t>(target));
  const Enclosure tail = row.enclose_tail();
  ASSERT_TRUE(tail.is_valid());
  ASSERT_GE(tail.lower().significand, 0);
  Bound down(logits, target, row.offset(), MPFR_RNDD);
  Bound up(logits, target, row.offset(), MPFR_RNDU);
  ASSERT_GE(up.compare(tail.lower()), 0) << tail.lower_hex();
  ASSERT_LE(down.compare(tail.upper()), 0) << tail.upper_hex();
}

TEST(SoftmaxRow, OffsetIsTheExactGapToTheLargest) {
  const auto offset = [](const std::vector<Number>& x, std::int64_t t) { return SoftmaxRow(x, t).offset(); };
  EXPECT_EQ(offset(doubles({3, 1, 2}), 1), 2);
  EXPECT_EQ(offset(doubles({3, 1, 2}), 0), 0);
  EXPECT_EQ(offset(doubles({3, 3}), 0), 0);
  EXPECT_EQ(offset(doubles({3}), 0), 0);
  EXPECT_EQ(offset(doubles({1e300, 1e-300}), 1), Rational(1e300) - Rational(1e-300));
  EXPECT_EQ(offset({Number(Rational(1000001, 10)), Number(Rational(1, 10))}, 1), 100000);
  EXPECT_EQ(offset(doubles({-HUGE_VAL, 5}), 1), 0);
}

TEST(SoftmaxRow, TiesAreCountedExactly) {
  const auto ties = [](const std::vector<Number>& x, std::int64_t t) {
    const SoftmaxRow row(x, t);
    return std::pair(row.ties(), row.has_no_tail());
  };
  EXPECT_EQ(ties(doubles({7}), 0), std::pair(1L, true));
  EXPECT_EQ(ties(doubles({7, 7, 7}), 2), std::pair(3L, true));
  EXPECT_EQ(ties(doubles({7, -HUGE_VAL, 7}), 2), std::pair(2L, true));
  EXPECT_EQ(ties(doubles({-HUGE_VAL, -HUGE_VAL, 7}), 2), std::pair(1L, true));
  EXPECT_EQ(ties(doubles({0.0, -0.0}), 0), std::pair(2L, true));
  EXPECT_EQ(ties(doubles({7, 7, 8}), 0), std::pair(1L, false));
  EXPECT_EQ(ties(doubles({7, 8, 8}), 0), std::pair(2L, false));
  EXPECT_EQ(ties(doubles({1, std::nextafter(1.0, 2.0)}), 0), std::pair(1L, false));
  EXPECT_EQ(ties({Number(Rational(1, 10)), Number(0.1)}, 0), std::pair(1L, false));
  EXPECT_EQ(ties({Number(Rational(1, 10)), Number(Rational(1, 10))}, 0), std::pair(2L, true));
}

TEST(SoftmaxRow, RandomRowsAreEnclosed) {
  std::mt19937_64 random(kSeed);
  for (const int bits : {20, 96, 192}) {
    const PrecisionScope scope(bits);
    for (int round = 0; round < 150; ++round) {
      const double spread = std::ldexp(1.0, static_cast<int>(random() % 20) - 8);
      std::vector<Number> logits;
      const auto classes = 1 + random() % 20;
      for (std::uint64_t i = 0; i < classes; ++i) {
        const double value = spread * (static_cast<double>(random() >> 11) * 0x1p-52 - 1);
        switch (random() % 6) {
          case 0:
            logits.emplace_back(-HUGE_VAL);
            break;
          case 1:
            logits.emplace_back(std::nearbyint(value));  // equal ones
            break;
          case 2:
            logits.emplace_back(Rational(static_cast<long>(value * 1000), 1000));
            break;
          default:
            logits.emplace_back(value);
        }
      }
      const auto target = random() % classes;
      if (!logits[target].is_finite()) logits[target] = Number(spread);
      ASSERT_NO_FATAL_FAILURE(expect_tail_is_enclosed(logits, target));
    }
  }
}

// The terms that are not summed one by one must be bounded by their number, equal ones counted each, and from
// below by nothing. With the target far below, the tail is ln(1 + D): whatever is wrong with D shows.
void expect_distant_terms_are_enclosed(int bits) {
  const PrecisionScope scope(bits);
  for (const double distance : {66.0, 70.0, 75.0, 80.0, 90.0, 120.0}) {
    for (const int equal : {1, 2, 1000, 20000}) {
      for (const int farther : {0, 1, 100}) {
        std::vector<Number> logits = {Number(0.0), Number(-1800.0)};
        for (int i = 0; i < equal; ++i) logits.emplace_back(-distance);
        for (int i = 0; i < farther; ++i) logits.emplace_back(-1000.0 - i);
        ASSERT_NO_FATAL_FAILURE(expect_tail_is_enclosed(logits, 1))
            << bits << " " << distance << " " << equal << " " << farther;
      }
    }
  }
}

TEST(SoftmaxRow, TermsBeyondTheLastBitAreBoundedNotGuessed) {
  expect_distant_terms_are_enclosed(96);   // in fixed point
  expect_distant_terms_are_enclosed(192);  // in MPFI
}

// With rounding errors of 2^(1 - p) a step, e^d costs |d| + 1 of them, each of the n groups likewise, and a
// handful of steps joins them; (|d| + n + 8) 2^(3 - p) is more than all of them.
TEST(SoftmaxRow, LossesOfTheLargestLogitHaveFullRelativeAccuracy) {
  std::mt19937_64 random(kSeed);
  for (const int bits : {96, 300}) {
    const PrecisionScope scope(bits);
    for (int round = 0; round < 300; ++round) {
      const double gap =
          std::ldexp(1 + static_cast<double>(random() >> 12) * 0x1p-52, static_cast<int>(random() % 40) - 20);
      std::vector<Number> logits = {Number(0.0)};
      const auto others = 1 + random() % 50;
      for (std::uint64_t i = 0; i < others; ++i) {
        logits.emplace_back(-gap - static_cast<double>(random() % 4096) / 16);
      }
      const Enclosure tail = SoftmaxRow(logits, 0).enclose_tail();
      const double units = gap + 256 + static_cast<double>(others) + 8;
      ASSERT_LE(tail.relative_width_exponent(), std::ilogb(units) + 1 + 3 - bits) << gap;
    }
  }
}

TEST(SoftmaxRow, TailsBelowEveryExponentStayPositiveAndCostNothing) {
  std::mt19937_64 random(kSeed);
  std::vector<Number> logits = {Number(1e38)};
  for (int i = 0; i < 2000; ++i) logits.emplace_back(static_cast<double>(random() >> 11) * 0x1p-50);
  const PrecisionScope scope(65536);
  const Enclosure tail = SoftmaxRow(logits, 0).enclose_tail();
  EXPECT_EQ(tail.lower().significand, 0);
  EXPECT_GT(tail.upper().significand, 0);
  // Two thousand exponentials of this precision take half a minute.
}

TEST(SoftmaxRow, ExtremeLogitsAreEnclosed) {
  const double largest = std::numeric_limits<double>::max();
  for (const int bits : {96, 4000}) {
    const PrecisionScope scope(bits);
    for (const std::size_t target : {0U, 1U, 2U}) {
      expect_tail_is_enclosed(doubles({0x1p-1074, -0x1p-1074, 0}), target);
      expect_tail_is_enclosed(doubles({1e-300, 1, -1e-300}), target);
      expect_tail_is_enclosed(doubles({1e17, 1e17 + 16, 0}), target);
      const SoftmaxRow row(doubles({largest, -largest, 0}), static_cast<std::int64_t>(target));
      EXPECT_TRUE(row.enclose_tail().is_valid());
      EXPECT_EQ(row.enclose_tail().lower().significand, 0);
      EXPECT_GT(row.enclose_tail().upper().significand, 0);
      EXPECT_EQ(row.offset(), target == 0 ? Rational(0) : Rational(largest) * (target == 1 ? 2 : 1));
    }
  }
}

}  // namespace
}  // namespace xent::reference
