#include "reference/certified.h"

#include <cassert>
#include <cmath>
#include <limits>

#include "reference/decimal.h"

namespace xent::reference {
namespace {

double special_value(Exactness::Kind kind) {
  switch (kind) {
    case Exactness::Kind::positive_infinity:
      return HUGE_VAL;
    case Exactness::Kind::negative_infinity:
      return -HUGE_VAL;
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

// An end of an enclosure. An infinite one stands for a number beyond the exponents of any format.
Dyadic end(const Enclosure& x, bool upper) {
  const bool infinite = upper ? x.upper_is_infinite() : x.lower_is_infinite();
  if (!infinite) return upper ? x.upper() : x.lower();
  return {Integer(upper ? 1 : -1), std::numeric_limits<std::int64_t>::max() / 2};
}

// Expanding an exact dyadic is pointless beyond this, and could exhaust memory.
constexpr std::int64_t kMaxExpandedExponent = 1 << 20;

std::optional<Rational> point_value(const Enclosure& x) {
  if (!x.is_point()) return std::nullopt;
  const Dyadic point = x.lower();
  if (std::abs(point.exponent) > kMaxExpandedExponent) return std::nullopt;
  const Integer scale = Integer(1) << static_cast<unsigned long>(std::abs(point.exponent));
  return point.exponent >= 0 ? Rational(point.significand * scale) : Rational(point.significand, scale);
}

bool ends_in_zero(const std::string& decimal) {
  return decimal.substr(0, decimal.find('e')).ends_with('0');
}

Rational value_of(const DecimalDigits& x) {
  const long exponent = x.exponent - static_cast<long>(x.digits.size());
  const Integer power = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(std::abs(exponent)));
  const Rational magnitude =
      exponent >= 0 ? Rational(Integer(x.digits) * power) : Rational(Integer(x.digits), power);
  return x.negative ? Rational(-magnitude) : magnitude;
}

// The number half way between two neighbouring decimals; none if they are not neighbours.
std::optional<Rational> tie_between(const DecimalDigits& low, const DecimalDigits& high) {
  if (std::max(std::abs(low.exponent), std::abs(high.exponent)) > kMaxExpandedExponent) return std::nullopt;
  const Rational below = value_of(low);
  const Rational above = value_of(high);
  const auto digits = static_cast<long>(low.digits.size());
  const DecimalDigits unit{false, "1", std::min(low.exponent, high.exponent) - digits + 1};
  if (above - below != value_of(unit)) return std::nullopt;
  return Rational((below + above) / 2);
}

}  // namespace

Certified::Certified(Quantity quantity, int max_precision)
    : quantity_(std::move(quantity)), max_precision_(max_precision) {
  if (quantity_.is_special()) {
    exactness_ = quantity_.exactness();
    if (exactness_.kind == Exactness::Kind::rational) enclosure_ = Enclosure(exactness_.value);
  } else {
    precision_ = std::min(kFirstPrecision, max_precision_);
    compute();
  }
}

void Certified::compute() {
  const PrecisionScope scope(precision_);
  enclosure_ = quantity_.enclose();
  if (const auto point = point_value(enclosure_)) exactness_ = Exactness::rational(*point);
}

const Exactness& Certified::settle() {
  if (!theorems_consulted_ && exactness_.kind == Exactness::Kind::unknown) {
    theorems_consulted_ = true;
    exactness_ = quantity_.exactness();
    assert(exactness_.kind != Exactness::Kind::rational || enclosure_.contains(exactness_.value));
  }
  return exactness_;
}

// One step up: first ask whether the value is exact or irrational, then double the precision.
bool Certified::refine() {
  if (!theorems_consulted_ && exactness_.kind == Exactness::Kind::unknown) {
    settle();
    return true;
  }
  if (precision_ >= max_precision_) return false;
  precision_ = std::min(2 * precision_, max_precision_);
  compute();
  return true;
}

Sticky Certified::inside(Sticky side) const {
  return exactness_.kind == Exactness::Kind::irrational ? side : Sticky::none;
}

// An end of an enclosure is never at a rational that is not dyadic; an enclosure of the difference can be.
Sticky Certified::side_of(const Rational& boundary) const {
  if (exactness_.kind != Exactness::Kind::irrational) return Sticky::none;
  const PrecisionScope scope(precision_);
  const auto difference = quantity_.enclose_minus(boundary);
  if (!difference) return Sticky::none;
  const Enclosure& value = *difference;
  if (!value.is_valid() || value.lower_is_infinite() || value.upper_is_infinite()) return Sticky::none;
  if (value.lower().significand >= 0) return Sticky::above;
  return value.upper().significand <= 0 ? Sticky::below : Sticky::none;
}

std::optional<Bits> Certified::try_round(const Format& f, Rounding direction) const {
  if (exactness_.is_special()) return encode(f, special_value(exactness_.kind));
  if (exactness_.kind == Exactness::Kind::rational) {
    return reference::round(exactness_.value, f, direction);
  }
  if (!enclosure_.is_valid()) return std::nullopt;
  const Bits low = reference::round(end(enclosure_, false), inside(Sticky::above), f, direction);
  const Bits high = reference::round(end(enclosure_, true), inside(Sticky::below), f, direction);
  return low == high ? std::optional(low) : std::nullopt;
}

std::optional<std::string> Certified::try_decimal(int digits) const {
  if (exactness_.is_special()) {
    const double value = special_value(exactness_.kind);
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
  if (exactness_.kind == Exactness::Kind::rational) return decimal_string(exactness_.value, digits);
  if (!enclosure_.is_valid() || enclosure_.lower_is_infinite() || enclosure_.upper_is_infinite())
    return std::nullopt;
  if (enclosure_.contains_zero()) return std::nullopt;
  const DecimalDigits low = enclosure_.nearest_decimal(false, inside(Sticky::above), digits);
  const DecimalDigits high = enclosure_.nearest_decimal(true, inside(Sticky::below), digits);
  if (low == high) return decimal_string(low);
  const auto tie = tie_between(low, high);
  const Sticky side = tie ? side_of(*tie) : Sticky::none;
  if (side == Sticky::none) return std::nullopt;
  return decimal_string(side == Sticky::above ? high : low);
}

std::optional<Bits> Certified::round(const Format& f, Rounding direction) {
  for (;;) {
    if (auto bits = try_round(f, direction)) return bits;
    if (!refine()) return std::nullopt;
  }
}

std::optional<double> Certified::rounded(const Format& f, Rounding direction) {
  const auto bits = round(f, direction);
  return bits ? std::optional(decode(f, *bits)) : std::nullopt;
}

std::optional<std::string> Certified::decimal(int digits) {
  assert(digits >= 1);
  for (;;) {
    if (auto text = try_decimal(digits)) {
      // Digits that end in 0 may be those of a shorter, exact value.
      if (theorems_consulted_ || exactness_.kind != Exactness::Kind::unknown || !ends_in_zero(*text))
        return text;
      settle();
    } else if (!refine()) {
      return std::nullopt;
    }
  }
}

const Enclosure& Certified::enclosure(int bits) {
  while (!exactness_.is_special() && enclosure_.relative_width_exponent() > -bits) {
    if (exactness_.kind == Exactness::Kind::rational) {
      // A rational rounded outward to n bits is known to 2^(1 - n) of itself.
      precision_ = std::min(bits + 1, max_precision_);
      const PrecisionScope scope(precision_);
      enclosure_ = Enclosure(exactness_.value);
      break;
    }
    if (!refine()) break;
  }
  return enclosure_;
}

}  // namespace xent::reference
