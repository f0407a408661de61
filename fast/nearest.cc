#include "fast/nearest.h"

#include <cmath>
#include <limits>

namespace xent::fast {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

enum class Side { below, above, unknown };

// Where the loss lies, seen from a midpoint. base - midpoint is exactly 0 if it is computed as 0: operator+
// has a relative error only.
Side side(const Loss& loss, double midpoint) {
  const DoubleDouble gap = two_sum(loss.base.high, -midpoint) + DoubleDouble{loss.base.low, 0};
  if (gap.high == 0) return Side::above;
  const DoubleDouble distance = gap + loss.t;
  const double error = loss.error + 0x1p-100 * (std::fabs(gap.high) + loss.t.high);
  if (distance.high > error) return Side::above;
  if (distance.high < -error) return Side::below;
  return Side::unknown;
}

// Halfway from a float to the next larger one, 2^128 standing for infinity. Exact.
double midpoint_above(float x) {
  const float next = std::nextafter(x, kInfinity);
  return (static_cast<double>(x) + (next == kInfinity ? 0x1p128 : static_cast<double>(next))) / 2;
}

}  // namespace

std::optional<float> nearest(const Loss& loss) {
  auto candidate = static_cast<float>(loss.base.high + loss.t.high);
  // The candidate is the nearest float or its neighbour.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (candidate > 0) {
      const float previous = std::nextafter(candidate, 0.0f);
      const Side lower = side(loss, midpoint_above(previous));
      if (lower == Side::unknown) return std::nullopt;
      if (lower == Side::below) {
        candidate = previous;
        continue;
      }
    }
    if (candidate == kInfinity) return candidate;
    const Side upper = side(loss, midpoint_above(candidate));
    if (upper == Side::unknown) return std::nullopt;
    if (upper == Side::below) return candidate;
    candidate = std::nextafter(candidate, kInfinity);
  }
  return std::nullopt;
}

}  // namespace xent::fast
