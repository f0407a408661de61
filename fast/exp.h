// The exponential of the SIMD kernel: what it promises, and a way to call it alone.
#ifndef XENT_FAST_EXP_H
#define XENT_FAST_EXP_H

#include <cstdint>

namespace xent::fast {

// Up to this magnitude of a row's maximum, times the scale, logits are reduced as they are; beyond it, their
// differences from the maximum.
inline constexpr float kExpLargest = 256.0f;

// Up to this one, they need not even be told from each other.
inline constexpr float kExpNear = 87.0f;

// Terms below e^kExpNormal of the reference point, masked ones among them, count as some number in (0,
// 2^-125]; in sums, those below 2^kSumExponent as one in (0, 2^(kSumExponent + 1)].
inline constexpr float kExpNormal = -87.0f;
inline constexpr int kSumExponent = -96;

// The kernel's value of e^(x - reference), for x with kExpNormal <= x - reference < 88, is off by at most
//     kPowersError + kPowersErrorPerNat |x - reference|    with the table of 16 powers (AVX-512)
//     kFractionError                                       without it
// relatively, in units of u = 2^-24. That of e^(scale x - reference) by kScaledPowersError and
// kScaledFractionError.
//
// Worst cases over every float that a kernel can meet, found by exp_test.cc with XENT_EXHAUSTIVE set: 0.3194;
// 1.2530, and 1.2205 where there are fused operations. Why: with the table 0.261 comes from the rounding of
// the powers, the rest from the excess (exp-inl.h), which is below 0.0222 and off by 2.02 u of itself, from
// the polynomial, 0.03, and from r, 0.016; n ln 2 is off by the relative error of ln 2 in binary32, 0.0461.
// Without it up to 1 comes from the rounding of the fraction.
//
// A scale adds the rounding of itself to the excess, 0.0222, and of two more operations to r, 0.032; n ln 2
// is then right. Without the table these are too small to be seen, but scales are too many to try all floats
// with each: 0.5 comes from the rounding of the fraction, 0.25 from its sum without 1, 0.24 from what else is
// added, and all is at least 0.707. For twelve scales the worst are 0.3559; 1.2473 and 1.2125.
inline constexpr double kPowersError = 0.32;
inline constexpr double kPowersErrorPerNat = 0.0462;
inline constexpr double kFractionError = 1.26;
inline constexpr double kScaledPowersError = 0.38;
inline constexpr double kScaledFractionError = 1.41;

// The scales of logits that the kernel takes: its constants are far from the ends of the range.
inline constexpr double kLargestLogitScale = 0x1p40;
inline constexpr double kLeastLogitScale = 0x1p-40;

// values[i] = e^(scale x[i] - reference) as the kernel of the current SIMD target computes it for rows with
// maximum `max`; gives the reference, a number within ln 2 / 2 of scale max. Domain: x[i] <= max, max finite.
// far: by the variant that takes any max, and the only one for |scale max| > kExpNear.
double exp_each(const float* x, double* values, int64_t count, float max, bool far, double scale = 1);

}  // namespace xent::fast

#endif  // XENT_FAST_EXP_H
