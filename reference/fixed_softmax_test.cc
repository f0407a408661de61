// Answers that come from the first enclosures of long rows, against those of the ladder; and what happens
// where the first enclosures do not tell.
#include "reference/fixed_softmax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "reference/certify.h"
#include "reference/softmax.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

// The value of every class by the ladder, from its first rung in MPFI, beside the first enclosure.
void expect_enclosed(const QuantityRow& row, const std::string& what) {
  std::vector<FixedInterval> first;
  {
    const PrecisionScope scope(kFirstPrecision);
    first = row.first_enclosures();
  }
  ASSERT_EQ(first.size(), static_cast<std::size_t>(row.size())) << what;
  const PrecisionScope scope(300);
  for (std::int64_t c = 0; c < row.size(); ++c) {
    const Quantity value = row.at(c);
    const Enclosure exact = value.is_special() ? Enclosure(value.exactness().value) : value.enclose();
    const Enclosure whole = first[static_cast<std::size_t>(c)].enclosure();
    ASSERT_TRUE(exact.is_valid()) << what << " class " << c;
    // Both enclose the same number; the exact one is as good as a point.
    const Enclosure below = exact - Enclosure::between(whole.lower(), whole.lower());
    const Enclosure above = Enclosure::between(whole.upper(), whole.upper()) - exact;
    ASSERT_GE(below.upper().significand, 0) << what << " class " << c;
    ASSERT_GE(above.upper().significand, 0) << what << " class " << c;
  }
}

Number draw_logit(std::mt19937_64& random, double spread) {
  const double x = spread * (static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  switch (random() % 10) {
    case 0:
      return Number(std::nearbyint(x));
    case 1:
      return Number(Rational(static_cast<long>(x * 100), 100));
    case 2:
      return Number(x - 2000);
    default:
      return Number(x);
  }
}

Problem random_problem(std::mt19937_64& random) {
  Problem p;
  p.rows = 1;
  p.classes = 3 + static_cast<std::int64_t>(random() % 40);
  const double spread = std::ldexp(1.0, static_cast<int>(random() % 16) - 6);
  p.input = several(p.classes, [&] { return draw_logit(random, spread); });
  p.input.front() = Number(spread + 0.5);  // not all equal
  return p;
}

TEST(FixedSoftmax, FirstEnclosuresContainTheValues) {
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 150; ++round) {
    Problem p = random_problem(random);
    p.loss = "log_softmax";
    ASSERT_NO_FATAL_FAILURE(expect_enclosed(*log_softmax_entries(Row(p, 0)), "log_softmax"));
    p.loss = "softmax";
    p.input.back() = Number(random() % 2 == 0 ? -HUGE_VAL : -3.4e38);
    ASSERT_NO_FATAL_FAILURE(expect_enclosed(*softmax_entries(Row(p, 0)), "softmax"));
  }
}

TEST(FixedSoftmax, FirstEnclosuresContainTheDerivatives) {
  std::mt19937_64 random(kSeed + 1);
  for (int round = 0; round < 150; ++round) {
    Problem p = random_problem(random);
    p.loss = "softmax_cross_entropy";
    p.wanted = Wanted::gradient;
    p.targets = {static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(p.classes))};
    if (random() % 2 == 0) p.label_smoothing = Number(Rational(1, 10));
    if (random() % 2 == 0) p.z_loss = Number(0.001);
    if (random() % 2 == 0) p.base = Number(random() % 2 == 0 ? 2.0 : 0.5);
    if (random() % 2 == 0) p.temperature = Number(Rational(7, 10));
    if (random() % 2 == 0) {
      p.class_weights =
          several(p.classes, [&] { return Number(static_cast<double>(random() % 9) / 4 - 0.5); });
    }
    const Factors factors{Rational(static_cast<long>(random() % 9) - 4, 3), Rational(1, 3)};
    const Quantities row = find_loss(p.loss)->gradient(Row(p, 0), factors);
    ASSERT_NO_FATAL_FAILURE(expect_enclosed(*row, "gradient"));
  }
}

// A loss ln(1 + e^x) whose logit is chosen so that the loss lies 2^-110 or so beside a midpoint of two
// doubles.
Problem beside(double midpoint_below, bool above) {
  const PrecisionScope scope(400);
  const double next = std::nextafter(midpoint_below, 1e9);
  const Rational midpoint = (Rational(midpoint_below) + Rational(next)) / 2;
  const Enclosure x = log(expm1(Enclosure(midpoint)));
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = 2;
  const Rational distance = power_of_two(-110);
  const Rational logit = expanded(x.lower()) + (above ? distance : Rational(-distance));
  p.input = {Number(0.0), Number(logit)};
  p.targets = {0};
  return p;
}

