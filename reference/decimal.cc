#include "reference/decimal.h"

#include <fmt/format.h>

namespace xent::reference {
namespace {

Rational power_of_ten(long exponent) {
  const Integer power = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
  return exponent >= 0 ? Rational(power) : Rational(Integer(1), power);
}

// The e with 10^e <= |value| < 10^(e + 1). Domain: value != 0.
long decimal_exponent(const Rational& value) {
  const Integer num = abs(numerator(value));
  const Integer den = denominator(value);
  // mpz_sizeinbase is exact or one too big, so the guess is at most two too big or one too small.
  long e = static_cast<long>(mpz_sizeinbase(num.backend().data(), 10)) -
           static_cast<long>(mpz_sizeinbase(den.backend().data(), 10)) + 1;
  while (Rational(abs(value)) < power_of_ten(e)) --e;
  return e;
}

// The integer nearest to a nonnegative rational, ties to even.
Integer nearest_integer(const Rational& value) {
  const Integer num = numerator(value);
  const Integer den = denominator(value);
  Integer floor = num / den;
  const Integer twice = 2 * (num % den);
  if (twice > den || (twice == den && floor % 2 != 0)) floor += 1;
  return floor;
}

std::string written(bool negative, const std::string& digits, long exponent, long positional_limit) {
  std::string text;
  if (exponent < -6 || exponent >= positional_limit) {
    text = fmt::format("{}{}{}e{}", digits[0], digits.size() > 1 ? "." : "", digits.substr(1), exponent);
  } else if (exponent < 0) {
    text = fmt::format("0.{:0>{}}{}", "", -exponent - 1, digits);
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) {
      text = digits + std::string(whole - digits.size(), '0');
    } else {
      text = digits.substr(0, whole) + "." + digits.substr(whole);
    }
  }
  return (negative ? "-" : "") + text;
}

}  // namespace

std::string decimal_string(const Rational& value, int digits) {
  if (value == 0) return "0";
  long exponent = decimal_exponent(value);
  const Rational scaled = abs(value) * power_of_ten(digits - 1 - exponent);
  const Integer nearest = nearest_integer(scaled);
  std::string text = nearest.str();
  if (static_cast<int>(text.size()) > digits) ++exponent;  // 9.99... rounded up to 10
  text.resize(static_cast<std::size_t>(digits));
  if (Rational(nearest) != scaled) return written(value < 0, text, exponent, digits);
  text.erase(text.find_last_not_of('0') + 1);
  return written(value < 0, text, exponent, std::max(digits, 7));
}

std::string decimal_string(const DecimalDigits& value) {
  return written(value.negative, value.digits, value.exponent - 1, static_cast<long>(value.digits.size()));
}

}  // namespace xent::reference
