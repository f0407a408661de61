#include "reference/fixed_point.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "reference/testing.h"

namespace xent::reference {
namespace {

Rational rational(Int128 value, int exponent) {
  return Rational(integer(value)) * power_of_two(exponent);
}

Int128 draw_int128(std::mt19937_64& random, int bits) {
  const auto magnitude = static_cast<Int128>((Uint128{random()} << 64 | random()) >> (128 - bits));
  return random() % 2 == 0 ? magnitude : -magnitude;
}

TEST(FixedPoint, IntegersKeepTheirBits) {
  EXPECT_EQ(integer(0), 0);
  EXPECT_EQ(integer(-1), -1);
  EXPECT_EQ(integer(Int128{1} << 100), Integer(1) << 100);
  EXPECT_EQ(integer(-(Int128{1} << 126) - 5), -(Integer(1) << 126) - 5);
}

TEST(FixedPoint, HighProductIsAtMostTwoShort) {
  std::mt19937_64 random(kSeed);
  Integer largest = 0;
  for (int i = 0; i < 20000; ++i) {
    const Uint128 a = Uint128{random()} << 64 | random(), b = Uint128{random()} << 64 | random();
    const Integer exact =
        ((Integer(static_cast<std::uint64_t>(a >> 64)) << 64) | static_cast<std::uint64_t>(a)) *
        ((Integer(static_cast<std::uint64_t>(b >> 64)) << 64) | static_cast<std::uint64_t>(b));
    const Integer high = exact >> 128;
    const Uint128 computed = high_product(a, b);
    const Integer shown =
        (Integer(static_cast<std::uint64_t>(computed >> 64)) << 64) | static_cast<std::uint64_t>(computed);
    ASSERT_LE(shown, high);
    ASSERT_GE(shown + 2, high);
    largest = std::max(largest, Integer(high - shown));
  }
  EXPECT_EQ(largest, 2);
}

TEST(FixedPoint, LogitsAreFloors) {
  std::mt19937_64 random(kSeed);
  const auto expect_floor = [](const Number& x) {
    const auto fixed = fixed_logit(x);
    ASSERT_TRUE(fixed) << x.to_string();
    const Rational below = rational(*fixed, -kLogitBits);
    ASSERT_LE(below, x.rational()) << x.to_string();
    ASSERT_GT(below + power_of_two(-kLogitBits), x.rational()) << x.to_string();
  };
  for (const double x :
       {0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-40, -1e-40, 65535.99, -65535.99,
        0x1p-110, -0x1p-110, 0x1.8p-110, -0x1.8p-110, 0x1p-111, -0x1p-111})
    ASSERT_NO_FATAL_FAILURE(expect_floor(Number(x)));
  for (int i = 0; i < 5000; ++i) {
    const double x = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())),
                                -static_cast<int>(random() % 160) - 48);
    ASSERT_NO_FATAL_FAILURE(expect_floor(Number(x)));
    const Rational ratio(static_cast<std::int64_t>(random()) >> 20,
                         1 + static_cast<std::int64_t>(random() >> 30));
    if (abs(ratio) < 65536) {
      ASSERT_NO_FATAL_FAILURE(expect_floor(Number(ratio)));
    }
  }
  for (const double x : {65536.0, -65536.0, 1e300, -3.4e38}) EXPECT_FALSE(fixed_logit(Number(x))) << x;
  EXPECT_FALSE(fixed_logit(Number(Rational(-1000001, 10))));
  EXPECT_FALSE(fixed_logit(Number(Rational(655361, 10))));
}

TEST(FixedPoint, RoundsAsIntegersOfAnySizeDo) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20000; ++i) {
    Int128 value = draw_int128(random, 1 + static_cast<int>(random() % 127));
    if (random() % 4 == 0) value = value >> 60 << 60;  // ties and floats among them
    const Format& f = formats()[random() % formats().size()];
    const int exponent =
        static_cast<int>(random() % 300) - 200 - (f.width == 64 && random() % 2 == 0 ? 900 : 0);
    for (const Rounding direction : kRoundings) {
      const auto sticky = static_cast<Sticky>(static_cast<int>(random() % 3) - 1);
      ASSERT_EQ(round_fixed(value, exponent, sticky, f, direction),
                round({integer(value), exponent}, sticky, f, direction))
          << f.name << ' ' << name(direction) << ' ' << integer(value) << ' ' << exponent;
    }
  }
}

TEST(FixedPoint, AnIntervalRoundsOnlyIfAllOfItDoes) {
  const Format& f = format(XENT_BINARY32);
  const FixedInterval narrow{Int128{1} << 100, (Int128{1} << 100) + 1, -100};
  EXPECT_EQ(narrow.round(f, Rounding::nearest_even), encode(f, 1));
  EXPECT_FALSE(narrow.round(f, Rounding::upward));
  EXPECT_EQ(narrow.round(f, Rounding::downward), encode(f, 1));
  const FixedInterval around_zero{-1, 1, -200};
  EXPECT_FALSE(around_zero.round(f, Rounding::nearest_even));  // -0 or +0
  EXPECT_EQ((FixedInterval{0, 1, -200}).round(f, Rounding::nearest_even), encode(f, 0));
}

TEST(FixedPoint, EnclosuresAndDifferencesContainTheirNumbers) {
  std::mt19937_64 random(kSeed);
  const PrecisionScope scope(150);
  for (int i = 0; i < 5000; ++i) {
    const auto draw = [&] {
      const Int128 lower = draw_int128(random, 1 + static_cast<int>(random() % 120));
      const auto width = static_cast<Int128>(random() >> (random() % 64));
      return FixedInterval{lower, lower + width, -static_cast<int>(random() % 140)};
    };
    const FixedInterval a = draw(), b = draw();
    const FixedInterval difference = a - b;
    ASSERT_LE(rational(difference.lower, difference.exponent),
              rational(a.lower, a.exponent) - rational(b.upper, b.exponent));
    ASSERT_GE(rational(difference.upper, difference.exponent),
              rational(a.upper, a.exponent) - rational(b.lower, b.exponent));
    const Enclosure whole = a.enclosure();
    for (const FixedInterval& copy : {fixed_interval(whole), with_unit(whole, -4)}) {
      ASSERT_LE(rational(copy.lower, copy.exponent), rational(a.lower, a.exponent));
      ASSERT_GE(rational(copy.upper, copy.exponent), rational(a.upper, a.exponent));
    }
    ASSERT_TRUE(whole.contains(rational(a.lower, a.exponent)));
    ASSERT_TRUE(whole.contains(rational(a.upper, a.exponent)));
  }
}

}  // namespace
}  // namespace xent::reference
