// Which of the rows are decided in binary64.
#ifndef XENT_FAST_CORRECT_H
#define XENT_FAST_CORRECT_H

#include <optional>

namespace xent::fast {

// The float nearest to every number within 2 relative_error of `loss`, if there is one; NaN for NaN.
//
// relative_error bounds that of loss. Twice as much, so that recompute, which is more accurate by far,
// decides every row that this one decides on any SIMD target: what is left undecided is the same on all of
// them. The products are rounded, by less than the last quarter of it.
inline std::optional<float> rounded(double loss, double relative_error) {
  if (loss != loss) return static_cast<float>(loss);
  const auto least = static_cast<float>(loss * (1 - 2 * relative_error));
  const auto most = static_cast<float>(loss * (1 + 2 * relative_error));
  if (least != most) return std::nullopt;
  return least;
}

}  // namespace xent::fast

#endif  // XENT_FAST_CORRECT_H
