// Which of the losses and entries of gradients are decided in binary64.
#ifndef XENT_FAST_CORRECT_H
#define XENT_FAST_CORRECT_H

#include <cmath>
#include <optional>

namespace xent::fast {

// Intervals are wider than the error by this: enough for the rounding of the products, and for recompute,
// which is off by 2^-84 at most, to decide all that this one decides on any SIMD target: what is left
// undecided is the same on all of them.
inline constexpr double kWider = 0x1p-51;

// The float nearest to every number within relative_error of x, if there is one; NaN for NaN.
//
// Domain: relative_error bounds the error of x; kUnknown of wide_kernel.h gives nullopt.
inline std::optional<float> rounded(double x, double relative_error) {
  if (!(relative_error < 1)) return std::nullopt;
  if (std::isnan(x)) return static_cast<float>(x);
  const double wider = relative_error + kWider;
  const auto least = static_cast<float>(x * (1 - wider));
  const auto most = static_cast<float>(x * (1 + wider));
  if (least != most) return std::nullopt;
  return least;
}

}  // namespace xent::fast

#endif  // XENT_FAST_CORRECT_H
