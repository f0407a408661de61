// Gradients of rows of few classes that lie one after the other: a vector of logits at a time, wherever rows
// begin. Compiled once for every SIMD target.
#if defined(XENT_FAST_SHORT_GRADIENTS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_SHORT_GRADIENTS_INL_H
#undef XENT_FAST_SHORT_GRADIENTS_INL_H
#else
#define XENT_FAST_SHORT_GRADIENTS_INL_H
#endif

#include <cstdint>
#include <optional>

#include "fast/exp-inl.h"
#include "fast/kernel.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The gradients of as many rows as a vector has lanes: as many vectors as there are classes.
//
// All powers are relative to the reference of one row. Those relative to a row's own differ by an exact power
// of two, which its factor takes, so that a row has the bits that it has by itself.
class ShortGradients {
 public:
  static constexpr auto kRows = static_cast<int64_t>(hn::MaxLanes(Floats()));

  // Whether rows lie as they have to.
  static HWY_INLINE bool take(const Logits& logits, const Gradient& gradient) {
    return kHasPowers && logits.classes <= kShortClasses && logits.row_stride == logits.classes &&
           gradient.row_stride == logits.classes && logits.format == XENT_BINARY32 &&
           gradient.format == XENT_BINARY32;
  }

  // Domain: classes <= kShortClasses.
  HWY_INLINE ShortGradients(const ExpScale& scale, int64_t classes) : scale_(scale), classes_(classes) {
    // (i + 1/2) / classes is no nearer to a whole number than 2^-8, and what is rounded here is below 2^-12.
    static_assert(kShortClasses * kRows <= 1 << 11 && kShortClasses <= 1 << 7);
    const Floats f;
    const FloatVec inverse = hn::Set(f, 1.0f / static_cast<float>(classes));
    FloatVec middle = hn::Iota(f, 0.5f);
    for (int64_t i = 0; i < classes * kRows; i += kRows) {
      hn::Store(hn::ConvertTo(Ints(), hn::Mul(middle, inverse)), Ints(), rows_ + i);
      middle = hn::Add(middle, hn::Set(f, static_cast<float>(kRows)));
    }
  }

  // All entries but the targets' of rows that begin with row `first` of the factors. Gives false where rows
  // have to be worked on by themselves: then what is in `out` means nothing, unless it is x, which is as it
  // was.
  HWY_INLINE bool operator()(const float* x, const GradientFactors& factors, int64_t first,
                             float* out) const {
    alignas(64) float shifted[kRows];
    const std::optional<NarrowExp<false>> exp = exp_for(factors, first, shifted);
    if (!exp || (out == x && has_outside(*exp, x))) return false;
    const Floats f;
    const FloatVec of_rows = hn::Load(f, shifted);
    hn::Vec<Ints> seen = hn::Zero(Ints());
    int64_t v = 0;
    for (; v + kTogether <= classes_; v += kTogether) entries<kTogether>(*exp, of_rows, x, v, out, seen);
    for (; v < classes_; ++v) entries<1>(*exp, of_rows, x, v, out, seen);
    return !NarrowExp<false>::is_outside(seen);
  }

 private:
  static constexpr int kTogether = 4;
  // Factors 2^90 and as many steps between references are a float still; and where powers are 2^-96 and more,
  // none is below the floor of a row whose reference is up to 30 steps above.
  static constexpr double kLargestFactor = 0x1p90;
  static constexpr double kMostSteps = static_cast<double>(kFullDepth - kSumDepth);

  // Relative to the first row; and the factors for it. None if a row is too far from it, or has 0 or NaN for
  // a factor: then its logits may be anything, and their powers infinite.
  HWY_INLINE std::optional<NarrowExp<false>> exp_for(const GradientFactors& factors, int64_t first,
                                                     float* shifted) const {
    const Doubles d;
    const hn::Rebind<float, Doubles> f;
    const auto exp = NarrowExp<false>::of_reference(scale_, factors.max[first], kSumDepth);
    if (!exp) return std::nullopt;
    const DoubleVec steps = hn::Set(d, NarrowExp<false>::steps_of(scale_, factors.max[first]));
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    for (int64_t r = 0; r < kRows; r += lanes) {
      const DoubleVec factor = hn::Load(d, factors.factor + first + r);
      const DoubleVec magnitude = hn::Abs(factor);
      const DoubleVec distance =
          hn::Sub(steps, NarrowExp<false>::steps_of(scale_, hn::Load(d, factors.max + first + r)));
      const auto is_near = hn::Le(hn::Abs(distance), hn::Set(d, kMostSteps));
      const auto is_moderate = hn::And(hn::Le(magnitude, hn::Set(d, kLargestFactor)),
                                       hn::Ge(magnitude, hn::Set(d, 1 / kLargestFactor)));
      if (!hn::AllTrue(d, hn::And(is_near, is_moderate))) return std::nullopt;
      // 2^distance: a whole number added to 2^52 + 1023 is in the low bits of the sum.
      const DoubleVec counted = hn::Add(distance, hn::Set(d, 0x1p52 + 1023));
      const DoubleVec power = hn::BitCast(d, hn::ShiftLeft<52>(hn::BitCast(Longs(), counted)));
      hn::Store(hn::DemoteTo(f, hn::Mul(factor, power)), f, shifted + r);
    }
    return exp;
  }

  HWY_INLINE bool has_outside(const NarrowExp<false>& exp, const float* x) const {
    hn::Vec<Ints> seen = hn::Zero(Ints());
    for (int64_t v = 0; v < classes_; ++v) {
      FloatVec logits[1] = {hn::LoadU(Floats(), x + v * kRows)};
      exp.see(logits, seen);
    }
    return NarrowExp<false>::is_outside(seen);
  }

  // Those of n vectors from v on.
  template <int n>
  HWY_INLINE void entries(const NarrowExp<false>& exp, FloatVec of_rows, const float* x, int64_t v,
                          float* out, hn::Vec<Ints>& seen) const {
    const Floats f;
    FloatVec logits[n];
    Exponential e[n];
    XENT_FAST_EACH(n) logits[k] = hn::LoadU(f, x + (v + k) * kRows);
    exp.of_most(logits, e, seen);
    XENT_FAST_EACH(n) {
      const auto row = hn::IndicesFromVec(f, hn::Load(Ints(), rows_ + (v + k) * kRows));
      hn::StoreU(e[k].times(hn::TableLookupLanes(of_rows, row)), f, out + (v + k) * kRows);
    }
  }

  const ExpScale& scale_;
  int64_t classes_;
  alignas(64) int32_t rows_[kShortClasses * kRows];  // of which row an element is
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_SHORT_GRADIENTS_INL_H
