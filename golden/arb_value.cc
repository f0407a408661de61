#include "golden/arb_value.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

namespace xent::arb {
namespace {

// a - weight b.
Sum less(Sum a, const Exact& weight, const Sum& b) {
  a.add(-weight, b);
  return a;
}

class Product : public Factor {
 public:
  Product(FactorPointer a, FactorPointer b) : a_(std::move(a)), b_(std::move(b)) {}
  Ball enclose(slong precision) const override {
    Ball result = a_->enclose(precision);
    arb_mul(result.get(), result.get(), b_->enclose(precision).get(), precision);
    return result;
  }
  int sign() const override { return a_->sign() * b_->sign(); }
  std::string key() const override { return "(" + a_->key() + ")(" + b_->key() + ")"; }
  bool is_rational() const override { return a_->is_rational() && b_->is_rational(); }

 private:
  FactorPointer a_;
  FactorPointer b_;
};

class PowerOfValue : public Factor {
 public:
  explicit PowerOfValue(Value exponent) : exponent_(std::move(exponent)) {}
  // What is known to p bits after the point gives as many bits of its power.
  Ball enclose(slong precision) const override {
    const slong size = std::max(bits_before_point(exponent_.enclose(64)), slong{0});
    Ball result = exponent_.enclose(precision + size + 32);
    arb_exp(result.get(), result.get(), precision);
    return result;
  }
  int sign() const override { return 1; }
  std::string key() const override {
    return "e^value " + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  }
  bool is_rational() const override {
    Value power = exponent_;
    power.exponentiate();
    return power.is_proved_rational();
  }

 private:
  static slong bits_before_point(const Ball& x) {
    arf_t bound;
    arf_init(bound);
    arb_get_abs_ubound_arf(bound, x.get(), 64);
    const slong bits = arf_abs_bound_lt_2exp_si(bound);
    arf_clear(bound);
    return bits;
  }

  Value exponent_;
};

}  // namespace

FactorPointer power_of_e(const Value& value) {
  return std::make_shared<PowerOfValue>(value);
}

void Value::multiply_by(FactorPointer factor) {
  factor_ = factor_ && factor ? std::make_shared<Product>(factor_, std::move(factor))
                              : FactorPointer(factor ? std::move(factor) : factor_);
}

void Value::add_special(Element::Kind kind) {
  if (special == Element::kFinite || special == kind) {
    special = kind;
  } else {
    special = Element::kNaN;
  }
}

void Value::add(const Sum& weight, const Value& other, bool zero_is_nan) {
  if (!other.is_special()) return sum_.add(Exact(1), weight * other.sum_);
  const int sign = weight.sign();
  if (other.special == Element::kNaN || (sign == 0 && zero_is_nan)) return add_special(Element::kNaN);
  if (sign == 0) return;
  add_special((other.special == Element::kPlusInfinity) == (sign > 0) ? Element::kPlusInfinity
                                                                      : Element::kMinusInfinity);
}

void Value::flip_infinity(int sign) {
  if (sign > 0) return;
  if (special == Element::kPlusInfinity) {
    special = Element::kMinusInfinity;
  } else if (special == Element::kMinusInfinity) {
    special = Element::kPlusInfinity;
  }
}

void Value::divide_by(std::shared_ptr<const Whole> divisor) {
  divisor_ = std::move(divisor);
  flip_infinity(divisor_->sign());
}

void Value::divide_by_log_of(const Exact& base) {
  base_ = logarithm(base);
  base_logarithms_ = logarithms(base);
  flip_infinity(base_->sign());
}

Sum Value::denominator() const {
  const Sum divisor = divisor_ ? divisor_->sum() : Sum(Exact(1));
  return base_ ? divisor * base_logarithms_ : divisor;
}

void Value::exponentiate() {
  exponentiated_ = special != Element::kMinusInfinity;
  if (!exponentiated_) *this = Value();  // e^-inf is the rational 0
}

const Ball& Value::sum(slong precision) const {
  const auto found = cache_.find(precision);
  if (found != cache_.end()) return found->second;
  Ball result = sum_.enclose(precision);
  if (factor_) arb_mul(result.get(), result.get(), factor_->enclose(precision).get(), precision);
  return cache_[precision] = result;
}

Ball Value::enclose(slong precision) const {
  Ball result = sum(precision);
  if (exponentiated_) {
    arb_exp(result.get(), result.get(), precision);
    return result;
  }
  if (divisor_) arb_div(result.get(), result.get(), divisor_->enclose(precision).get(), precision);
  if (base_) arb_div(result.get(), result.get(), base_->enclose(precision).get(), precision);
  return result;
}

// sum * factor minus b divisor ln base, or minus ln b: its sign is that of the value minus b, up to the signs
// of the divisor and of ln base.
Ball Value::difference(const Scaled& other, slong precision) const {
  Ball b = other.enclose(precision);
  if (exponentiated_) arb_log(b.get(), b.get(), precision);
  if (divisor_) arb_mul(b.get(), b.get(), divisor_->enclose(precision).get(), precision);
  if (base_) arb_mul(b.get(), b.get(), base_->enclose(precision).get(), precision);
  Ball result;
  arb_sub(result.get(), sum(precision).get(), b.get(), precision);
  return result;
}

int Value::compare(const Scaled& other, slong cap) const {
  if (exponentiated_ && other.coefficient.sign() <= 0) return 1;
  const int direction = (base_ ? base_->sign() : 1) * (divisor_ ? divisor_->sign() : 1);
  if (const int sign = difference(other, kFirstBits).sign()) return direction * sign;
  if (const auto exact = other.expanded()) {
    if (exponentiated_) return less(sum_, Exact(1), logarithms(*exact)).compare(Exact(0), cap);
    if (!base_ && !factor_ && !divisor_) return sum_.compare(*exact, cap);
    if (!factor_ || exact->sign() == 0)
      return direction * less(sum_, *exact, denominator()).compare(Exact(0), cap);
    if (sum_.is_zero()) return -exact->sign();
  }
  for (slong precision = 2 * kFirstBits; precision <= cap; precision *= 2) {
    if (const int sign = difference(other, precision).sign()) return direction * sign;
  }
  return 0;
}

bool Value::has_exponentials() const {
  if (sum_.is_zero()) return false;
  return sum_.has_exponentials() || factor_ || divisor_;
}

std::optional<Exact> Value::quotient() const {
  if (divisor_ && !base_) return ratio(sum_, divisor_->sum());  // which may be long, and need not be copied
  return ratio(sum_, denominator());
}

bool Value::is_proved_rational() const {
  if (exponentiated_) return sum_.is_log_of_rational();
  return sum_.is_zero() || ((!factor_ || factor_->is_rational()) && quotient().has_value());
}

bool Value::is_proved_irrational() const {
  if (factor_) return false;
  if (!base_ && !exponentiated_ && sum_.is_of_powers()) return !quotient();
  if (divisor_) return false;
  return sum_.is_of_log_sums() || (!base_ && !exponentiated_ && sum_.is_of_one_share());
}

}  // namespace xent::arb
