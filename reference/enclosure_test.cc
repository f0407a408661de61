#include "reference/enclosure.h"

#include <gtest/gtest.h>
#include <mpfr.h>

#include <bit>
#include <climits>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <thread>

#include "reference/decimal.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

bool same(const Dyadic& a, const Dyadic& b) {
  return a.significand == b.significand && a.exponent == b.exponent;
}

// A number of MPFR's own, four times as precise as what is under test.
class Precise {
 public:
  explicit Precise(const Rational& value) {
    mpfr_init2(x_, 800);
    mpfr_set_q(x_, value.backend().data(), MPFR_RNDN);
  }
  Precise(const Precise&) = delete;
  Precise& operator=(const Precise&) = delete;
  ~Precise() { mpfr_clear(x_); }
  mpfr_ptr get() { return x_; }

 private:
  mpfr_t x_;
};

using MpfrFunction = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using EnclosureFunction = Enclosure (*)(const Enclosure&);

struct Function {
  const char* name;
  EnclosureFunction enclosed;
  MpfrFunction by_mpfr;
};
const Function kExp = {"exp", [](const Enclosure& x) { return exp(x); }, mpfr_exp};
const Function kExpm1 = {"expm1", [](const Enclosure& x) { return expm1(x); }, mpfr_expm1};
const Function kLog = {"log", [](const Enclosure& x) { return log(x); }, mpfr_log};
const Function kLog2 = {"log2", [](const Enclosure& x) { return log2(x); }, mpfr_log2};
const Function kLog1p = {"log1p", [](const Enclosure& x) { return log1p(x); }, mpfr_log1p};
const Function kTanh = {"tanh", [](const Enclosure& x) { return tanh(x); }, mpfr_tanh};

// lower <= f(x) rounded up and f(x) rounded down <= upper: necessary for containment, and at four times the
// precision nearly sufficient. The ends are compared exactly.
void expect_contains_between(const Enclosure& enclosure, mpfr_srcptr down, mpfr_srcptr up,
                             const std::string& what) {
  ASSERT_TRUE(enclosure.is_valid()) << what;
  mpfr_t end;
  mpfr_init2(end, 2000);
  if (!enclosure.lower_is_infinite()) {
    const Dyadic lower = enclosure.lower();
    mpfr_set_z_2exp(end, lower.significand.backend().data(), lower.exponent, MPFR_RNDN);
    ASSERT_LE(mpfr_cmp(end, up), 0) << what;
  }
  if (!enclosure.upper_is_infinite()) {
    const Dyadic upper = enclosure.upper();
    mpfr_set_z_2exp(end, upper.significand.backend().data(), upper.exponent, MPFR_RNDN);
    ASSERT_GE(mpfr_cmp(end, down), 0) << what;
  }
  mpfr_clear(end);
}

// `at` is a point of `x` that MPFR holds exactly.
void expect_contains_image(const Function& f, const Enclosure& x, const Rational& at) {
  Precise argument(at);
  Precise down(0);
  Precise up(0);
  f.by_mpfr(down.get(), argument.get(), MPFR_RNDD);
  f.by_mpfr(up.get(), argument.get(), MPFR_RNDU);
  expect_contains_between(f.enclosed(x), down.get(), up.get(), std::string(f.name) + " at " + at.str());
}

// num / 2^k with few bits, so that every x is exact at 800 bits, spread over many magnitudes.
Rational random_dyadic(std::mt19937_64& random, int smallest, int largest) {
  const int exponent = smallest + static_cast<int>(random() % static_cast<unsigned>(largest - smallest + 1));
  const Integer significand = 1 + Integer(random() >> (random() % 64));
  const Dyadic x{significand, exponent - static_cast<int>(mpz_sizeinbase(significand.backend().data(), 2))};
  return expanded(x);
}

Rational random_rational(std::mt19937_64& random) {
  const Rational magnitude = random_dyadic(random, -80, 80) / (1 + random() % 1000);
  return random() % 2 == 0 ? magnitude : Rational(-magnitude);
}

