// Exact inputs. Every finite binary float is a dyadic rational and every typed decimal is a rational, so
// every input of a loss is one exact real number, or one of +inf, -inf, NaN.
#ifndef XENT_REFERENCE_NUMBER_H
#define XENT_REFERENCE_NUMBER_H

#include <boost/multiprecision/gmp.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "reference/expected.h"

namespace xent::reference {

using Integer = boost::multiprecision::mpz_int;
using Rational = boost::multiprecision::mpq_rational;

// An extended real number, held exactly. Numbers that fit binary64 are kept as such; only others (1/10) own a
// rational, so a row of 10^5 float logits costs 24 bytes an element.
class Number {
 public:
  Number() = default;
  Number(double value) : value_(value) {}  // NOLINT(google-explicit-constructor): a double is a number
  explicit Number(const Rational& value);

  bool is_nan() const { return value_ != value_; }
  bool is_infinite() const { return std::abs(value_) > std::numeric_limits<double>::max(); }
  bool is_finite() const { return !is_nan() && !is_infinite(); }
  bool is_zero() const { return value_ == 0 && !rational_; }
  // -1, 0 or +1; 0 for NaN.
  int sign() const;

  // True if the number is a binary64 value; as_double is then exact.
  bool is_double() const { return !rational_; }
  // Domain: is_double().
  double as_double() const { return value_; }
  // Domain: finite.
  Rational rational() const;

  // Exact order of extended reals. Domain: neither is NaN.
  friend bool operator<(const Number& a, const Number& b) {
    return a.is_double() && b.is_double() ? a.value_ < b.value_ : is_less(a, b);
  }
  friend bool operator==(const Number& a, const Number& b);

  // Digits that parse_number reads back to the same number: "0.75", "7/10", "0x1.999999999999ap-4", "inf".
  std::string to_string() const;

 private:
  static bool is_less(const Number& a, const Number& b);

  double value_ = 0;  // the number itself, or its sign (+-1) when rational_ holds it
  std::shared_ptr<const Rational> rational_;
};

// Reads a decimal ("0.7", "-1e-5"), a fraction ("7/10"), a hexadecimal float ("0x1.8p-3"), "inf" or "nan",
// exactly. Status: an error says what was wrong with the text. Exponents beyond +-20000 (decimal) or +-70000
// (binary) and fractions whose parts have more than 30000 digits are refused: their exact value would not fit
// a reasonable memory.
Expected<Number> parse_number(std::string_view text);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_NUMBER_H
