#include "reference/log_form.h"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <cmath>

#include "reference/testing.h"

namespace xent::reference {
namespace {

Number n(long a, long b = 1) {
  return Number(Rational(a, b));
}

SoftmaxRow row(std::vector<Number> logits, std::int64_t target) {
  return SoftmaxRow(logits, target);
}

LogForm logs(std::initializer_list<std::pair<Rational, Number>> terms) {
  LogForm form;
  for (const auto& [c, argument] : terms) form.add_log(c, argument);
  return form;
}

void expect_rational(const Exactness& exactness, const Rational& value) {
  EXPECT_EQ(exactness.kind, Kind::rational);
  EXPECT_EQ(exactness.value, value);
}

TEST(LogForm, NothingIsZeroInEveryBase) {
  const LogForm nothing;
  for (const Rational& base : {q(0), q(2), q(10), q(1, 2)}) {
    expect_rational(nothing.exactness(base), 0);
    EXPECT_TRUE(nothing.enclose(base).contains(0));
  }
  expect_rational(nothing.exactness_of_exp(), 1);
}

TEST(LogForm, LogarithmOfZeroIsInfinite) {
  EXPECT_EQ(logs({{q(1), n(0)}}).exactness(0).kind, Kind::negative_infinity);
  EXPECT_EQ(logs({{q(-1), n(0)}}).exactness(0).kind, Kind::positive_infinity);
  EXPECT_FALSE(logs({{q(0), n(0)}}).is_special());
  EXPECT_EQ(logs({{q(-1), Number(-0.0)}}).exactness(0).kind, Kind::positive_infinity);
}

TEST(LogForm, InfinitiesOfBothSignsAreNan) {
  EXPECT_EQ(logs({{q(1), n(0)}, {q(-1), n(0)}}).exactness(0).kind, Kind::nan);
  EXPECT_EQ(logs({{q(-2), n(0)}, {q(-1), n(0)}}).exactness(0).kind, Kind::positive_infinity);
  LogForm form = logs({{q(-1), n(0)}});
  form.set_nan();
  form.add_infinity(1);
  EXPECT_EQ(form.exactness(0).kind, Kind::nan);
  expect_rational(logs({{q(1), n(0)}}).exactness_of_exp(), 0);
  EXPECT_EQ(logs({{q(-1), n(0)}}).exactness_of_exp().kind, Kind::positive_infinity);
}

TEST(LogForm, AddingAFormScalesAllOfIt) {
  LogForm part = logs({{q(1), n(3)}});
  part.add(q(5));
  part.add_softmax(1, row({n(4), n(1)}, 1));  // 3 + ln(1 + e^-3)
  LogForm whole;
  whole.add(q(1, 2), part);
  whole.add(q(1, 2), part);
  const PrecisionScope scope(200);
  const Enclosure difference = whole.enclose(0) - part.enclose(0);
  EXPECT_TRUE(difference.contains(0));
  EXPECT_LT(std::abs(difference.upper_double()), 0x1p-190);
  LogForm infinite;
  infinite.add(q(2), logs({{q(-1), n(0)}}));
  EXPECT_EQ(infinite.exactness(0).kind, Kind::positive_infinity);
  LogForm undefined;
  undefined.add(q(0), logs({{q(-1), n(0)}}));
  EXPECT_EQ(undefined.exactness(0).kind, Kind::nan);
}

TEST(LogForm, NaturalLogarithmsAreZeroOrIrrational) {
  expect_rational(logs({{q(2), n(1, 4)}, {q(4), n(2)}}).exactness(0), 0);
  expect_rational(logs({{q(1), n(6)}, {q(-1), n(2)}, {q(-1), n(3)}}).exactness(0), 0);
  EXPECT_EQ(logs({{q(1), n(2)}}).exactness(0).kind, Kind::irrational);
  LogForm shifted = logs({{q(1), n(6)}, {q(-1), n(2)}, {q(-1), n(3)}});
  shifted.add(q(5, 7));
  expect_rational(shifted.exactness(0), q(5, 7));
  EXPECT_EQ(shifted.exactness(2).kind, Kind::irrational);  // 5/7 / ln 2
  EXPECT_EQ(shifted.exactness_of_exp().kind, Kind::irrational);
}

TEST(LogForm, LogarithmsInABaseAreRationalWhenPowersOfIt) {
  expect_rational(logs({{q(1), n(4)}}).exactness(8), q(2, 3));
  expect_rational(logs({{q(-1), n(1, 1000)}}).exactness(10), 3);
  expect_rational(logs({{q(1), n(2)}, {q(1), n(5)}}).exactness(10), 1);
  expect_rational(logs({{q(1), n(8)}}).exactness(q(1, 2)), -3);
  EXPECT_EQ(logs({{q(1), n(2)}}).exactness(10).kind, Kind::irrational);
}

TEST(LogForm, ManyCancellingTermsAreMerged) {
  // Ten thousand terms, but two arguments: within reach of the coprime base.
  LogForm form;
  for (int i = 0; i < 10000; ++i) {
    form.add_log(q(1), n(3));
    form.add_log(q(-1, 2), n(9));
  }
  expect_rational(form.exactness(0), 0);
  expect_rational(form.exactness_of_exp(), 1);
}

TEST(LogForm, TooManyArgumentsAreNotCalledIrrational) {
  LogForm form;
  for (long i = 0; i < 5000; ++i) form.add_log(q(1), n(2 * i + 3, 2 * i + 5));
  form.add_log(q(1), n(10003, 3));  // the product telescopes to 1
  EXPECT_EQ(form.exactness(0).kind, Kind::unknown);
  EXPECT_EQ(form.exactness(2).kind, Kind::unknown);
  EXPECT_EQ(form.exactness_of_exp().kind, Kind::unknown);
}

TEST(LogForm, APowerTooLargeToExpandIsNotCalledIrrational) {
  EXPECT_EQ(logs({{q(-10000000), n(1, 2)}}).exactness_of_exp().kind, Kind::unknown);
}

TEST(LogForm, RowsOfEqualLogitsAreLogarithms) {
  LogForm form;
  form.add_softmax(1, row({n(5), n(5), n(5), n(5)}, 0));
  expect_rational(form.exactness(8), q(2, 3));
  expect_rational(form.exactness(2), 2);
  EXPECT_EQ(form.exactness(0).kind, Kind::irrational);
  expect_rational(form.exactness_of_exp(), 4);
  LogForm alone;
  alone.add_softmax(1, row({n(5)}, 0));
  expect_rational(alone.exactness(0), 0);
  LogForm weightless;
  weightless.add_softmax(0, row({n(5), n(6)}, 0));
  expect_rational(weightless.exactness(0), 0);
}

TEST(LogForm, RowsOfUnequalLogitsAreIrrationalInEveryBase) {
  LogForm form;
  form.add_softmax(q(1, 3), row({n(100000), n(0)}, 1));
  for (const Rational& base : {q(0), q(2), q(1, 3)}) EXPECT_EQ(form.exactness(base).kind, Kind::irrational);
  EXPECT_EQ(form.exactness_of_exp().kind, Kind::irrational);
}

// The lower end must be the rational itself, or the sign of the tail is lost: 2^96 tails would not fill a
// bit.
TEST(LogForm, TheRationalPartOfASumOfRowsIsExact) {
  const PrecisionScope scope(96);
  LogForm form;
  for (int i = 0; i < 3; ++i) {
    form.add_softmax(q(1, 3), row({Number(Rational(1000001, 10)), Number(Rational(1, 10))}, 1));
  }
  EXPECT_EQ(expanded(form.enclose(0).lower()), 100000);
}

TEST(LogForm, TheRationalPartOfALogarithmInABaseIsExact) {
  const PrecisionScope scope(96);
  LogForm form;
  form.add_softmax(1, row({n(5), n(5), n(5), n(5), n(5), n(5), n(5), n(5), n(5), n(5)}, 0));  // ln 10
  form.add_softmax(1, row({n(100000), n(0)}, 0));                                             // e^-100000
  EXPECT_EQ(expanded(form.enclose(10).lower()), 1);
  EXPECT_EQ(expanded(form.enclose_exp().lower()), 10);
  LogForm below;
  below.add_softmax(1, row({n(5), n(5), n(5), n(5)}, 0));
  below.add_softmax(1, row({n(100000), n(0)}, 0));
  EXPECT_EQ(expanded(below.enclose(q(1, 2)).upper()), -2);
}

// The same form by MPFR, at four times the precision.
TEST(LogForm, EnclosesConstantLogarithmsAndRowsInEveryBase) {
  LogForm form = logs({{q(-2, 3), n(7, 10)}, {q(5), n(3)}});
  form.add(q(-1, 7));
  form.add_softmax(q(3, 2), row({n(1), n(2), n(1, 3)}, 0));
  mpfr_t total;
  mpfr_t x;
  mpfr_t sum;
  mpfr_inits2(800, total, x, sum, nullptr);
  const auto add = [&](const Rational& c, const Rational& argument) {
    mpfr_set_q(x, argument.backend().data(), MPFR_RNDN);
    mpfr_log(x, x, MPFR_RNDN);
    mpfr_mul_q(x, x, c.backend().data(), MPFR_RNDN);
    mpfr_add(total, total, x, MPFR_RNDN);
  };
  mpfr_set_q(total, q(-1, 7).backend().data(), MPFR_RNDN);
  add(q(-2, 3), q(7, 10));
  add(q(5), q(3));
  mpfr_set_zero(sum, 1);
  for (const Rational& difference : {q(0), q(1), q(-2, 3)}) {
    mpfr_set_q(x, difference.backend().data(), MPFR_RNDN);
    mpfr_exp(x, x, MPFR_RNDN);
    mpfr_add(sum, sum, x, MPFR_RNDN);
  }
  mpfr_log(sum, sum, MPFR_RNDN);
  mpfr_mul_q(sum, sum, q(3, 2).backend().data(), MPFR_RNDN);
  mpfr_add(total, total, sum, MPFR_RNDN);
  for (const Rational& base : {q(0), q(2), q(10), q(1, 3)}) {
    mpfr_set(sum, total, MPFR_RNDN);
    if (base != 0) {
      mpfr_set_q(x, base.backend().data(), MPFR_RNDN);
      mpfr_log(x, x, MPFR_RNDN);
      mpfr_div(sum, sum, x, MPFR_RNDN);
    }
    Rational by_mpfr;
    mpfr_get_q(by_mpfr.backend().data(), sum);
    const PrecisionScope scope(200);
    EXPECT_TRUE(form.enclose(base).contains(by_mpfr)) << base;
    EXPECT_LT(form.enclose(base).relative_width_exponent(), -190) << base;
  }
  mpfr_exp(sum, total, MPFR_RNDN);
  Rational by_mpfr;
  mpfr_get_q(by_mpfr.backend().data(), sum);
  const PrecisionScope scope(200);
  EXPECT_TRUE(form.enclose_exp().contains(by_mpfr));
  mpfr_clears(total, x, sum, nullptr);
}

TEST(LogForm, SumsOfPowersOfTwoInBaseTwoArePoints) {
  const PrecisionScope scope(96);
  const Enclosure bits = logs({{q(-1, 2), n(1, 2)}, {q(-1, 4), n(1, 4)}, {q(-1, 4), n(1, 4)}}).enclose(2);
  EXPECT_TRUE(bits.is_point());
  EXPECT_TRUE(bits.contains(q(3, 2)));
}

}  // namespace
}  // namespace xent::reference