TEST(FixedSoftmax, WhatTheFirstRungCannotTellTheNextOnesDo) {
  for (const double value : {0.75, 1.5, 3.0, 20.0}) {
    for (const bool above : {false, true}) {
      auto values = certified(beside(value, above));
      ASSERT_EQ(values.size(), 1U);
      const double expected = above ? std::nextafter(value, 1e9) : value;
      EXPECT_EQ(values[0].rounded(format(XENT_BINARY64)), expected);
      EXPECT_GT(values[0].precision_bits(), kFirstPrecision);
    }
  }
}

// The same for one entry of a row: a probability beside the midpoint.
TEST(FixedSoftmax, AnEntryIsMadeWhereItsFirstEnclosureDoesNotTell) {
  for (const bool above : {false, true}) {
    const PrecisionScope scope(400);
    const Rational midpoint = (Rational(0.25) + Rational(std::nextafter(0.25, 1.0))) / 2;
    const Rational odds = midpoint / (1 - midpoint);
    const Rational distance = power_of_two(-115);
    const Rational logit = expanded(log(Enclosure(odds)).lower()) + (above ? distance : Rational(-distance));
    Problem p;
    p.loss = "softmax";
    p.rows = 1;
    p.classes = 2;
    p.input = {Number(logit), Number(0.0)};
    auto values = certified(p);
    ASSERT_EQ(values.size(), 2U);
    EXPECT_EQ(values[0].rounded(format(XENT_BINARY64)), above ? std::nextafter(0.25, 1.0) : 0.25);
    EXPECT_GT(values[0].precision_bits(), kFirstPrecision);
    EXPECT_TRUE(values[1].rounded(format(XENT_BINARY64)));
    EXPECT_EQ(values[1].precision_bits(), kFirstPrecision);
  }
}

// 2^-91 of a value is 2^-38 of the last place of a double: of random values, one in 10^11 needs more.
TEST(FixedSoftmax, LongRowsAreDecidedAtTheFirstRung) {
  std::mt19937_64 random(kSeed);
  for (const std::int64_t classes : {1000, 50257}) {
    Problem p;
    p.loss = "softmax_cross_entropy";
    p.rows = 1;
    p.classes = classes;
    p.input = several(classes, [&] { return Number(static_cast<float>(random() >> 40) * 0x1p-21F - 4); });
    p.targets = {5};
    auto loss = certified(p);
    EXPECT_TRUE(loss[0].rounded(format(XENT_BINARY64)));
    EXPECT_EQ(loss[0].precision_bits(), kFirstPrecision);
    EXPECT_LE(loss[0].enclosure().relative_width_exponent(), -91);
    p.wanted = Wanted::gradient;
    int made = 0;
    for (Certified& entry : certified(p)) {
      EXPECT_TRUE(entry.rounded(format(XENT_BINARY64)));
      made += entry.enclosure().relative_width_exponent() > -90 ? 1 : 0;
    }
    EXPECT_EQ(made, 0);
  }
}

TEST(FixedSoftmax, ThreadsDoNotChangeWhatIsProved) {
  std::mt19937_64 random(kSeed);
  for (const xent_reduction reduction : {XENT_NONE, XENT_SUM, XENT_MEAN}) {
    for (const Wanted wanted : {Wanted::loss, Wanted::gradient}) {
      Problem p;
      p.loss = "softmax_cross_entropy";
      p.rows = 7;
      p.classes = 30;
      p.reduction = reduction;
      p.wanted = wanted;
      p.ignore_index = -100;
      p.input = several(p.rows * p.classes, [&] { return draw_logit(random, 5); });
      p.targets = {1, 2, -100, 3, 0, 29, 7};
      std::vector<std::string> one;
      for (Certified& value : certified(p)) one.push_back(value.enclosure(80).lower_hex());
      for (const int threads : {2, 3, 20}) {
        std::vector<std::string> many;
        auto values = certify(p, kMaxPrecision, threads);
        for (Certified& value : *values) many.push_back(value.enclosure(80).lower_hex());
        EXPECT_EQ(many, one) << threads;
      }
    }
  }
}

}  // namespace
}  // namespace xent::reference
