// Which of the rows are decided in binary64.
#ifndef XENT_FAST_CORRECT_H
#define XENT_FAST_CORRECT_H

#include <cmath>
#include <optional>

namespace xent::fast {

// The float nearest to every number within relative_error of `loss`, if there is one; NaN for NaN.
//
// The interval is a little wider, enough for recompute, which is off by 2^-90 at most, to decide every row
// that this one decides on any SIMD target: what is left undecided is the same on all of them. Domain:
// relative_error bounds the error of loss and is at least 2^-46, so that 2^-6 of it covers the rounding of
// the products too; kUnknown of wide_kernel.h gives nullopt.
inline std::optional<float> rounded(double loss, double relative_error) {
  if (!(relative_error < 1)) return std::nullopt;
  if (std::isnan(loss)) return static_cast<float>(loss);
  const double wider = relative_error * (1 + 0x1p-6);
  const auto least = static_cast<float>(loss * (1 - wider));
  const auto most = static_cast<float>(loss * (1 + wider));
  if (least != most) return std::nullopt;
  return least;
}

}  // namespace xent::fast

#endif  // XENT_FAST_CORRECT_H
