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

// The enclosure and what is known of the value, refined on demand.
class Certified::Ladder {
 public:
  Ladder(Quantity made, int max_precision);
  // The first rung has been climbed already.
  Ladder(const FirstRung& rung, std::int64_t c, int max_precision);

  std::optional<Bits> round(const Format& format, Rounding direction);
  std::optional<std::string> decimal(int digits);
  const Exactness& settle();
  const Exactness& exactness() const { return exactness_; }
  const Enclosure& enclosure() const { return enclosure_; }
  const Enclosure& enclosure(int bits);
  int precision_bits() const { return precision_; }

 private:
  const Quantity& quantity() const;
  void compute();
  void note_point();
  bool refine();
  // Where the true value lies, seen from that end of its enclosure.
  Sticky seen_from(const Dyadic& end, Sticky side) const;
  // Where the true value lies, seen from a rational; none: not known at this precision.
  Sticky side_of(const Rational& boundary) const;
  std::optional<Bits> try_round(const Format& format, Rounding direction) const;
  std::optional<std::string> try_decimal(int digits) const;

  Quantities row_;
  std::int64_t index_ = 0;
  mutable std::optional<Quantity> quantity_;  // made when first needed
  Exactness exactness_;
  Enclosure enclosure_;
  int precision_ = 0;
  int max_precision_;
  bool theorems_consulted_ = false;
};

Certified::Ladder::Ladder(Quantity made, int max_precision)
    : quantity_(std::move(made)), max_precision_(max_precision) {
  if (quantity().is_special()) {
    exactness_ = quantity().exactness();
    if (exactness_.kind == Exactness::Kind::rational) enclosure_ = Enclosure(exactness_.value);
  } else {
    precision_ = std::min(kFirstPrecision, max_precision_);
    compute();
  }
}

Certified::Ladder::Ladder(const FirstRung& rung, std::int64_t c, int max_precision)
    : row_(rung.row), index_(c), precision_(kFirstPrecision), max_precision_(max_precision) {
  const PrecisionScope scope(kFirstPrecision);
  enclosure_ = rung.enclosures[static_cast<std::size_t>(c)].enclosure();
  note_point();
}

const Quantity& Certified::Ladder::quantity() const {
  if (!quantity_) quantity_ = row_->at(index_);
  return *quantity_;
}

void Certified::Ladder::compute() {
  const PrecisionScope scope(precision_);
  enclosure_ = quantity().enclose();
  note_point();
}

void Certified::Ladder::note_point() {
  if (const auto point = point_value(enclosure_)) exactness_ = Exactness::rational(*point);
}

const Exactness& Certified::Ladder::settle() {
  if (!theorems_consulted_ && exactness_.kind == Exactness::Kind::unknown) {
    theorems_consulted_ = true;
    exactness_ = quantity().exactness();
    assert(exactness_.kind != Exactness::Kind::rational || enclosure_.contains(exactness_.value));
  }
  return exactness_;
}

// One step up: first ask whether the value is exact or irrational, then double the precision.
bool Certified::Ladder::refine() {
  if (!theorems_consulted_ && exactness_.kind == Exactness::Kind::unknown) {
    settle();
    return true;
  }
  if (precision_ >= max_precision_) return false;
  precision_ = std::min(2 * precision_, max_precision_);
  compute();
  return true;
}

Sticky Certified::Ladder::seen_from(const Dyadic& end, Sticky side) const {
  const bool is_elsewhere =
      exactness_.kind == Exactness::Kind::irrational || (end.significand == 0 && exactness_.excludes_zero());
  return is_elsewhere ? side : Sticky::none;
}

// An end of an enclosure is never at a rational that is not dyadic; an enclosure of the difference can be.
Sticky Certified::Ladder::side_of(const Rational& boundary) const {
  if (exactness_.kind != Exactness::Kind::irrational) return Sticky::none;
  const PrecisionScope scope(precision_);
  const auto difference = quantity().enclose_minus(boundary);
  if (!difference) return Sticky::none;
  const Enclosure& value = *difference;
  if (!value.is_valid() || value.lower_is_infinite() || value.upper_is_infinite()) return Sticky::none;
  if (value.lower().significand >= 0) return Sticky::above;
  return value.upper().significand <= 0 ? Sticky::below : Sticky::none;
}

