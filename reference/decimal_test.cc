#include "reference/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "reference/testing.h"

namespace xent::reference {
namespace {

std::string decimal(const char* value, int digits) {
  return decimal_string(parse_number(value)->rational(), digits);
}

TEST(DecimalString, ShowsExactValuesWithoutPadding) {
  EXPECT_EQ(decimal("0", 5), "0");
  EXPECT_EQ(decimal("3", 30), "3");
  EXPECT_EQ(decimal("-3", 1), "-3");
  EXPECT_EQ(decimal("0.125", 10), "0.125");
  EXPECT_EQ(decimal("0.125", 3), "0.125");
  EXPECT_EQ(decimal("1000", 2), "1000");
  EXPECT_EQ(decimal("120", 2), "120");
  EXPECT_EQ(decimal("0.000001", 1), "0.000001");
}

TEST(DecimalString, RoundsToNearest) {
  EXPECT_EQ(decimal("1/3", 5), "0.33333");
  EXPECT_EQ(decimal("2/3", 5), "0.66667");
  EXPECT_EQ(decimal("-2/3", 1), "-0.7");
  EXPECT_EQ(decimal("22/7", 3), "3.14");
  EXPECT_EQ(decimal("1/70", 4), "0.01429");
}

TEST(DecimalString, TiesGoToEven) {
  EXPECT_EQ(decimal("0.125", 2), "0.12");
  EXPECT_EQ(decimal("0.135", 2), "0.14");
  EXPECT_EQ(decimal("0.145", 2), "0.14");
  EXPECT_EQ(decimal("-0.125", 2), "-0.12");
  EXPECT_EQ(decimal("2.5", 1), "2");
  EXPECT_EQ(decimal("3.5", 1), "4");
  EXPECT_EQ(decimal("0.12500000000000000000000001", 2), "0.13");
  EXPECT_EQ(decimal("0.12499999999999999999999999", 2), "0.12");
}

TEST(DecimalString, CarriesIntoANewDigit) {
  EXPECT_EQ(decimal("9.99", 2), "10");
  EXPECT_EQ(decimal("9.95", 2), "10");
  EXPECT_EQ(decimal("0.9996", 3), "1.00");
  EXPECT_EQ(decimal("0.09996", 3), "0.100");
  EXPECT_EQ(decimal("99.5", 2), "1.0e2");
  EXPECT_EQ(decimal("9.5", 1), "1e1");
  EXPECT_EQ(decimal("0.00000099996", 4), "0.000001000");
}

TEST(DecimalString, IsScientificOutsideOneMillionthAndTheDigits) {
  EXPECT_EQ(decimal("1/3000", 3), "0.000333");
  EXPECT_EQ(decimal("1/300000", 3), "0.00000333");
  EXPECT_EQ(decimal("1/3000000", 3), "3.33e-7");
  EXPECT_EQ(decimal("1e-7", 3), "1e-7");
  EXPECT_EQ(decimal("1234567", 3), "1.23e6");
  EXPECT_EQ(decimal("1234567", 7), "1234567");
  EXPECT_EQ(decimal("1e6", 3), "1000000");
  EXPECT_EQ(decimal("1e7", 3), "1e7");
  EXPECT_EQ(decimal("12345678", 8), "12345678");
  EXPECT_EQ(decimal("1000/3", 3), "333");
  EXPECT_EQ(decimal("10000/3", 3), "3.33e3");
  EXPECT_EQ(decimal("1e20000", 5), "1e20000");
  EXPECT_EQ(decimal("-1.5e-20000", 5), "-1.5e-20000");
}

TEST(DecimalString, OfRoundedDigitsLooksTheSame) {
  EXPECT_EQ(decimal_string(DecimalDigits{false, "33333", 0}), "0.33333");
  EXPECT_EQ(decimal_string(DecimalDigits{true, "123", -5}), "-0.00000123");
  EXPECT_EQ(decimal_string(DecimalDigits{true, "123", -6}), "-1.23e-7");
  EXPECT_EQ(decimal_string(DecimalDigits{false, "123", 3}), "123");
  EXPECT_EQ(decimal_string(DecimalDigits{false, "123", 4}), "1.23e3");
  EXPECT_EQ(decimal_string(DecimalDigits{false, "1", 2}), "1e1");
}

// |text - value| <= half a unit of its last digit, and the text names a number exactly.
TEST(DecimalString, IsWithinHalfAUnitOnRandomRationals) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 5000; ++i) {
    Rational value(Integer(random() >> (random() % 64)) + 1, Integer(random() >> (random() % 64)) + 1);
    if (random() % 2 == 0) value = -value;
    const int digits = 1 + static_cast<int>(random() % 20);
    const std::string text = decimal_string(value, digits);
    const auto shown = parse_number(text);
    ASSERT_TRUE(shown) << text;
    // 10^e <= |value| < 10^(e + 1); a unit is 10^(e - digits + 1).
    Rational unit = 1;
    while (unit > abs(value)) unit /= 10;
    while (unit * 10 <= abs(value)) unit *= 10;
    for (int k = 1; k < digits; ++k) unit /= 10;
    ASSERT_LE(abs(shown->rational() - value) * 2, unit) << value << " as " << text;
  }
}

TEST(DecimalString, OfExactAndOfEnclosedValuesAgree) {
  std::mt19937_64 random(kSeed);
  const PrecisionScope scope(128);
  for (int i = 0; i < 5000; ++i) {
    const double value = std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 90));
    const int digits = 1 + static_cast<int>(random() % 12);
    const std::string enclosed =
        decimal_string(Enclosure(value).nearest_decimal(false, Sticky::none, digits));
    const std::string exact = decimal_string(Rational(value), digits);
    ASSERT_EQ(*parse_number(enclosed), *parse_number(exact)) << enclosed << " " << exact;
    if (parse_number(exact)->rational() != Rational(value)) {
      ASSERT_EQ(enclosed, exact);
    }
  }
}

}  // namespace
}  // namespace xent::reference
