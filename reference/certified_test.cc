#include "reference/certified.h"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "reference/testing.h"

namespace xent::reference {
namespace {

// A quantity that is still being put together.
struct Parts {
  LogForm form;
  Rational base = 0;
  bool exponentiate = false;

  operator Quantity() const {
    return exponentiate ? Quantity::exponential(form) : Quantity::logarithm(form, base);
  }
};

Parts logarithm(const Rational& c, std::string_view argument, const Rational& base = 0) {
  Parts quantity;
  quantity.form.add_log(c, parsed(argument));
  quantity.base = base;
  return quantity;
}

// ln sum e^(x_i - x_t), each row w times.
void add_row(Parts& quantity, const std::vector<Number>& logits, std::int64_t target, const Rational& w = 1) {
  quantity.form.add_softmax(w, SoftmaxRow(logits, target));
}

Parts loss(const std::vector<Number>& logits, std::int64_t target) {
  Parts quantity;
  add_row(quantity, logits, target);
  return quantity;
}

// r + e for an infinitesimal e: what a loss r + e^-gap rounds to.
Bits round_beside(double r, Sticky sticky, const Format& f, Rounding direction) {
  Rational value(r);
  std::int64_t exponent = 0;
  while (denominator(value) != 1) {
    value *= 2;
    --exponent;
  }
  return round(Dyadic{numerator(value), exponent}, sticky, f, direction);
}

void expect_beside(Parts quantity, double r, Sticky sticky) {
  Certified value(std::move(quantity));
  for (const Format& f : formats()) {
    for (const Rounding direction : kRoundings) {
      const auto bits = value.round(f, direction);
      ASSERT_TRUE(bits) << f.name << " " << name(direction) << " undecided beside " << r;
      EXPECT_EQ(*bits, round_beside(r, sticky, f, direction))
          << f.name << " " << name(direction) << " beside " << r;
    }
  }
  EXPECT_LE(value.precision_bits(), 200) << r;
}

TEST(Certified, ALossJustAboveAFloatIsDecidedByTheSignOfItsTail) {
  Certified value(loss({100000.0, 0.0}, 1));
  const Format& f = format(XENT_BINARY32);
  EXPECT_EQ(value.rounded(f, Rounding::downward), 100000.0);
  EXPECT_EQ(value.rounded(f, Rounding::nearest_even), 100000.0);
  EXPECT_EQ(value.rounded(f, Rounding::upward), double{std::nextafter(100000.0F, HUGE_VALF)});
  EXPECT_LE(value.precision_bits(), 200);
  EXPECT_EQ(value.exactness().kind, Kind::irrational);
}

TEST(Certified, LossesBesideFloatsAndMidpointsAreDecidedInEveryFormatAndDirection) {
  expect_beside(loss({100000.0, 0.0}, 1), 100000.0, Sticky::above);
  expect_beside(loss({1e300, 0.0}, 1), 1e300, Sticky::above);
  expect_beside(loss({0.0, -1e300, -HUGE_VAL}, 1), 1e300, Sticky::above);
  expect_beside(loss({1e38, -1e38, 5.0}, 1), 2e38, Sticky::above);
  const double largest = std::numeric_limits<double>::max();
  expect_beside(loss({largest, 0.0}, 1), largest, Sticky::above);
  // Midpoints of adjacent binary32, bfloat16 and binary16 numbers, the lower one even and odd; half an ulp
  // above the largest finite ones.
  for (const double middle : {100000.0 + 0x1p-8, 100000.0 + 0x3p-8, 65280.0 + 128, 65536.0 + 256,
                              65536.0 + 768, 65520.0, 0x1.ffffffp+127, 0x1.ffp+127}) {
    expect_beside(loss({middle, 0.0}, 1), middle, Sticky::above);
  }
}

TEST(Certified, TypedDecimalLogitsLeaveAnExactGap) {
  expect_beside(loss({parsed("100000.1"), parsed("0.1")}, 1), 100000, Sticky::above);
  expect_beside(loss({parsed("1/3"), parsed("-299999/3")}, 1), 100000, Sticky::above);
}

TEST(Certified, MeansOfRowsBesideAFloatAreDecided) {
  Parts thirds;
  for (int i = 0; i < 3; ++i) add_row(thirds, {100000.0, 0.0}, 1, Rational(1, 3));
  expect_beside(thirds, 100000, Sticky::above);
  Parts mixed;
  add_row(mixed, {parsed("100000.3"), Number(0.0)}, 1, Rational(1, 7));
  add_row(mixed, {parsed("599999.7"), Number(0.0)}, 1, Rational(1, 7));
  add_row(mixed, {Number(0.0), Number(-200000.0)}, 0, Rational(1, 7));
  expect_beside(mixed, 100000, Sticky::above);
}

TEST(Certified, LossesBesideARationalLogarithmAreDecided) {
  for (const auto& [base, equal, expected] :
       {std::tuple{2, 4, 2.0}, std::tuple{10, 10, 1.0}, std::tuple{16, 8, 0.75}, std::tuple{4, 2, 0.5}}) {
    Parts quantity;
    quantity.base = base;
    add_row(quantity, std::vector<Number>(static_cast<std::size_t>(equal), Number(3.0)), 0);
    add_row(quantity, {100000.0, 0.0}, 0);
    expect_beside(quantity, expected, Sticky::above);
    quantity.base = Rational(1, base);
    expect_beside(quantity, -expected, Sticky::below);
  }
}

TEST(Certified, PerplexitiesBesideARationalAreDecided) {
  Parts quantity;
  quantity.exponentiate = true;
  add_row(quantity, {100000.0, 0.0}, 0, Rational(1, 2));
  expect_beside(quantity, 1, Sticky::above);
  add_row(quantity, {1.0, 1.0, 1.0, 1.0}, 0, Rational(1, 2));
  expect_beside(quantity, 2, Sticky::above);
  // e^100000 and e^-100000 are beyond every format.
  Parts large;
  large.exponentiate = true;
  add_row(large, {1e6, 0.0}, 1);
  Certified huge(large);
  EXPECT_EQ(huge.rounded(format(XENT_BINARY64), Rounding::nearest_even), HUGE_VAL);
  EXPECT_EQ(huge.rounded(format(XENT_BINARY64), Rounding::downward), std::numeric_limits<double>::max());
  Parts beyond;
  beyond.exponentiate = true;
  add_row(beyond, {1e300, 0.0}, 1);
  Certified unrepresentable(beyond);
  EXPECT_EQ(unrepresentable.rounded(format(XENT_BINARY16), Rounding::upward), HUGE_VAL);
  EXPECT_EQ(unrepresentable.rounded(format(XENT_BINARY64), Rounding::toward_zero),
            std::numeric_limits<double>::max());
  EXPECT_LE(unrepresentable.precision_bits(), 200);
}

TEST(Certified, LossesTooSmallForAnyExponentRoundLikeAPositiveInfinitesimal) {
  expect_beside(loss({1e300, 0.0}, 0), 0, Sticky::above);
  expect_beside(loss({0.0, -HUGE_VAL, -1e30, -1e30, -1e300}, 0), 0, Sticky::above);
  Certified value(loss({1e300, 0.0}, 0));
  EXPECT_EQ(value.round(format(XENT_BINARY32), Rounding::upward), 1U);
  EXPECT_EQ(value.round(format(XENT_BINARY32), Rounding::nearest_even), 0U);
}

TEST(Certified, SubnormalResultsAreRoundedByMpfr) {
  // log1p(e^-x) for x in the subnormal ranges, independently.
  for (double x = 5; x < 760; x += 7.25) {
    mpfr_t y;
    mpfr_init2(y, 1200);
    mpfr_set_d(y, -x, MPFR_RNDN);
    mpfr_exp(y, y, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
    Dyadic exact;
    exact.exponent = mpfr_get_z_2exp(exact.significand.backend().data(), y);
    mpfr_clear(y);
    Certified value(loss({x, 0.0}, 0));
    for (const Format& f : formats()) {
      for (const Rounding direction : kRoundings) {
        ASSERT_EQ(value.round(f, direction), round(exact, Sticky::none, f, direction)) << f.name << " " << x;
      }
    }
  }
}

TEST(Certified, RandomLogarithmsAreRoundedByMpfr) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 500; ++i) {
    const double p = static_cast<double>(random() >> 11) * 0x1p-53;
    if (p == 0) continue;
    mpfr_t y;
    mpfr_init2(y, 1000);
    mpfr_set_d(y, p, MPFR_RNDN);
    mpfr_log(y, y, MPFR_RNDN);
    mpfr_neg(y, y, MPFR_RNDN);
    Dyadic exact;
    exact.exponent = mpfr_get_z_2exp(exact.significand.backend().data(), y);
    mpfr_clear(y);
    Parts quantity;
    quantity.form.add_log(-1, Number(p));
    Certified value(quantity);
    for (const Format& f : formats()) {
      for (const Rounding direction : kRoundings) {
        ASSERT_EQ(value.round(f, direction), round(exact, Sticky::none, f, direction)) << f.name << " " << p;
      }
    }
  }
}

TEST(Certified, IsUndecidedOnlyAtThePrecisionCap) {
  // 1 + ln(3 + 2^-600) - ln 3 needs 600 bits to be told from 1.
  const auto quantity = [] {
    Parts q;
    q.form.add(1);
    q.form.add_log(1, Number(Rational(3 + power_of_two(-600))));
    q.form.add_log(-1, Number(3.0));
    return q;
  };
  const Format& f = format(XENT_BINARY64);
  Certified capped(quantity(), 500);
  EXPECT_EQ(capped.round(f, Rounding::upward), std::nullopt);
  EXPECT_EQ(capped.rounded(f, Rounding::upward), std::nullopt);
  EXPECT_LE(capped.precision_bits(), 500);
  EXPECT_EQ(capped.rounded(f, Rounding::nearest_even), 1.0);  // decided all the same
  EXPECT_EQ(capped.decimal(300), std::nullopt);
  EXPECT_EQ(capped.decimal(3), "1.00");
  Certified enough(quantity(), 1000);
  EXPECT_EQ(enough.rounded(f, Rounding::upward), std::nextafter(1.0, 2.0));
  EXPECT_EQ(enough.rounded(f, Rounding::downward), 1.0);
  EXPECT_EQ(enough.rounded(f, Rounding::toward_zero), 1.0);
  EXPECT_GT(enough.precision_bits(), 500);
}

TEST(Certified, ACapBelowTheFormatLeavesOnlyNarrowFormatsDecided) {
  Certified value(logarithm(1, "2"), 30);
  EXPECT_EQ(value.rounded(format(XENT_BINARY16)), 0x1.63p-1);  // 0.6931 to 11 bits
  EXPECT_EQ(value.round(format(XENT_BINARY64), Rounding::nearest_even), std::nullopt);
  EXPECT_TRUE(value.enclosure().is_valid());
}

TEST(Certified, ExactValuesAreKnownByTheorem) {
  Certified third(logarithm(1, "4", 8));
  EXPECT_EQ(third.settle().kind, Kind::rational);
  EXPECT_EQ(third.exactness().value, Rational(2, 3));
  EXPECT_EQ(third.decimal(5), "0.66667");
  Certified three(logarithm(-1, "1/1000", 10));
  for (const Format& f : formats()) {
    for (const Rounding direction : kRoundings) EXPECT_EQ(three.rounded(f, direction), 3.0);
  }
  EXPECT_EQ(three.decimal(30), "3");
  EXPECT_LE(three.precision_bits(), 200);
}

// log2(2a) - log2(a) = 1: the enclosures never collapse, so that each direction needs the theorem.
TEST(Certified, ExactSumsOfIrrationalTermsAreExactInEveryDirection) {
  for (int a = 3; a < 400; a += 2) {
    for (const Rounding direction : kRoundings) {
      Parts quantity;
      quantity.base = 2;
      quantity.form.add_log(1, Number(2.0 * a));
      quantity.form.add_log(-1, Number(1.0 * a));
      Certified value(quantity);
      ASSERT_EQ(value.rounded(format(XENT_BINARY64), direction), 1.0) << a << " " << name(direction);
    }
  }
}

TEST(Certified, AnExactTieInADecimalOrAFormatIsATie) {
  Certified eighth(logarithm(Rational(1, 8), "10", 10));
  EXPECT_EQ(eighth.decimal(2), "0.12");
  EXPECT_EQ(eighth.decimal(3), "0.125");
  EXPECT_EQ(eighth.decimal(40), "0.125");
  Certified middle(logarithm(Rational(2049), "10", 10));  // between 2048 and 2050 in binary16
  EXPECT_EQ(middle.rounded(format(XENT_BINARY16), Rounding::nearest_even), 2048.0);
  EXPECT_EQ(middle.rounded(format(XENT_BINARY16), Rounding::nearest_away), 2050.0);
}

TEST(Certified, DecimalsOfExactValuesAreShortWhateverWasAskedBefore) {
  Certified fresh(logarithm(-1, "1/1000", 10));
  EXPECT_EQ(fresh.decimal(4), "3");
  Certified asked(logarithm(-1, "1/1000", 10));
  EXPECT_EQ(asked.rounded(format(XENT_BINARY32)), 3.0);
  EXPECT_EQ(asked.decimal(4), "3");
}

TEST(Certified, DecimalTiesBesideARationalAreDecidedByTheTail) {
  // r = 100000.05 is not dyadic: no end of an enclosure is ever at the tie.
  EXPECT_EQ(Certified(loss({parsed("100000.05"), Number(0.0)}, 1)).decimal(7), "100000.1");
  EXPECT_EQ(Certified(loss({parsed("100000.15"), Number(0.0)}, 1)).decimal(7), "100000.2");
  EXPECT_EQ(Certified(loss({parsed("99999.95"), Number(0.0)}, 1)).decimal(6), "100000");
  EXPECT_EQ(Certified(loss({parsed("100000.5"), Number(0.0)}, 1)).decimal(6), "100001");
  EXPECT_EQ(Certified(loss({parsed("100000.05"), Number(0.0)}, 1)).decimal(20), "100000.05000000000000");
  // lse of a negative maximum: the tail moves it toward zero.
  Parts negative;
  negative.form.add(parsed("-100000.05").rational());
  add_row(negative, {parsed("-100000.05"), Number(-1e6)}, 0);
  EXPECT_EQ(Certified(negative).decimal(7), "-100000.0");
  Parts carry;
  carry.form.add(parsed("-99999.95").rational());
  add_row(carry, {parsed("-99999.95"), Number(-1e6)}, 0);
  EXPECT_EQ(Certified(carry).decimal(6), "-99999.9");
}

TEST(Certified, AThousandDigitsAreThoseOfMpfr) {
  mpfr_t x;
  mpfr_init2(x, 5000);
  mpfr_set_q(x, Rational(7, 10).backend().data(), MPFR_RNDN);
  mpfr_log(x, x, MPFR_RNDN);
  mpfr_neg(x, x, MPFR_RNDN);
  char* text = nullptr;
  ASSERT_GT(mpfr_asprintf(&text, "%.1000RNf", x), 0);
  EXPECT_EQ(Certified(logarithm(-1, "0.7")).decimal(1000), text);  // 0.35667...: as many digits as decimals
  mpfr_free_str(text);
  mpfr_clear(x);
  EXPECT_EQ(Certified(logarithm(-1, "0.7")).decimal(30), "0.356674943938732378912638711241");
  EXPECT_EQ(Certified(logarithm(-1, "0.7")).decimal(1), "0.4");
}

TEST(Certified, SpecialValuesArePassedOn) {
  Certified infinite(logarithm(-1, "0"));
  EXPECT_EQ(infinite.rounded(format(XENT_BINARY16)), HUGE_VAL);
  EXPECT_EQ(infinite.rounded(format(XENT_BINARY16), Rounding::downward), HUGE_VAL);
  EXPECT_EQ(infinite.decimal(5), "inf");
  EXPECT_EQ(infinite.precision_bits(), 0);
  EXPECT_EQ(Certified(logarithm(1, "0")).decimal(5), "-inf");
  Parts undefined;
  undefined.form.set_nan();
  EXPECT_EQ(Certified(undefined).decimal(5), "nan");
  EXPECT_TRUE(std::isnan(*Certified(undefined).rounded(format(XENT_BINARY64))));
}

TEST(Certified, ABaseBelowOneTurnsInfinitiesOver) {
  EXPECT_EQ(Certified(logarithm(-1, "0", Rational(1, 2))).decimal(5), "-inf");
  EXPECT_EQ(Certified(logarithm(1, "0", Rational(1, 2))).decimal(5), "inf");
  EXPECT_EQ(Certified(logarithm(-1, "0", 2)).decimal(5), "inf");
  EXPECT_EQ(Certified(logarithm(1, "8", Rational(1, 2))).decimal(5), "-3");
}

TEST(Certified, ABaseCloseToOneIsOnlyAMatterOfPrecision) {
  // ln 2 / ln(1 + h) = ln 2 / h (1 + h / 2 - ...), h = 2^-1000.
  Certified value(logarithm(1, "2", Rational(1 + power_of_two(-1000))));
  const auto near = value.rounded(format(XENT_BINARY64));
  ASSERT_TRUE(near);
  EXPECT_EQ(*near, std::ldexp(*Certified(logarithm(1, "2")).rounded(format(XENT_BINARY64)), 1000));
  EXPECT_TRUE(value.decimal(20));
}

TEST(Certified, EnclosuresGetAsNarrowAsAsked) {
  for (const int bits : {10, 100, 1000}) {
    Certified irrational(logarithm(1, "2"));
    EXPECT_LE(irrational.enclosure(bits).relative_width_exponent(), -bits);
    Certified rational(logarithm(1, "4", 8));
    rational.settle();
    EXPECT_LE(rational.enclosure(bits).relative_width_exponent(), -bits);
    EXPECT_TRUE(rational.enclosure().contains(Rational(2, 3)));
  }
  // 0 by theorem, though logarithms never cancel to a point.
  Parts zero;
  for (const auto& [c, argument] : {std::pair{1, "6"}, std::pair{-1, "2"}, std::pair{-1, "3"}}) {
    zero.form.add_log(c, parsed(argument));
  }
  Certified nothing(zero);
  EXPECT_TRUE(nothing.enclosure(60).is_point());
  EXPECT_EQ(nothing.round(format(XENT_BINARY64), Rounding::downward), 0U);
  EXPECT_EQ(nothing.decimal(10), "0");
  Certified capped(logarithm(1, "2"), 64);
  EXPECT_LE(capped.enclosure(1000).precision(), 80);
}

TEST(Certified, AnswersDoNotDependOnTheOrderOfQuestions) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 50; ++i) {
    std::vector<Number> logits(5);
    for (Number& x : logits) x = Number(static_cast<double>(random() >> 40) / 65536);
    Certified forward(loss(logits, 0));
    Certified backward(loss(logits, 0));
    const std::optional<std::string> few = forward.decimal(10);
    const auto bits = forward.round(format(XENT_BINARY64), Rounding::upward);
    const std::optional<std::string> many = forward.decimal(200);
    EXPECT_EQ(backward.decimal(200), many);
    EXPECT_EQ(backward.round(format(XENT_BINARY64), Rounding::upward), bits);
    EXPECT_EQ(backward.decimal(10), few);
    backward.settle();
    EXPECT_EQ(backward.decimal(10), few);
  }
}