std::optional<Bits> Certified::Ladder::try_round(const Format& f, Rounding direction) const {
  if (exactness_.is_special()) return encode(f, special_value(exactness_.kind));
  if (exactness_.kind == Exactness::Kind::rational) {
    return reference::round(exactness_.value, f, direction);
  }
  if (!enclosure_.is_valid()) return std::nullopt;
  const Dyadic lower = end(enclosure_, false);
  const Dyadic upper = end(enclosure_, true);
  const Bits low = reference::round(lower, seen_from(lower, Sticky::above), f, direction);
  const Bits high = reference::round(upper, seen_from(upper, Sticky::below), f, direction);
  return low == high ? std::optional(low) : std::nullopt;
}

std::optional<std::string> Certified::Ladder::try_decimal(int digits) const {
  if (exactness_.is_special()) {
    const double value = special_value(exactness_.kind);
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
  if (exactness_.kind == Exactness::Kind::rational) return decimal_string(exactness_.value, digits);
  if (!enclosure_.is_valid() || enclosure_.lower_is_infinite() || enclosure_.upper_is_infinite())
    return std::nullopt;
  if (enclosure_.contains_zero()) return std::nullopt;
  const bool is_irrational = exactness_.kind == Exactness::Kind::irrational;
  const DecimalDigits low =
      enclosure_.nearest_decimal(false, is_irrational ? Sticky::above : Sticky::none, digits);
  const DecimalDigits high =
      enclosure_.nearest_decimal(true, is_irrational ? Sticky::below : Sticky::none, digits);
  if (low == high) return decimal_string(low);
  const auto tie = tie_between(low, high);
  const Sticky side = tie ? side_of(*tie) : Sticky::none;
  if (side == Sticky::none) return std::nullopt;
  return decimal_string(side == Sticky::above ? high : low);
}

std::optional<Bits> Certified::Ladder::round(const Format& f, Rounding direction) {
  for (;;) {
    if (auto bits = try_round(f, direction)) return bits;
    if (!refine()) return std::nullopt;
  }
}

std::optional<std::string> Certified::Ladder::decimal(int digits) {
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

const Enclosure& Certified::Ladder::enclosure(int bits) {
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

Certified::Certified(Quantity quantity, int max_precision)
    : max_precision_(max_precision), ladder_(std::make_unique<Ladder>(std::move(quantity), max_precision)) {}

Certified::Certified(std::shared_ptr<const FirstRung> rung, std::int64_t c, int max_precision)
    : rung_(std::move(rung)), index_(c), max_precision_(max_precision) {}

Certified::~Certified() = default;
Certified::Certified(Certified&&) noexcept = default;
Certified::Certified(const Certified& other)
    : rung_(other.rung_),
      index_(other.index_),
      max_precision_(other.max_precision_),
      ladder_(other.ladder_ ? std::make_unique<Ladder>(*other.ladder_) : nullptr) {}

Certified& Certified::operator=(Certified other) noexcept {
  std::swap(rung_, other.rung_);
  std::swap(index_, other.index_);
  std::swap(max_precision_, other.max_precision_);
  std::swap(ladder_, other.ladder_);
  return *this;
}

Certified::Ladder& Certified::ladder() const {
  if (!ladder_) ladder_ = std::make_unique<Ladder>(*rung_, index_, max_precision_);
  return *ladder_;
}

const FixedInterval& Certified::first() const {
  return rung_->enclosures[static_cast<std::size_t>(index_)];
}

std::optional<Bits> Certified::round(const Format& f, Rounding direction) {
  if (rung_) {
    if (const auto bits = first().round(f, direction)) return bits;
  }
  return ladder().round(f, direction);
}

std::optional<double> Certified::rounded(const Format& f, Rounding direction) {
  const auto bits = round(f, direction);
  return bits ? std::optional(decode(f, *bits)) : std::nullopt;
}

std::optional<std::string> Certified::decimal(int digits) {
  assert(digits >= 1);
  return ladder().decimal(digits);
}

const Exactness& Certified::settle() {
  return ladder().settle();
}

const Exactness& Certified::exactness() const {
  return ladder().exactness();
}

const Enclosure& Certified::enclosure() const {
  return ladder().enclosure();
}

const Enclosure& Certified::enclosure(int bits) {
  return ladder().enclosure(bits);
}

int Certified::precision_bits() const {
  return ladder().precision_bits();
}

}  // namespace xent::reference