TEST(Enclosure, OfANumberContainsItAtAnyPrecision) {
  std::mt19937_64 random(kSeed);
  for (const int bits : {2, 20, 53, 96, 200}) {
    const PrecisionScope scope(bits);
    EXPECT_GE(Enclosure(1L).precision(), bits);
    const Rational third(1, 3);
    EXPECT_TRUE(Enclosure(Number(third)).contains(third));
    EXPECT_TRUE(Enclosure(third).contains(third));
    EXPECT_FALSE(Enclosure(third).is_point());
    EXPECT_FALSE(Enclosure(third).contains(Rational(1, 2)));
    for (int i = 0; i < 500; ++i) {
      const auto value = std::bit_cast<double>(random());
      if (!std::isfinite(value)) continue;
      ASSERT_TRUE(Enclosure(value).contains(Rational(value))) << value;
      ASSERT_TRUE(Enclosure(Number(value)).contains(Rational(value))) << value;
      const Rational q = random_rational(random);
      ASSERT_TRUE(Enclosure(q).contains(q));
      ASSERT_TRUE(Enclosure(Number(q)).contains(q));
      const auto integer = static_cast<long>(random());
      ASSERT_TRUE(Enclosure(integer).contains(Rational(integer)));
      const Integer big = Integer(random()) * Integer(random()) * integer;
      ASSERT_TRUE(Enclosure(big).contains(Rational(big))) << big;
    }
  }
}

TEST(Enclosure, OfANumberThatFitsIsAPoint) {
  const PrecisionScope scope(53);
  for (const double value : {0.0, 1.0, 0.1, -1e300, 0x1p-1074, std::numeric_limits<double>::max()}) {
    EXPECT_TRUE(Enclosure(value).is_point());
    EXPECT_EQ(Enclosure(value).lower_double(), value);
    EXPECT_EQ(Enclosure(Number(value)).upper_double(), value);
  }
}

TEST(Enclosure, ArithmeticContainsTheExactResult) {
  std::mt19937_64 random(kSeed);
  for (const int bits : {20, 96}) {
    const PrecisionScope scope(bits);
    for (int i = 0; i < 3000; ++i) {
      const Rational a = random_rational(random);
      const Rational b = random_rational(random);
      const Enclosure x(a);
      const Enclosure y(b);
      ASSERT_TRUE((x + y).contains(Rational(a + b)));
      ASSERT_TRUE((x - y).contains(Rational(a - b)));
      ASSERT_TRUE((x * y).contains(Rational(a * b)));
      ASSERT_TRUE((x / y).contains(Rational(a / b)));
      ASSERT_TRUE((-x).contains(Rational(-a)));
      ASSERT_TRUE(abs(x).contains(Rational(abs(a))));
      Enclosure sum = x;
      sum += y;
      ASSERT_TRUE(sum.contains(Rational(a + b)));
      const Enclosure both = Enclosure::hull(x, y);
      ASSERT_TRUE(both.contains(a) && both.contains(b));
    }
  }
}

TEST(Enclosure, ArithmeticOfWideIntervalsContainsEveryCombinationOfEnds) {
  std::mt19937_64 random(kSeed);
  const PrecisionScope scope(24);
  for (int i = 0; i < 2000; ++i) {
    const Rational a[] = {random_rational(random), random_rational(random)};
    const Rational b[] = {random_rational(random), random_rational(random)};
    const Enclosure x = Enclosure::hull(Enclosure(a[0]), Enclosure(a[1]));
    const Enclosure y = Enclosure::hull(Enclosure(b[0]), Enclosure(b[1]));
    for (const Rational& s : a) {
      for (const Rational& t : b) {
        ASSERT_TRUE((x + y).contains(Rational(s + t)));
        ASSERT_TRUE((x - y).contains(Rational(s - t)));
        ASSERT_TRUE((x * y).contains(Rational(s * t)));
        const Enclosure quotient = x / y;
        ASSERT_TRUE(!quotient.is_valid() || quotient.contains(Rational(s / t)));
      }
    }
  }
}

TEST(Enclosure, ElementaryFunctionsContainTheTrueValue) {
  std::mt19937_64 random(kSeed);
  for (const int bits : {20, 96, 200}) {
    const PrecisionScope scope(bits);
    for (int i = 0; i < 500; ++i) {
      const Rational magnitude = random_dyadic(random, -100, 12);
      const Rational x = random() % 2 == 0 ? magnitude : Rational(-magnitude);
      const Rational positive = random_dyadic(random, -100, 100);
      for (const Function& f : {kExp, kExpm1, kTanh}) expect_contains_image(f, Enclosure(x), x);
      for (const Function& f : {kLog, kLog2, kLog1p}) expect_contains_image(f, Enclosure(positive), positive);
      const Rational above_minus_one = random_dyadic(random, -100, 0) - 1;
      expect_contains_image(kLog1p, Enclosure(above_minus_one), above_minus_one);
    }
  }
}

