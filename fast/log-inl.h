// Logarithms in binary64. Compiled once for every SIMD target. The constants come from exp.sollya.
#if defined(XENT_FAST_LOG_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_LOG_INL_H
#undef XENT_FAST_LOG_INL_H
#else
#define XENT_FAST_LOG_INL_H
#endif

#include <cstdint>
#include <limits>

#include "fast/row-inl.h"
#include "fast/wide_exp-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// ln(1 + f) / f.
inline constexpr double kLogPolynomial[] = {0x1p0,
                                            -0x1.ffffffffffff8p-2,
                                            0x1.555555555518ap-2,
                                            -0x1.0000000000d3ep-2,
                                            0x1.9999999a35c4bp-3,
                                            -0x1.55555554ee779p-3,
                                            0x1.249248df5063ep-3,
                                            -0x1.ffffffa8e1c86p-4,
                                            0x1.c71c8f7553111p-4,
                                            -0x1.9999c6d768641p-4,
                                            0x1.7459a09527b9ap-4,
                                            -0x1.554d6269f8db9p-4,
                                            0x1.3b4d3b515b5d2p-4,
                                            -0x1.25467889a51dap-4,
                                            0x1.0f2eaa06632cp-4,
                                            -0x1.eef5dd42653e7p-5,
                                            0x1.e9d3fb1f16c4dp-5,
                                            -0x1.160aed602470fp-4,
                                            0x1.027653ce1522bp-4,
                                            -0x1.cd5d8df1c302bp-6};

// The same in brief, for throughput: off by kLossPolynomialsError (kernel.h) at most.
inline constexpr double kBriefLogPolynomial[] = {
    0x1.000000002643cp0,  -0x1.0000001c7b67ep-1, 0x1.5555541e6bc95p-2, -0x1.ffffa67daf11ap-3,
    0x1.999a3066f2054p-3, -0x1.55695b95faa8ep-3, 0x1.24916482088b9p-3, -0x1.fc55869db6d36p-4,
    0x1.c366599c2f331p-4, -0x1.bdb1632e41706p-4, 0x1.b7ce0024b2ee5p-4, -0x1.eaa2a9d46f2dbp-5};

// The bits of sqrt(1/2): fractions are from there to sqrt(2), so that exponents and logarithms have one sign.
inline constexpr int64_t kSqrtHalf = 0x3FE6A09E667F3BCD;

// exponent ln 2 + ln(1 + fraction). Domain: whole exponents, fraction in [sqrt(1/2) - 1, sqrt(2) - 1].
template <size_t size>
HWY_INLINE DoubleVec log_of(const double (&polynomial)[size], DoubleVec exponent, DoubleVec fraction) {
  const DoubleVec log_fraction = hn::Mul(fraction, short_chains(polynomial, fraction));
  return hn::MulAdd(exponent, hn::Set(Doubles(), 0x1.62e42fefa39efp-1), log_fraction);
}

// ln x.
//
// Domain: 0 gives -inf, +inf itself, NaN and x < 0 NaN.
// Error: relative, kLogError (full_kernel.h) in units of 2^-53.
// Method: x = 2^k (1 + f), exactly. For k = 0 the error is that of the polynomial, 2^-54, and of its steps,
//   which contract; otherwise the result is at least 0.34, and ln(1 + f) cancels at most half of k ln 2.
HWY_INLINE DoubleVec log(DoubleVec x) {
  const Doubles f;
  const Longs i;
  const DoubleVec infinity = hn::Set(f, std::numeric_limits<double>::infinity());
  // Subnormal numbers become normal.
  const auto is_small = hn::Lt(x, hn::Set(f, 0x1p-1022));
  const DoubleVec normal = hn::IfThenElse(is_small, hn::Mul(x, hn::Set(f, 0x1p54)), x);
  const hn::Vec<Longs> bits = hn::BitCast(i, normal);
  // Not negative: an unsigned shift, which every target has.
  const hn::RebindToUnsigned<Longs> u;
  const hn::Vec<Longs> above = hn::Sub(bits, hn::Set(i, kSqrtHalf - (int64_t{1023} << 52)));
  const hn::Vec<Longs> biased = hn::BitCast(i, hn::ShiftRight<52>(hn::BitCast(u, above)));
  const hn::Vec<Longs> k = hn::Sub(biased, hn::Set(i, 1023));
  const DoubleVec fraction = hn::Sub(hn::BitCast(f, hn::Sub(bits, hn::ShiftLeft<52>(k))), hn::Set(f, 1.0));
  const DoubleVec two52 = hn::Set(f, 0x1p52);
  const DoubleVec shift = hn::IfThenElse(is_small, hn::Set(f, 1023 + 54.0), hn::Set(f, 1023.0));
  const DoubleVec exponent =
      hn::Sub(hn::Sub(hn::BitCast(f, hn::Or(biased, hn::BitCast(i, two52))), two52), shift);
  DoubleVec result = log_of(kLogPolynomial, exponent, fraction);
  result = hn::IfThenElse(hn::Eq(x, infinity), infinity, result);
  result = hn::IfThenElse(hn::Eq(x, hn::Zero(f)), hn::Neg(infinity), result);
  return hn::IfThenElse(hn::Ge(x, hn::Zero(f)), result, hn::NaN(f));
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_LOG_INL_H
