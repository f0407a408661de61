// Which real numbers round to a float: the second oracle's definition of rounding.
#ifndef XENT_GOLDEN_ARB_ROUNDING_H
#define XENT_GOLDEN_ARB_ROUNDING_H

#include <optional>
#include <string_view>

#include "golden/arb_number.h"

namespace xent::arb {

// IEEE 754-2019, 4.3.
enum class Direction { kNearestEven, kNearestAway, kTowardZero, kUpward, kDownward };
// "nearest_even", "nearest_away", "toward_zero", "upward", "downward"; nullopt: none of them.
std::optional<Direction> find_direction(std::string_view name);

// A set of real numbers between two boundaries; an absent boundary is infinite.
struct Interval {
  std::optional<Scaled> lower;
  std::optional<Scaled> upper;
  bool has_lower = true;  // the boundary itself belongs to the set
  bool has_upper = true;
};

// The numbers that round to `value`, which is a float of the format or infinite, infinity standing for what
// overflows: -0 stands for the negative numbers that round to zero, +0 for zero and the positive ones.
// nullopt: not a float of this format, or nothing rounds to it.
std::optional<Interval> rounding_interval(const Format& format, const Element& value, Direction direction);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_ROUNDING_H
