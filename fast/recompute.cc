#include "fast/recompute.h"

#include <cmath>
#include <limits>

#include "fast/double_double.h"

namespace xent::fast {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Exponentials below this are left out: e^-690 < 2^-995.
constexpr double kLeastExponent = -690;

// The classes besides the target.
struct Others {
  int64_t argmax = -1;  // -1: all are masked
  bool has_nan_or_infinity = false;
};

Others scan(const float* row, int64_t classes, int64_t target) {
  Others others;
  for (int64_t i = 0; i < classes; ++i) {
    if (i == target) continue;
    if (!(row[i] < kInfinity)) others.has_nan_or_infinity = true;
    if (row[i] > (others.argmax < 0 ? -kInfinity : row[others.argmax])) others.argmax = i;
  }
  return others;
}

// a - b exactly.
DoubleDouble difference(float a, float b) {
  return two_sum(static_cast<double>(a), -static_cast<double>(b));
}

// e^x, or 0 for what is left out.
DoubleDouble exp_or_zero(DoubleDouble x) {
  return x.high < kLeastExponent ? DoubleDouble{0, 0} : exp(x);
}

// Sum of e^(x_i - m) over the classes besides target and argmax.
DoubleDouble rest_of(const float* row, int64_t classes, int64_t target, int64_t argmax) {
  DoubleDouble sum = {0, 0};
  for (int64_t i = 0; i < classes; ++i) {
    if (i == target || i == argmax || row[i] == -kInfinity) continue;
    sum = sum + exp_or_zero(difference(row[i], row[argmax]));
  }
  return sum;
}

// base + t, where t > 0 is off by at most error.
struct Loss {
  DoubleDouble base;
  DoubleDouble t;
  double error;
};

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

}  // namespace

std::optional<float> recompute(const float* row, int64_t classes, int64_t target) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  const float target_logit = row[target];
  const Others others = scan(row, classes, target);
  if (others.has_nan_or_infinity || !(target_logit < kInfinity)) return kNaN;
  if (target_logit == -kInfinity) return others.argmax < 0 ? kNaN : kInfinity;
  if (others.argmax < 0) return 0.0f;

  const auto count = static_cast<double>(classes);
  const double relative_error = 0x1p-90 + count * 0x1p-102;
  const double left_out = count * 0x1p-990;
  const DoubleDouble rest = rest_of(row, classes, target, others.argmax);
  const DoubleDouble d = difference(row[others.argmax], target_logit);
  const bool loses = d.high > 0;
  const DoubleDouble z = loses ? rest + exp_or_zero(-d) : (DoubleDouble{1, 0} + rest) * exp_or_zero(d);
  const std::optional<DoubleDouble> t = log1p(z);
  if (!t) return std::nullopt;
  return nearest({loses ? d : DoubleDouble{0, 0}, *t, relative_error * t->high + left_out});
}

}  // namespace xent::fast