TEST(Enclosure, FunctionsOfWideIntervalsContainTheImagesOfBothEnds) {
  std::mt19937_64 random(kSeed);
  const PrecisionScope scope(60);
  for (int i = 0; i < 500; ++i) {
    const Rational a = random_dyadic(random, -60, 8);
    const Rational b = random_dyadic(random, -60, 8);
    const Enclosure x = Enclosure::hull(Enclosure(a), Enclosure(b));
    for (const Function& f : {kExp, kExpm1, kTanh, kLog, kLog2, kLog1p}) {
      expect_contains_image(f, x, a);
      expect_contains_image(f, x, b);
    }
  }
}

// The ends are the same number, or neighbours.
TEST(Enclosure, FunctionsOfPointsAreAsNarrowAsThePrecisionAllows) {
  std::mt19937_64 random(kSeed);
  for (const int bits : {64, 96, 200}) {
    const PrecisionScope scope(bits);
    for (int i = 0; i < 500; ++i) {
      const Enclosure x(random_dyadic(random, -30, 8));
      ASSERT_TRUE(x.is_point());
      for (const Function& f : {kExp, kExpm1, kTanh, kLog, kLog2, kLog1p}) {
        const Enclosure image = f.enclosed(x);
        const Rational ends[] = {expanded(image.lower()), expanded(image.upper())};
        const Rational largest = std::max<Rational>(abs(ends[0]), abs(ends[1]));
        ASSERT_LE(ends[1] - ends[0], expanded({1, 1 - image.precision()}) * largest) << f.name;
      }
    }
  }
}

TEST(Enclosure, FunctionsEndWhereTheirValuesDo) {
  const PrecisionScope scope(64);
  EXPECT_TRUE(log(Enclosure(0L)).lower_is_infinite());
  EXPECT_FALSE(log(Enclosure(-1L)).is_valid());
  EXPECT_TRUE(log1p(Enclosure(-1L)).lower_is_infinite());
  const Enclosure far(expanded({1, 70}));
  const Enclosure huge = exp(far);
  EXPECT_FALSE(huge.lower_is_infinite());
  EXPECT_TRUE(huge.upper_is_infinite());
  const Enclosure tiny = exp(-far);
  EXPECT_EQ(tiny.lower().significand, 0);
  EXPECT_GT(tiny.upper().significand, 0);
  const Enclosure nearly_one = tanh(far);
  EXPECT_EQ(nearly_one.upper_double(), 1);
  EXPECT_FALSE(nearly_one.is_point());
}

TEST(Enclosure, Log2OfAPowerOfTwoIsAPoint) {
  for (const int bits : {20, 96}) {
    const PrecisionScope scope(bits);
    for (int k = -1074; k <= 1023; ++k) {
      const Enclosure x = log2(Enclosure(std::ldexp(1.0, k)));
      ASSERT_TRUE(x.is_point()) << k;
      ASSERT_TRUE(x.contains(Rational(k))) << k;
    }
    EXPECT_FALSE(log2(Enclosure(3L)).is_point());
  }
}

TEST(Enclosure, EndsAreReadExactlyWhateverTheDefaultPrecision) {
  Enclosure third;
  {
    const PrecisionScope wide(700);
    third = Enclosure(Rational(1, 3));
  }
  const Dyadic lower = third.lower();
  const Dyadic upper = third.upper();
  EXPECT_GE(mpz_sizeinbase(lower.significand.backend().data(), 2), 690U);
  EXPECT_LT(expanded(lower), Rational(1, 3));
  EXPECT_GT(expanded(upper), Rational(1, 3));
  for (const int bits : {2, 10, 53, 2000}) {
    const PrecisionScope scope(bits);
    EXPECT_TRUE(same(third.lower(), lower));
    EXPECT_TRUE(same(third.upper(), upper));
    Enclosure copy;
    copy = third;
    EXPECT_TRUE(copy.contains(expanded(lower)));
    EXPECT_TRUE(copy.contains(expanded(upper)));
    EXPECT_TRUE(third.contains(Rational(1, 3)));
    EXPECT_FALSE(third.contains(expanded(lower) - Rational(1, Integer(1) << 800)));
    EXPECT_EQ(third.lower_hex().substr(0, 8), "0x5.5555");
    EXPECT_LE(third.lower_double(), 1.0 / 3);
    EXPECT_EQ(third.upper_double(), std::nextafter(third.lower_double(), 1.0));
    EXPECT_EQ(third.lower_decimal(3), "3.33e-01");
    EXPECT_EQ(third.upper_decimal(3), "3.34e-01");
  }
}

