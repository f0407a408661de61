#include "reference/class_mass.h"

namespace xent::reference {

Mass Mass::of_label(const Rational& c, const Number& label, xent_space space) {
  if (space != XENT_LOG_PROBABILITIES) return c * label.rational();
  if (label.is_infinite() || c == 0) return {};
  if (label.is_zero()) return c;
  Mass mass;
  mass.power_ = {c, label.rational()};
  return mass;
}

Mass Mass::operator+(const Rational& c) const {
  Mass sum = *this;
  sum.rational_ += c;
  return sum;
}

Mass Mass::times(const Rational& c) const {
  if (c == 0) return {};
  Mass product = *this;
  product.rational_ *= c;
  if (product.power_) product.power_->coefficient *= c;
  return product;
}

// Parts of both signs are told apart at some precision, for they do not add up to 0.
int Mass::sign() const {
  if (!power_) return rational_.sign();
  const int of_power = power_->coefficient.sign();
  if (rational_.sign() != -of_power) return of_power;
  for (int bits = 64;; bits *= 2) {
    const PrecisionScope scope(bits);
    if (const Enclosure value = enclose(); !value.contains_zero()) return value.upper_double() > 0 ? 1 : -1;
  }
}

Enclosure Mass::enclose() const {
  const Enclosure rational(rational_);
  return power_ ? rational + Enclosure(power_->coefficient) * exp(Enclosure(power_->exponent)) : rational;
}

void Mass::add_to(LogForm& form, const Rational& c) const {
  form.add(c * rational_);
  if (power_) form.add_power(c * power_->coefficient, power_->exponent);
}

void Mass::add_log_to(LogForm& form, const Number& q) const {
  if (q.is_zero()) {
    if (!is_zero()) form.add_infinity(-sign());
    return;
  }
  form.add_log(rational_, q);
  if (power_) form.add_power_of_log(power_->coefficient, power_->exponent, q);
}

}  // namespace xent::reference
