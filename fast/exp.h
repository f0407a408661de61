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
// Worst case over every float d of [-87, 0], found by exp_test.cc with XENT_EXHAUSTIVE set: 2.664 with the
// table of 16 powers (AVX-512), 1.056 without it, 1.416 without it and without fused operations. Why: with
// the table 0.94 comes from the rounding of the power, up to 1 from that of p, up to 1 from that of the
// product, 0.03 from the polynomial and 0.01 from r. Without it the product with a power of 2 is exact; up to
// 1 comes from the rounding of p, 0.07 from the polynomial, the rest from r and the earlier steps of p.
// kExpErrorPerNat is the relative error of ln 2 in binary32, 0.0461, which the table variant multiplies by n
// ln 2.
inline constexpr double kExpError = 2.67;
inline constexpr double kExpErrorPerNat = 0.0462;

// exps[i] = e^d[i] as the kernel of the current SIMD target computes it.
void exp_each(const float* d, float* exps, int64_t count);

}  // namespace xent::fast

#endif  // XENT_FAST_EXP_H
