// The exponential of the SIMD kernel: what it promises, and a way to call it alone.
#ifndef XENT_FAST_EXP_H
#define XENT_FAST_EXP_H

#include <cstdint>

namespace xent::fast {

// -127 ln 2. At and below it the kernel's e^d is exactly 0.
inline constexpr float kExpFloor = -0x1.601e68p6f;

// Below this, e^d may leave the normal range: its error is then at most 2^-125 in absolute terms.
inline constexpr float kExpNormal = -87.0f;

// Relative error of the kernel's e^d, kExpNormal <= d <= 0, in units of u = 2^-24, is at most
//     kExpError + kExpErrorPerNat |d|.
// Budget with the table of 16 powers (AVX-512): 0.94 the rounding of a power, 1 that of p, 0.02 its next to
// last step, 0.03 the polynomial, 0.01 the rounding of r, 0.9 that of the product; less together, since p < 1
// rounds to half an u and p > 1 comes with a relative error below 1. Budget without the table: 1 the rounding
// of p, 0.35 + 0.06 its earlier steps (0.17 + 0.03 more without fused operations), 0.07 the polynomial, 0.25
// + 0.25 the rounding of r; the product with a power of 2 is exact. kExpErrorPerNat is the relative error of
// ln 2 in binary32, which the table variant multiplies by n: n (ln2 - float(ln2)) / u = 0.0461 |n ln 2|. Both
// are proved by exp_test.cc, over every float d there is if asked to.
inline constexpr double kExpError = 2.65;
inline constexpr double kExpErrorPerNat = 0.0462;

// exps[i] = e^d[i] as the kernel of the current SIMD target computes it.
void exp_each(const float* d, float* exps, int64_t count);

}  // namespace xent::fast

#endif  // XENT_FAST_EXP_H
