#include "golden/arb_rounding.h"

#include <algorithm>
#include <utility>

namespace xent::arb {
namespace {

// A magnitude n 2^q, infinity being the number that would follow the largest float.
struct Magnitude {
  Exact n;
  slong q;
  bool infinite = false;
  bool largest = false;
};

const Exact& half() {
  static const Exact value = Exact(1) / Exact(2);
  return value;
}

// An e with size < 2^e, at most 2 more than it must be.
slong binade_above(const Exact& size) {
  return static_cast<slong>(fmpz_bits(fmpq_numref(size.get()))) -
         static_cast<slong>(fmpz_bits(fmpq_denref(size.get()))) + 1;
}

std::optional<Magnitude> magnitude_of(const Format& format, const Element& value) {
  const slong top = format.top();
  const Exact limit = Exact::power(2, format.precision);
  if (value.is_nan()) return std::nullopt;
  if (!value.is_finite()) return Magnitude{Exact(format.largest() + 1), top, true, false};
  const Exact size = value.value.sign() < 0 ? -value.value : value.value;
  slong q = std::clamp(binade_above(size) - format.precision, slong{format.quantum()}, top);
  while (q > format.quantum() && size.compare(Exact::power(2, q + format.precision - 1)) < 0) --q;
  Magnitude result{size / Exact::power(2, q), q};
  if (!result.n.is_integer() || result.n.compare(limit) >= 0) return std::nullopt;
  if (q == top && result.n.compare(Exact(format.largest())) > 0) return std::nullopt;
  result.largest = q == top && result.n == Exact(format.largest());
  return result;
}

// In units of 2^q.
struct Bounds {
  Exact lower;
  Exact upper;
  bool has_lower;
  bool has_upper;
  bool unbounded;
};

// Directions as seen from zero: kUpward is away from it.
std::optional<Bounds> bounds_of(const Format& format, const Magnitude& m, Direction direction) {
  // Below a power of two the floats are twice as dense, except where they are subnormal.
  const bool dense =
      !m.infinite && m.q > format.quantum() && m.n.compare(Exact::power(2, format.precision - 1)) == 0;
  const Exact before = m.n - (dense ? half() : Exact(1));
  const Exact after = m.n + Exact(1);
  const bool even = (m.n * half()).is_integer();
  switch (direction) {
    case Direction::kTowardZero:
      if (m.infinite) return std::nullopt;
      return Bounds{m.n, after, true, false, m.largest};
    case Direction::kUpward:
      return Bounds{before, m.n, false, true, m.infinite};
    case Direction::kNearestAway:
      return Bounds{(before + m.n) * half(), (m.n + after) * half(), true, false, m.infinite};
    default:
      return Bounds{(before + m.n) * half(), (m.n + after) * half(), even, even, m.infinite};
  }
}

}  // namespace

std::optional<Direction> find_direction(std::string_view name) {
  constexpr std::pair<const char*, Direction> kNames[] = {{"nearest_even", Direction::kNearestEven},
                                                          {"nearest_away", Direction::kNearestAway},
                                                          {"toward_zero", Direction::kTowardZero},
                                                          {"upward", Direction::kUpward},
                                                          {"downward", Direction::kDownward}};
  for (const auto& [known, direction] : kNames) {
    if (name == known) return direction;
  }
  return std::nullopt;
}

std::optional<Interval> rounding_interval(const Format& format, const Element& value, Direction direction) {
  const bool negative =
      value.kind == Element::kMinusInfinity || value.negative_zero || value.value.sign() < 0;
  if (negative && (direction == Direction::kUpward || direction == Direction::kDownward)) {
    direction = direction == Direction::kDownward ? Direction::kUpward : Direction::kTowardZero;
  } else if (direction == Direction::kDownward) {
    direction = Direction::kTowardZero;
  }
  const auto m = magnitude_of(format, value);
  if (!m) return std::nullopt;
  auto bounds = bounds_of(format, *m, direction);
  if (!bounds) return std::nullopt;
  if (m->n.sign() == 0) {  // what is left of zero is the other zero's
    bounds->lower = Exact(0);
    bounds->has_lower = !negative;
    if (negative && bounds->upper.sign() == 0) return std::nullopt;
  }
  Interval interval;
  const auto boundary = [&](const Exact& units) {
    return Scaled{negative ? Exact(0) - units : units, 2, m->q};
  };
  interval.lower = boundary(bounds->lower);
  if (!bounds->unbounded) interval.upper = boundary(bounds->upper);
  interval.has_lower = bounds->has_lower;
  interval.has_upper = bounds->has_upper;
  if (negative) {
    std::swap(interval.lower, interval.upper);
    std::swap(interval.has_lower, interval.has_upper);
  }
  return interval;
}

}  // namespace xent::arb
