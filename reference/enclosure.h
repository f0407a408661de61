// Proved intervals of real numbers. The only file pair that knows MPFI: everything else computes with
// Enclosure.
#ifndef XENT_REFERENCE_ENCLOSURE_H
#define XENT_REFERENCE_ENCLOSURE_H

#include <boost/multiprecision/mpfi.hpp>
#include <string>

#include "reference/format.h"
#include "reference/number.h"

namespace xent::reference {

// While it lives, enclosures of this thread are computed with at least `bits` bits, over the whole exponent
// range that MPFR has (+-2^62).
class PrecisionScope {
 public:
  explicit PrecisionScope(int bits);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  unsigned previous_digits_;
};

// A decimal significand: value = 0.digits * 10^exponent.
struct DecimalDigits {
  bool negative = false;
  std::string digits;  // as many as were asked for; all zeros for zero
  long exponent = 0;
  friend bool operator==(const DecimalDigits&, const DecimalDigits&) = default;
};

// A closed interval [lower, upper], ends possibly infinite, that contains the real number it stands for.
// Every operation rounds its ends outward (MPFI; Revol & Rouillier 2005), so containment is kept whatever the
// precision; the precision only decides the width.
// Error: none in the sense that matters: x in X implies f(x) in f(X).
// Domain: operations on arguments outside the function's domain give the whole line or NaN ends; is_valid()
// tells.
class Enclosure {
 public:
  Enclosure() : value_(0) {}  // the point 0
  explicit Enclosure(long value) : value_(value) {}
  explicit Enclosure(double value) : value_(value) {}
  explicit Enclosure(const Integer& value) : value_(value) {}
  explicit Enclosure(const Rational& value);
  // Domain: finite.
  explicit Enclosure(const Number& value);
  // The hull of two enclosures.
  static Enclosure hull(const Enclosure& a, const Enclosure& b);
  // Domain: lower <= upper.
  static Enclosure between(const Dyadic& lower, const Dyadic& upper);

  friend Enclosure operator+(const Enclosure& a, const Enclosure& b) {
    return Enclosure(Raw(a.value_ + b.value_));
  }
  friend Enclosure operator-(const Enclosure& a, const Enclosure& b) {
    return Enclosure(Raw(a.value_ - b.value_));
  }
  friend Enclosure operator*(const Enclosure& a, const Enclosure& b) {
    return Enclosure(Raw(a.value_ * b.value_));
  }
  friend Enclosure operator/(const Enclosure& a, const Enclosure& b) {
    return Enclosure(Raw(a.value_ / b.value_));
  }
  Enclosure operator-() const { return Enclosure(Raw(-value_)); }
  // Keeps the precision of this enclosure.
  Enclosure& operator+=(const Enclosure& other);

  friend Enclosure exp(const Enclosure& x);
  friend Enclosure expm1(const Enclosure& x);
  friend Enclosure log(const Enclosure& x);
  friend Enclosure log2(const Enclosure& x);  // collapses to a point on exact powers of two
  friend Enclosure log1p(const Enclosure& x);
  friend Enclosure tanh(const Enclosure& x);
  friend Enclosure square(const Enclosure& x);
  friend Enclosure abs(const Enclosure& x);

  // The ends, exactly. Domain: the end is finite.
  Dyadic lower() const;
  Dyadic upper() const;
  bool lower_is_infinite() const;
  bool upper_is_infinite() const;
  // The ends as decimals of `digits` significant digits, rounded outward: "3.5667e-1", "inf".
  std::string lower_decimal(int digits) const;
  std::string upper_decimal(int digits) const;
  // The ends in exact hexadecimal notation.
  std::string lower_hex() const;
  std::string upper_hex() const;
  // The ends rounded outward to binary64.
  double lower_double() const;
  double upper_double() const;

  bool is_valid() const;  // neither end is NaN
  bool is_point() const;
  bool contains(const Rational& value) const;
  bool contains_zero() const;
  // floor(log2 |x|) of the end that is smaller in magnitude; LONG_MIN if that is zero or inside.
  long least_binary_exponent() const;
  // A k with width <= 2^k |x| for every x inside; LONG_MAX if there is none.
  long relative_width_exponent() const;
  // The decimal of `digits` significant digits nearest to the lower (or upper) end, the true value being
  // moved off that end as `sticky` says. Ties to even. Domain: the end is finite.
  DecimalDigits nearest_decimal(bool upper_end, Sticky sticky, int digits) const;
  // The bits the ends are stored with.
  int precision() const;

 private:
  using Raw = boost::multiprecision::mpfi_float;
  explicit Enclosure(Raw value) : value_(std::move(value)) {}

  Raw value_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_ENCLOSURE_H