TEST(PrecisionScope, RestoresThePrecisionThatWas) {
  const PrecisionScope outer(300);
  const int before = Enclosure(1L).precision();
  {
    const PrecisionScope inner(1000);
    EXPECT_GE(Enclosure(1L).precision(), 1000);
    {
      const PrecisionScope innermost(64);
      EXPECT_GE(Enclosure(1L).precision(), 64);
      EXPECT_LT(Enclosure(1L).precision(), 80);
    }
    EXPECT_GE(Enclosure(1L).precision(), 1000);
  }
  EXPECT_EQ(Enclosure(1L).precision(), before);
}

TEST(Enclosure, HugeExponentsAreWithinReach) {
  const PrecisionScope scope(96);
  // e^(2^60) = 2^(2^60 / ln 2), and 1.44 * 2^60 lies below MPFR's 2^62.
  const Enclosure large = exp(Enclosure(0x1p60));
  EXPECT_FALSE(large.upper_is_infinite());
  const long exponent = large.least_binary_exponent();
  EXPECT_GT(exponent, long{1} << 60);
  EXPECT_LT(exponent, long{1} << 61);
  // Beyond, the ends are still proved: a finite lower end and an infinite upper one; zero and a positive one.
  const Enclosure beyond = exp(Enclosure(1e300));
  EXPECT_FALSE(beyond.lower_is_infinite());
  EXPECT_TRUE(beyond.upper_is_infinite());
  const Enclosure nothing = exp(Enclosure(-1e300));
  EXPECT_EQ(nothing.lower().significand, 0);
  EXPECT_GT(nothing.upper().significand, 0);
}

TEST(Enclosure, IsReadInAThreadThatNeverComputed) {
  Enclosure large;
  Enclosure small;
  {
    const PrecisionScope scope(96);
    large = exp(Enclosure(1e15)) / Enclosure(3L);
    small = exp(Enclosure(-1e15)) / Enclosure(3L);
  }
  const auto read = [&] {
    return large.upper_decimal(12) + " " + small.lower_decimal(12) + " " + large.lower_hex() + " " +
           decimal_string(large.nearest_decimal(true, Sticky::below, 20)) + " " +
           decimal_string(small.nearest_decimal(false, Sticky::above, 20)) + " " +
           std::to_string(large.relative_width_exponent()) + " " +
           std::to_string(small.relative_width_exponent()) + " " + std::to_string(small.lower_double()) +
           std::to_string(large.lower_double());
  };
  const std::string here = read();
  std::string there;
  std::thread([&] { there = read(); }).join();
  EXPECT_EQ(here, there);
  EXPECT_NE(here.find("e434294481903251"), std::string::npos) << here;  // 10^15 / ln 10 = 434294481903251.8
}

TEST(Enclosure, RelativeWidthBoundsTheWidth) {
  std::mt19937_64 random(kSeed);
  const PrecisionScope scope(40);
  EXPECT_EQ(Enclosure(5L).relative_width_exponent(), LONG_MIN);
  EXPECT_EQ(Enclosure::hull(Enclosure(-1L), Enclosure(1L)).relative_width_exponent(), LONG_MAX);
  EXPECT_EQ(Enclosure::hull(Enclosure(0L), Enclosure(1L)).relative_width_exponent(), LONG_MAX);
  EXPECT_EQ(exp(Enclosure(1e300)).relative_width_exponent(), LONG_MAX);
  for (int i = 0; i < 1000; ++i) {
    const Rational a = random_rational(random);
    const Rational b = a * (1 + random_dyadic(random, -30, 3));
    const Enclosure x = Enclosure::hull(Enclosure(a), Enclosure(b));
    const long k = x.relative_width_exponent();
    const Rational width = expanded(x.upper()) - expanded(x.lower());
    const Rational least = std::min(Rational(abs(expanded(x.upper()))), Rational(abs(expanded(x.lower()))));
    const Rational scale = expanded({1, k});
    ASSERT_LE(width, scale * least);
    ASSERT_GT(width * 8, scale * least);  // two powers of two are lost to exponents, at most
  }
}

