#include "golden/exact_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

namespace xent::golden {
namespace {

using reference::Number;
using reference::Rational;

TEST(ExactText, IsShortWhereThatIsExact) {
  const std::pair<Number, const char*> expected[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {0.5, "0.5"},
      {1e8, "100000000"},
      {-HUGE_VAL, "-inf"},
      {0x1p-149, "0x1p-149"},
      {0.1, "0x1.999999999999ap-4"},  // the double, which is not 1/10
      {Number(Rational(1, 10)), "0.1"},
      {Number(Rational(-1, 3)), "-1/3"},
      {Number(Rational(9007199254740993)), "9007199254740993"},
  };
  for (const auto& [number, text] : expected) EXPECT_EQ(exact_text(number), text);
}

TEST(ExactText, IsReadBackAsTheSameNumber) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<double>(random());
    const auto numerator = static_cast<std::int64_t>(random() >> (random() % 64));
    const auto denominator = static_cast<std::int64_t>(random() >> (1 + random() % 63));
    for (const Number& number : {Number(value), Number(Rational(numerator, denominator + 1)),
                                 Number(Rational(numerator, 1000000))}) {
      if (number.is_nan()) continue;
      const auto reread = reference::parse_number(exact_text(number));
      ASSERT_TRUE(reread) << exact_text(number);
      ASSERT_TRUE(*reread == number) << exact_text(number);
    }
  }
}

TEST(ParseDyadic, ReadsTheEndsOfEnclosures) {
  const auto x = parse_dyadic("-0x5.b4p-4");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->significand, -0x5b4);
  EXPECT_EQ(x->exponent, -12);
  EXPECT_TRUE(parse_dyadic("0x1p-4611686018427387904"));
  for (const char* bad :
       {"", "0x", "0xp1", "1p1", "0x1", "0x1p", "0x1p1x", "0x1.1.1p1", "0xgp1", "0x1p9223372036854775807"})
    EXPECT_FALSE(parse_dyadic(bad)) << bad;
}

TEST(ParseDyadic, OrdersNumbersOfAnyExponent) {
  const char* ascending[] = {"-0x1p4611686018427387903",
                             "-0x1.8p+0",
                             "-0x1p+0",
                             "-0x1p-4611686018427387904",
                             "0x0p+0",
                             "0x1p-4611686018427387904",
                             "0x1p+0",
                             "0x3p-1",
                             "0x1p+1",
                             "0x1p4611686018427387903"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j)
      EXPECT_EQ(at_most(*parse_dyadic(ascending[i]), *parse_dyadic(ascending[j])), i <= j) << i << " " << j;
  }
}

}  // namespace
}  // namespace xent::golden
