#include "reference/quantity.h"

#include <cmath>

namespace xent::reference {
namespace {

// ln b < 0 turns an infinity over.
Exactness turned_over(Exactness exactness) {
  if (exactness.kind == Exactness::Kind::positive_infinity) {
    exactness.kind = Exactness::Kind::negative_infinity;
  } else if (exactness.kind == Exactness::Kind::negative_infinity) {
    exactness.kind = Exactness::Kind::positive_infinity;
  }
  return exactness;
}

class Listed : public QuantityRow {
 public:
  explicit Listed(std::vector<Quantity> values) : values_(std::move(values)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(values_.size()); }
  Quantity at(std::int64_t c) const override { return values_[static_cast<std::size_t>(c)]; }

 private:
  std::vector<Quantity> values_;
};

}  // namespace

Quantities listed(std::vector<Quantity> values) {
  return std::make_shared<Listed>(std::move(values));
}

Quantity Quantity::logarithm(LogForm form, Rational base) {
  Quantity result;
  result.form_ = std::move(form);
  result.base_ = std::move(base);
  return result;
}

Quantity Quantity::exponential(LogForm form) {
  LogForm one;
  one.add(1);
  return exponential(std::move(form), std::move(one), 0, 0);
}

Quantity Quantity::exponential(LogForm form, LogForm multiplier, Rational offset, Rational base) {
  Quantity result;
  result.form_ = std::move(form);
  result.multiplier_ = std::move(multiplier);
  result.offset_ = std::move(offset);
  result.base_ = std::move(base);
  result.exponentiate_ = true;
  return result;
}

Quantity Quantity::times(std::shared_ptr<const Power> power, bool zero_times_infinity_is_nan) const {
  Quantity result = *this;
  result.base_ = 0;
  if (result.is_special()) return result;
  const LogForm& exponent = power->exponent();
  if (!exponent.is_special()) {
    result.power_ = std::move(power);
    return result;
  }
  LogForm form;
  if (exponent.is_nan()) {
    form.set_nan();
  } else if (exponent.exactness_of_exp().kind == Exactness::Kind::positive_infinity) {
    const std::optional<int> sign = result.sign();
    if (!sign) {
      result.is_unknown_ = true;
      return result;
    }
    if (*sign == 0 && zero_times_infinity_is_nan) form.set_nan();
    if (*sign != 0) form.add_infinity(*sign);
  }
  return logarithm(std::move(form), 0);
}

// The sign; none if it is not found. An enclosure may end at 0, where the value is too small for any
// exponent.
std::optional<int> Quantity::sign() const {
  constexpr int kMostBits = 1 << 14;
  const Exactness known = exactness();
  if (known.kind == Exactness::Kind::rational) return known.value.sign();
  for (int bits = 64; bits <= kMostBits; bits *= 4) {
    const PrecisionScope scope(bits);
    const Enclosure value = enclose();
    const double lower = value.lower_double();
    const double upper = value.upper_double();
    if (!value.contains_zero() || known.excludes_zero()) {
      if (lower >= 0) return 1;
      if (upper <= 0) return -1;
    }
  }
  return std::nullopt;
}

Enclosure Quantity::enclose() const {
  if (is_unknown_) return Enclosure::hull(Enclosure(-HUGE_VAL), Enclosure(HUGE_VAL));
  const Enclosure value = enclose_without_power();
  return power_ ? value * power_->enclose() : value;
}

Enclosure Quantity::enclose_without_power() const {
  if (!exponentiate_) return form_.enclose(base_);
  const Enclosure value = enclose_exponential();
  return base_ == 0 ? value : value / log(Enclosure(base_));
}

// A power near 1 is taken as 1 + expm1, whose rational part is added to the offset exactly: p - 1 keeps its
// relative accuracy.
Enclosure Quantity::enclose_exponential() const {
  const std::optional<Rational> factor = multiplier_.rational();
  if (offset_ == 0) {
    // 3/4 of 1/3 is 1/4 if the rationals are multiplied, and otherwise wider than any tail.
    if (const auto power = factor ? form_.rational_power() : std::nullopt)
      return Enclosure(Rational(*factor * *power)) * exp(form_.enclose_remainder());
    const Enclosure power = form_.enclose_exp();
    return factor ? Enclosure(*factor) * power : multiplier_.enclose(0) * power;
  }
  if (!factor) return Enclosure(offset_) + multiplier_.enclose(0) * form_.enclose_exp();
  if (const auto power = form_.rational_power()) {
    const Rational scale = *factor * *power;
    return Enclosure(Rational(offset_ + scale)) + Enclosure(scale) * expm1(form_.enclose_remainder());
  }
  const Enclosure exponent = form_.enclose(0);
  if (exponent.least_binary_exponent() >= -1)
    return Enclosure(offset_) + Enclosure(*factor) * form_.enclose_exp();
  return Enclosure(Rational(offset_ + *factor)) + Enclosure(*factor) * expm1(exponent);
}

// Of a product only little can be told: 0 times anything is 0, a rational other than 0 times a number is as
// irrational as that is, and the power, which is never 0, makes no 0.
Exactness Quantity::exactness() const {
  if (is_unknown_) return {};
  Exactness value = exactness_without_power();
  if (!power_ || value.is_special()) return value;
  const bool is_rational = value.kind == Exactness::Kind::rational;
  if (is_rational && value.value == 0) return value;
  Exactness power = power_->exactness();
  if (power.kind == Exactness::Kind::rational) {
    if (is_rational) value.value *= power.value;
    return value;
  }
  if (is_rational && power.kind != Exactness::Kind::unknown) return power;
  return value.excludes_zero() ? Exactness::not_zero() : Exactness{};
}

Exactness Quantity::exactness_without_power() const {
  if (exponentiate_) return exactness_of_exponential();
  const Exactness result = form_.exactness(base_);
  return base_ > 0 && base_ < 1 ? turned_over(result) : result;
}

Exactness Quantity::exactness_of_exponential() const {
  if (form_.is_special()) {
    Exactness power = form_.exactness_of_exp();
    if (power.kind == Exactness::Kind::rational && base_ == 0) return Exactness::rational(offset_);
    return power;
  }
  const std::optional<Rational> factor = multiplier_.rational();
  const bool is_constant = factor && *factor == 0;
  Exactness power = is_constant ? Exactness::rational(0) : form_.exactness_of_exp();
  if (!factor && power.kind == Exactness::Kind::rational) {
    // (offset + (rational + logarithms) power): the logarithms decide.
    LogForm value = multiplier_;
    LogForm whole;
    whole.add(power.value, std::move(value));
    whole.add(offset_);
    return whole.exactness(base_);
  }
  if (!factor) return {};
  // The power itself is not 0, and a quotient by ln b is 0 only where the dividend is.
  if (power.kind == Exactness::Kind::unknown) return offset_ == 0 ? Exactness::not_zero() : Exactness{};
  if (power.kind == Exactness::Kind::irrational) return base_ == 0 ? power : Exactness::not_zero();
  LogForm rational;
  rational.add(offset_ + *factor * power.value);
  return rational.exactness(base_);
}

std::optional<Enclosure> Quantity::enclose_minus(const Rational& number) const {
  if (base_ != 0 || power_ || is_unknown_) return std::nullopt;
  if (exponentiate_) {
    const std::optional<Rational> factor = multiplier_.rational();
    const auto power = factor ? form_.rational_power() : std::nullopt;
    if (!power) return std::nullopt;
    const Rational scale = *factor * *power;
    return Enclosure(Rational(offset_ + scale - number)) +
           Enclosure(scale) * expm1(form_.enclose_remainder());
  }
  LogForm difference = form_;
  difference.add(-number);
  return difference.enclose(0);
}

}  // namespace xent::reference