TEST(Enclosure, LeastBinaryExponentIsTheFloorOfTheLogarithm) {
  const PrecisionScope scope(40);
  EXPECT_EQ(Enclosure(1L).least_binary_exponent(), 0);
  EXPECT_EQ(Enclosure(0.75).least_binary_exponent(), -1);
  EXPECT_EQ(Enclosure::hull(Enclosure(-9L), Enclosure(-4L)).least_binary_exponent(), 2);
  EXPECT_EQ(Enclosure::hull(Enclosure(-9L), Enclosure(4L)).least_binary_exponent(), LONG_MIN);
  EXPECT_EQ(Enclosure().least_binary_exponent(), LONG_MIN);
}

DecimalDigits digits(const std::string& text, long exponent, bool negative = false) {
  return {negative, text, exponent};
}

TEST(NearestDecimal, TiesGoToEvenUnlessStickyTellsTheSide) {
  const PrecisionScope scope(64);
  for (const bool upper : {false, true}) {
    const Enclosure x(0.125);  // half way between 0.12 and 0.13
    EXPECT_EQ(x.nearest_decimal(upper, Sticky::none, 2), digits("12", 0));
    EXPECT_EQ(x.nearest_decimal(upper, Sticky::below, 2), digits("12", 0));
    EXPECT_EQ(x.nearest_decimal(upper, Sticky::above, 2), digits("13", 0));
    const Enclosure y(0.375);
    EXPECT_EQ(y.nearest_decimal(upper, Sticky::none, 2), digits("38", 0));
    EXPECT_EQ(y.nearest_decimal(upper, Sticky::below, 2), digits("37", 0));
    EXPECT_EQ(y.nearest_decimal(upper, Sticky::above, 2), digits("38", 0));
    const Enclosure z(-0.125);
    EXPECT_EQ(z.nearest_decimal(upper, Sticky::none, 2), digits("12", 0, true));
    EXPECT_EQ(z.nearest_decimal(upper, Sticky::above, 2), digits("12", 0, true));
    EXPECT_EQ(z.nearest_decimal(upper, Sticky::below, 2), digits("13", 0, true));
  }
}

TEST(NearestDecimal, OneDigitIsEnough) {
  const PrecisionScope scope(64);
  EXPECT_EQ(Enclosure(2.5).nearest_decimal(false, Sticky::none, 1), digits("2", 1));
  EXPECT_EQ(Enclosure(2.5).nearest_decimal(false, Sticky::above, 1), digits("3", 1));
  EXPECT_EQ(Enclosure(9.5).nearest_decimal(false, Sticky::above, 1), digits("1", 2));
  EXPECT_EQ(Enclosure(9.5).nearest_decimal(false, Sticky::below, 1), digits("9", 1));
  EXPECT_EQ(Enclosure(8.0).nearest_decimal(false, Sticky::below, 1), digits("8", 1));
}

TEST(NearestDecimal, StickyDoesNotMoveWhatIsNotATie) {
  const PrecisionScope scope(64);
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 500; ++i) {
    const Enclosure x(std::ldexp(static_cast<double>(random() >> 11), -30));
    for (const int count : {1, 3, 17}) {
      const DecimalDigits none = x.nearest_decimal(false, Sticky::none, count);
      const DecimalDigits above = x.nearest_decimal(false, Sticky::above, count);
      const DecimalDigits below = x.nearest_decimal(false, Sticky::below, count);
      ASSERT_TRUE(none == above || none == below);
      const Rational value = expanded(x.lower());
      const auto distance = [&](const DecimalDigits& d) {
        const long e = d.exponent - static_cast<long>(d.digits.size());
        const Integer power = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(e)));
        const Rational decimal =
            e >= 0 ? Rational(Integer(d.digits) * power) : Rational(Integer(d.digits), power);
        return Rational(abs(decimal - value));
      };
      ASSERT_EQ(distance(above), distance(below));  // both are nearest
      ASSERT_EQ(distance(none), distance(above));
    }
  }
}

}  // namespace
}  // namespace xent::reference
