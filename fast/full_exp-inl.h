// e^d in binary64 to about two units of roundoff. Compiled once for every SIMD target. The constants come
// from exp.sollya.
#if defined(XENT_FAST_FULL_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_FULL_EXP_INL_H
#undef XENT_FAST_FULL_EXP_INL_H
#else
#define XENT_FAST_FULL_EXP_INL_H
#endif

#include "fast/row-inl.h"
#include "fast/wide_exp-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// (e^r - 1) / r, off by less than 2^-55.7 of e^r.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
inline constexpr double kFullPolynomial[] = {0x1p0,
                                             0x1.fffffffffffdfp-2,
                                             0x1.55555554ac96ep-3,
                                             0x1.55555557242b5p-5,
                                             0x1.1112297f472d3p-7,
                                             0x1.6c16139799e4bp-10};
#else
inline constexpr double kFullPolynomial[] = {0x1p0,
                                             0x1p-1,
                                             0x1.5555555555559p-3,
                                             0x1.555555555554dp-5,
                                             0x1.111111110f64bp-7,
                                             0x1.6c16c16c1ab39p-10,
                                             0x1.a01a01b00a4e7p-13,
                                             0x1.a01a018df192ep-16,
                                             0x1.71ddf7f83c45ap-19,
                                             0x1.27e513835fc36p-22,
                                             0x1.af5f5dc81d974p-26,
                                             0x1.1f19c2d89edb2p-29};
#endif

// ln 2 / kSteps in two parts. n times the first is exact: 36 bits, and |n| < 2^15.
inline constexpr double kNatsPerStepTop = 0x1.62e42fefap-1 / kSteps;
inline constexpr double kNatsPerStepRest = 0x1.cf79abc9e3b3ap-40 / kSteps;

// e^d.
//
// Domain: d <= 0; from -1023 ln 2 down +0, from -1022 ln 2 something below 2^-1021; NaN gives NaN; 0 gives 1.
// Error: relative, kFullExpError (full_kernel.h) in units of 2^-53: the power 1 with the table and 0 without,
//   the excess e^r - 1 2 of itself, which is up to 0.0222 or 0.42, r 0.25 without the table, the polynomial
//   0.2, the sum 1.
HWY_INLINE DoubleVec full_exp(DoubleVec d) {
  const Doubles f;
  const DoubleVec magic = hn::Set(f, kMagic);
  d = at_least(hn::Set(f, -kExponentBias * kNatsPerStep), d);
  const DoubleVec y = hn::MulAdd(d, hn::Set(f, kStepsPerNat), magic);
  const DoubleVec n = hn::Sub(y, magic);
  const DoubleVec r =
      hn::NegMulAdd(n, hn::Set(f, kNatsPerStepRest), hn::NegMulAdd(n, hn::Set(f, kNatsPerStepTop), d));
  const DoubleVec excess = hn::Mul(r, polynomial(kFullPolynomial, r));
  const DoubleVec power = power_of_two(y);
  return hn::MulAdd(power, excess, power);
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_FULL_EXP_INL_H
