// From tails to losses, a row a lane. Compiled once for every SIMD target. The constants come from
// exp.sollya.
#if defined(XENT_FAST_LOSSES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_LOSSES_INL_H
#undef XENT_FAST_LOSSES_INL_H
#else
#define XENT_FAST_LOSSES_INL_H
#endif

#include <cstdint>
#include <cstring>
#include <limits>

#include "fast/log-inl.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "fast/wide_exp-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Which polynomials a loss is made with: those of binary64, or what sums in binary32 are worth.
struct InFull {
  static constexpr const auto& kExp = kLongPolynomial;
  static constexpr const auto& kLog = kLogPolynomial;
};
struct InBrief {
  static constexpr const auto& kExp = kShortPolynomial;
  static constexpr const auto& kLog = kBriefLogPolynomial;
};

// The bits of 0.707.
inline constexpr int64_t kLeastFraction = 0x3FE69FBE76C8B439;

// ln(1 + z).
//
// Domain: 0.707 - 1 <= z < 2^900; NaN gives NaN. Error: relative, 8 in units of 2^-53, or that of a brief
//   polynomial.
// Method: 1 + z = 2^k (1 + f), f in [0.707 - 1, 1.414 - 1], and k ln 2 + f p(f). For k = 0, f is z
//   itself, and the error that of p, 2^-54, and of its steps, which contract. For k >= 1 the result is at
//   least 0.34, f is off by 2^-54, and f p(f) cancels at most half of k ln 2.
template <class Precision>
HWY_INLINE DoubleVec log1p(DoubleVec z) {
  const Doubles f;
  const Longs i;
  const DoubleVec one = hn::Set(f, 1.0);
  const hn::Vec<Longs> above = hn::Sub(hn::BitCast(i, hn::Add(one, z)), hn::Set(i, kLeastFraction));
  // Not negative: an unsigned shift, which every target has.
  const hn::RebindToUnsigned<Longs> u;
  const hn::Vec<Longs> k = hn::BitCast(i, hn::ShiftRight<52>(hn::BitCast(u, above)));
  const DoubleVec scale = hn::BitCast(f, hn::ShiftLeft<52>(hn::Sub(hn::Set(i, 1023), k)));  // 2^-k
  const DoubleVec fraction = hn::MulAdd(z, scale, hn::Sub(scale, one));
  const DoubleVec two52 = hn::Set(f, 0x1p52);
  const DoubleVec exponent = hn::Sub(hn::BitCast(f, hn::Or(k, hn::BitCast(i, two52))), two52);
  return log_of(Precision::kLog, exponent, fraction);
}

// losses[r] = softmax cross-entropy of row r < rows: l = ln(e^x_t + sum e^max) - x_t = log1p(sum e^(max -
// x_t)).
//
// Units: nats.
// Domain: x_t = -inf gives +inf if another class is finite, NaN otherwise; +inf or NaN gives NaN, and so
//   does a NaN sum; nothing besides the target gives 0. Losses below 2^-1021 may be anything down to 0.
// Error: with e the relative error of sum and d = max - x_t, l times e, kLongPolynomialError, and in units of
//   2^-53: 16, and 2.4 |d| for d < 0; in brief, kLossPolynomialsError (kernel.h) besides e. For d <= 0 by the
//   condition of log1p(z), which is z / ((1 + z) log1p(z)) <= 1. For d > 0 the second form avoids the
//   overflow of e^d; its logarithm is off by e sum / (sum + e^-d) = e z / (1 + z) <= e l. Subtracting 1 costs
//   2^-53 of sum, against l >= log1p(1) there.
// Source: the same identity, split at d = 0.
template <class Precision>
HWY_INLINE void losses_of(const Tails& tails, int64_t rows, double* losses) {
  const Doubles f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const DoubleVec infinity = hn::Set(f, std::numeric_limits<double>::infinity());
  for (int64_t r = 0; r < rows; r += lanes) {
    const DoubleVec sum = hn::Load(f, tails.sum + r);
    const DoubleVec target_logit = hn::Load(f, tails.target_logit + r);
    const DoubleVec d = hn::Sub(hn::Load(f, tails.max + r), target_logit);
    const WideExpFactors e = RelativeExp::of_difference(hn::Neg(hn::Abs(d)), Precision::kExp);
    const DoubleVec exp = hn::Mul(e.fraction, e.scale);
    const auto loses = hn::Gt(d, hn::Zero(f));
    const DoubleVec z = hn::IfThenElse(loses, hn::Add(hn::Sub(sum, hn::Set(f, 1.0)), exp), hn::Mul(sum, exp));
    const DoubleVec loss = hn::Add(hn::IfThenElseZero(loses, d), log1p<Precision>(z));
    const DoubleVec result = hn::IfThenElse(hn::Eq(target_logit, infinity), hn::NaN(f), loss);
    if (r + lanes <= rows) {
      hn::StoreU(result, f, losses + r);
    } else {
      alignas(64) double last[kMaxLanes];
      hn::Store(result, f, last);
      std::memcpy(losses + r, last, static_cast<size_t>(rows - r) * sizeof(double));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_LOSSES_INL_H
