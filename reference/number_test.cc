#include "reference/number.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "reference/testing.h"

namespace xent::reference {
namespace {

Rational power(int base, unsigned exponent) {
  return Rational(boost::multiprecision::pow(Integer(base), exponent));
}

// A finite double, every bit pattern equally likely.
double any_finite_double(std::mt19937_64& random) {
  for (;;) {
    const auto value = std::bit_cast<double>(random());
    if (std::isfinite(value)) return value;
  }
}

TEST(ParseNumber, ReadsDecimalsAsTheRationalsTheyAre) {
  EXPECT_EQ(parsed("0.7").rational(), Rational(7, 10));
  EXPECT_EQ(parsed("0.1").rational(), Rational(1, 10));
  EXPECT_EQ(parsed("-1e-5").rational(), Rational(-1, 100000));
  EXPECT_EQ(parsed("12.50E+2").rational(), Rational(1250));
  EXPECT_EQ(parsed("+3").rational(), Rational(3));
  EXPECT_EQ(parsed(".5").rational(), Rational(1, 2));
  EXPECT_EQ(parsed("5.").rational(), Rational(5));
  EXPECT_EQ(parsed("0").rational(), Rational(0));
  EXPECT_EQ(parsed("0.000").rational(), Rational(0));
  EXPECT_EQ(parsed("123456789012345678901234567890").rational(),
            Rational(Integer("123456789012345678901234567890")));
}

TEST(ParseNumber, LeadingZerosAreNotOctal) {
  EXPECT_EQ(parsed("010").rational(), Rational(10));
  EXPECT_EQ(parsed("00.09").rational(), Rational(9, 100));
  EXPECT_EQ(parsed("1e08").rational(), Rational(100000000));
  EXPECT_EQ(parsed("010/08").rational(), Rational(5, 4));
}

TEST(ParseNumber, ReadsFractionsOfDecimals) {
  EXPECT_EQ(parsed("7/10").rational(), Rational(7, 10));
  EXPECT_EQ(parsed("-14/20").rational(), Rational(-7, 10));
  EXPECT_EQ(parsed("0.5/1e2").rational(), Rational(1, 200));
  EXPECT_EQ(parsed("0/3").rational(), Rational(0));
}

TEST(ParseNumber, ReadsHexadecimalFloats) {
  EXPECT_EQ(parsed("0x1.8p-3").rational(), Rational(3, 16));
  EXPECT_EQ(parsed("0X1P+4").rational(), Rational(16));
  EXPECT_EQ(parsed("-0x0.8").rational(), Rational(-1, 2));
  EXPECT_EQ(parsed("0x10").rational(), Rational(16));
  EXPECT_EQ(parsed("0x1e1").rational(), Rational(0x1e1));  // a digit, not an exponent
  EXPECT_EQ(parsed("0x1p-1074").as_double(), 0x1p-1074);
  EXPECT_EQ(parsed("0x1.fffffffffffffp+1023").as_double(), std::numeric_limits<double>::max());
  EXPECT_FALSE(parsed("0x1p-1075").is_double());
}

TEST(ParseNumber, ReadsInfinitiesAndNan) {
  EXPECT_TRUE(parsed("inf").is_infinite());
  EXPECT_EQ(parsed("inf").sign(), 1);
  EXPECT_EQ(parsed("-inf").sign(), -1);
  EXPECT_EQ(parsed("+infinity").sign(), 1);
  EXPECT_TRUE(parsed("nan").is_nan());
  EXPECT_TRUE(parsed("-NaN").is_nan());
}

TEST(ParseNumber, KeepsTheSignOfZero) {
  EXPECT_TRUE(std::signbit(parsed("-0").as_double()));
  EXPECT_TRUE(std::signbit(parsed("-0.0e5").as_double()));
  EXPECT_FALSE(std::signbit(parsed("+0").as_double()));
  EXPECT_TRUE(parsed("-0").is_zero());
}

TEST(ParseNumber, RefusesWhatIsNotANumber) {
  for (const char* text :
       {"",     " ",     "1 ",       " 1",   "abc",   "1,5",   "1_0",   "--1",   "+-1",   "-",     "+",
        ".",    "e5",    "1e",       "1e+",  "1e+-5", "1e5.0", "1.2.3", "0x",    "0x.",   "0xg",   "0x1p",
        "1p5",  "1f",    "1/",       "/2",   "1/0",   "1/0.0", "1/-2",  "1/2/3", "inf/2", "1/inf", "nan/1",
        "infi", "1e5e5", "0x1.8e5p", "0.7d", "½",     "1'000", "--inf", "- 1",   "0b101", "1e0x5", "\n1"}) {
    const auto number = parse_number(text);
    ASSERT_FALSE(number) << "'" << text << "' became " << number->to_string();
    EXPECT_EQ(number.error().message.find("number: '"), 0U) << number.error().message;
    EXPECT_NE(number.error().message.find("accepted: "), std::string::npos);
  }
}

TEST(ParseNumber, ReadsExponentsUpToTheLimit) {
  EXPECT_EQ(parsed("1e20000").rational(), power(10, 20000));
  EXPECT_EQ(parsed("1e-20000").rational(), 1 / power(10, 20000));
  EXPECT_EQ(parsed("0x1p70000").rational(), power(2, 70000));
  EXPECT_EQ(parsed("0x1p-70000").rational(), 1 / power(2, 70000));
}

TEST(ParseNumber, RefusesAbsurdSizesInOneLine) {
  const std::vector<std::string> texts = {"1e20001",
                                          "1e-20001",
                                          "1e999999999",
                                          "1e-999999999",
                                          "1e1000000000000000000000",
                                          "0x1p70001",
                                          "0x1p-70001",
                                          std::string(30001, '1'),
                                          std::string("0.").append(30000, '3'),
                                          std::string("1/").append(30001, '7'),
                                          "1\n2\t3\x01"};
  for (const std::string& text : texts) {
    const auto number = parse_number(text);
    ASSERT_FALSE(number) << text.substr(0, 50);
    const std::string& message = number.error().message;
    EXPECT_LT(message.size(), 200U) << message;
    for (const char c : message) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << message;
  }
}

TEST(ParseNumber, ReadsTheLongestText) {
  const std::string digits(19998, '3');
  const Rational third_of_nines = (power(10, 19998) - 1) / 3 / power(10, 19998);
  EXPECT_EQ(parsed("0." + digits).rational(), third_of_nines);
}

TEST(Number, IsADoubleExactlyWhenOneEqualsIt) {
  EXPECT_TRUE(Number(Rational(1, 2)).is_double());
  EXPECT_TRUE(Number(Rational(-3) / power(2, 1074)).is_double());
  EXPECT_FALSE(Number(Rational(1) / power(2, 1075)).is_double());
  EXPECT_FALSE(Number(Rational(1, 10)).is_double());
  EXPECT_TRUE(Number(Rational(std::numeric_limits<double>::max())).is_double());
  EXPECT_FALSE(Number(Rational(power(2, 1024))).is_double());
  EXPECT_FALSE(Number(Rational(power(2, 53) + 1)).is_double());
  EXPECT_TRUE(Number(Rational(0)).is_zero());
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 2000; ++i) {
    const double value = any_finite_double(random);
    const Number through_rational{Number(value).rational()};
    ASSERT_TRUE(through_rational.is_double()) << value;
    ASSERT_EQ(through_rational.as_double(), value);
    ASSERT_EQ(through_rational, Number(value));
  }
}

TEST(Number, SignOfRationalsAndSpecialValues) {
  EXPECT_EQ(Number(Rational(-1, 3)).sign(), -1);
  EXPECT_EQ(Number(Rational(1, 3)).sign(), 1);
  EXPECT_EQ(Number(-0.0).sign(), 0);
  EXPECT_EQ(Number(std::nan("")).sign(), 0);
  EXPECT_FALSE(Number(Rational(1, 3)).is_zero());
  EXPECT_FALSE(Number(std::nan("")).is_finite());
}

TEST(Number, OrderIsThatOfTheExactValues) {
  const double tenth = 0.1;  // above 1/10
  EXPECT_LT(parsed("0.1"), Number(tenth));
  EXPECT_FALSE(Number(tenth) < parsed("0.1"));
  EXPECT_FALSE(parsed("0.1") == Number(tenth));
  EXPECT_EQ(parsed("0.5"), Number(0.5));
  EXPECT_EQ(parsed("1/3"), parsed("2/6"));
  EXPECT_FALSE(parsed("1/3") < parsed("2/6"));
  EXPECT_EQ(Number(0.0), Number(-0.0));
  EXPECT_FALSE(Number(-0.0) < Number(0.0));
  const Number infinity(HUGE_VAL);
  const Number huge = parsed("1e20000");
  EXPECT_LT(huge, infinity);
  EXPECT_LT(Number(-HUGE_VAL), parsed("-1e20000"));
  EXPECT_LT(Number(std::numeric_limits<double>::max()), huge);
  EXPECT_LT(parsed("-1/3"), Number(0.0));
  EXPECT_LT(Number(0.0), parsed("1e-20000"));
  EXPECT_LT(parsed("1e-20000"), Number(std::numeric_limits<double>::denorm_min()));
  EXPECT_EQ(infinity, infinity);
}

TEST(Number, TextReadsBackToTheSameNumber) {
  for (const char* text : {"0.1", "0.7", "1/3", "-22/7", "1e300", "1e-320", "0x1.999999999999ap-4", "inf",
                           "-inf", "0", "-0", "1e22", "1e23", "0.75", "1e400", "-1e-400"}) {
    const Number number = parsed(text);
    EXPECT_EQ(parsed(number.to_string()), number) << number.to_string();
    EXPECT_EQ(std::signbit(parsed(number.to_string()).sign()), std::signbit(number.sign()));
  }
  EXPECT_TRUE(parsed(Number(std::nan("")).to_string()).is_nan());
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 2000; ++i) {
    const Number number(any_finite_double(random));
    const Number again = parsed(number.to_string());
    ASSERT_EQ(std::bit_cast<std::uint64_t>(again.as_double()),
              std::bit_cast<std::uint64_t>(number.as_double()))
        << number.to_string();
  }
}

TEST(Number, TextIsTheShortestWhereThatIsExact) {
  EXPECT_EQ(Number(0.75).to_string(), "0.75");
  EXPECT_EQ(Number(0.1).to_string(), "0x1.999999999999ap-4");
  EXPECT_EQ(parsed("0.1").to_string(), "1/10");
  EXPECT_EQ(Number(-3.0).to_string(), "-3");
}

}  // namespace
}  // namespace xent::reference