TEST(Certified, ThreadsAnswerIndependently) {
  const auto answers = [](Certified value) {
    std::string text = value.decimal(300).value_or("?") + value.decimal(5).value_or("?");
    for (const Rounding direction : kRoundings)
      text += std::to_string(*value.round(format(XENT_BINARY64), direction));
    return text + value.enclosure(500).lower_hex() + value.enclosure().upper_decimal(20);
  };
  // Computed here, continued in other threads with other default precisions and exponent ranges.
  std::vector<Certified> values;
  for (const double gap : {1.0, 30.5, 700.0, 100000.0, 1e10}) {
    values.emplace_back(loss({gap, 0.0, -1.0}, 0));
    values.emplace_back(loss({gap, 0.0, -1.0}, 1));
  }
  std::vector<std::string> here(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) here[i] = answers(values[i]);
  for (int run = 0; run < 4; ++run) {
    std::vector<std::string> there(values.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < values.size(); ++i) {
      threads.emplace_back([&, i] { there[i] = answers(values[i]); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(there, here);
  }
}

TEST(Certified, ALargeRowOfBothEndsOfTheExponentsIsDecided) {
  std::mt19937_64 random(kSeed);
  std::vector<Number> logits(200000);
  for (Number& x : logits) {
    const double significand = 1 + static_cast<double>(random() >> 12) * 0x1p-52;
    x = Number(std::ldexp(significand, static_cast<int>(random() % 2040) - 1020));
  }
  Certified value(loss(logits, 17));
  for (const Format& f : formats()) {
    for (const Rounding direction : kRoundings) EXPECT_TRUE(value.round(f, direction));
  }
}

}  // namespace
}  // namespace xent::reference
