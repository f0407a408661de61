// row_loss of tail.h for a batch of rows, a row a lane. Compiled once for every SIMD target.
#if defined(XENT_FAST_LOSSES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_LOSSES_INL_H
#undef XENT_FAST_LOSSES_INL_H
#else
#define XENT_FAST_LOSSES_INL_H
#endif

#include <cmath>
#include <cstdint>

#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// losses[r] = row_loss(tail of r, target_logit[r]) for r < rows.
//
// Error: l (e + 2^-49), tail.h: Exp is off by 1 ulp, Log1p by 2 (their declarations).
// Domain: that of row_loss. Exp is documented for moderate arguments only and turns NaN into 0, so rows with
// an
//   infinite or NaN quantity, or a difference beyond kModerate, are left to row_loss.
HWY_INLINE void losses_of(const Tails& tails, int64_t rows, double* losses) {
  constexpr double kModerate = 700;
  const Doubles f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const DoubleVec one = hn::Set(f, 1.0);
  alignas(64) double results[Tails::kRows];
  for (int64_t r = 0; r < rows; r += lanes) {
    const DoubleVec sum = hn::Load(f, tails.sum + r);
    const DoubleVec d = hn::Sub(hn::Load(f, tails.max + r), hn::Load(f, tails.target_logit + r));
    const DoubleVec e = hn::Exp(f, hn::Neg(hn::Abs(d)));
    const auto loses = hn::Gt(d, hn::Zero(f));
    const DoubleVec z = hn::IfThenElse(loses, hn::Add(hn::Sub(sum, one), e), hn::Mul(sum, e));
    hn::Store(hn::Add(hn::IfThenElseZero(loses, d), hn::Log1p(f, z)), f, results + r);
  }
  for (int64_t r = 0; r < rows; ++r) {
    const bool moderate =
        std::fabs(tails.max[r] - tails.target_logit[r]) < kModerate && !std::isnan(tails.sum[r]);
    losses[r] = moderate ? results[r] : row_loss({tails.max[r], tails.sum[r]}, tails.target_logit[r]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_LOSSES_INL_H
