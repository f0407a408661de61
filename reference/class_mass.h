// What a class counts in a loss of the form sum mass_c (-ln p_c).
#ifndef XENT_REFERENCE_CLASS_MASS_H
#define XENT_REFERENCE_CLASS_MASS_H

#include <concepts>
#include <cstdint>
#include <optional>

#include "reference/log_form.h"
#include "reference/xent.h"

namespace xent::reference {

// A rational, to which a label that is given as its logarithm l adds a multiple of e^l. Zero only if both
// parts are: e^l is irrational for rational l other than 0 (Hermite-Lindemann).
class Mass {
 public:
  Mass() = default;
  template <std::convertible_to<Rational> T>
  Mass(const T& rational) : rational_(rational) {}  // NOLINT(google-explicit-constructor)
  // c p, where `label` is p or, in log space, ln p. Domain: p finite.
  static Mass of_label(const Rational& c, const Number& label, xent_space space);

  Mass operator+(const Rational& c) const;
  Mass times(const Rational& c) const;

  bool is_zero() const { return !power_ && rational_ == 0; }
  bool is_rational() const { return !power_; }
  bool operator==(const Mass&) const = default;
  // -1, 0 or 1.
  int sign() const;
  // At the current precision.
  Enclosure enclose() const;

  // The rational part, and the multiple of a power of e beside it if there is one.
  struct Power {
    Rational coefficient;  // not 0
    Rational exponent;     // not 0
    bool operator==(const Power&) const = default;
  };
  const Rational& rational() const { return rational_; }
  const std::optional<Power>& power() const { return power_; }

  // Adds mass c, and mass ln q with 0 ln 0 = 0, to the form. Domain: q >= 0, not NaN.
  void add_to(LogForm& form, const Rational& c) const;
  void add_log_to(LogForm& form, const Number& q) const;

 private:
  Rational rational_ = 0;
  std::optional<Power> power_;
};

struct ClassMass {
  std::int64_t index;
  Mass mass;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_CLASS_MASS_H
