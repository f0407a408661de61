// Sums of exponentials in double-double arithmetic, a lane each, dispatched to the best target that the
// processor supports.
#ifndef XENT_FAST_DOUBLE_DOUBLE_KERNEL_H
#define XENT_FAST_DOUBLE_DOUBLE_KERNEL_H

#include <cstdint>

#include "fast/double_double.h"

namespace xent::fast {

// a - b exactly.
inline DoubleDouble difference(float a, float b) {
  return two_sum(static_cast<double>(a), -static_cast<double>(b));
}

// Exponentials below e^kLeastExponent, which is below 2^-995, are left out.
inline constexpr double kLeastExponent = -690;

// e^x, or 0 for what is left out.
DoubleDouble exp_or_zero(DoubleDouble x);

// sum of e^(x[i] - reference), but for those.
//
// Shape: count >= 0 logits. Domain: x[i] <= reference or -inf, reference finite. Error: relative,
// kDoubleDoubleError, and 2^-104 for each logit. The bits depend on the SIMD target.
DoubleDouble sum_of_exponentials(const float* x, int64_t count, float reference);

}  // namespace xent::fast

#endif  // XENT_FAST_DOUBLE_DOUBLE_KERNEL_H
