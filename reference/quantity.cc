#include "reference/quantity.h"

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

Enclosure Quantity::enclose() const {
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

Exactness Quantity::exactness() const {
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
  if (!factor || power.kind == Exactness::Kind::unknown) return {};
  if (power.kind == Exactness::Kind::irrational) return base_ == 0 ? power : Exactness{};
  LogForm rational;
  rational.add(offset_ + *factor * power.value);
  return rational.exactness(base_);
}

std::optional<Enclosure> Quantity::enclose_minus(const Rational& number) const {
  if (base_ != 0) return std::nullopt;
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
