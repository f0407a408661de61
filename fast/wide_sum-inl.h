// Sums of exponentials in binary64, for row_tail and column_tails. Compiled once for every SIMD target.
#if defined(XENT_FAST_WIDE_SUM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_WIDE_SUM_INL_H
#undef XENT_FAST_WIDE_SUM_INL_H
#else
#define XENT_FAST_WIDE_SUM_INL_H
#endif

#include <cstdint>
#include <limits>

#include "fast/row-inl.h"
#include "fast/tail.h"
#include "fast/wide_exp-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Exp is RelativeExp or AbsoluteExp. Domain: the scale of logits is 1.
template <class Exp>
struct WideSum {
  using Shift = Exp;

  static HWY_INLINE Shift shift(float max) { return Shift(max); }
  static double rescaling(float max, float larger) { return Exp::rescaling(max, larger); }
  static Tail tail(float max, double total) {
    return {static_cast<double>(max), total * Exp::normalisation(max)};
  }

  // As NarrowSum::add_group.
  template <int kVectors, bool kLookAhead, class Source, class Next>
  static HWY_INLINE void add_group(Sum& sum, Source source, const Shift& exp, Next next, FloatVec& largest) {
    constexpr int kParts = kVectors * kHalves;
    constexpr int kUsed = kParts < kChains ? kParts : kChains;
    const auto lanes = static_cast<int64_t>(hn::Lanes(Doubles()));
    const auto float_lanes = static_cast<int64_t>(hn::Lanes(Floats()));
    DoubleVec chain[kUsed];
    FloatVec other = largest;
#pragma GCC unroll 32
    for (int i = 0; i < kParts; ++i) {
      const WideExpFactors e = exp(hn::PromoteTo(Doubles(), source.load(HalfFloats(), i * lanes)));
      DoubleVec& c = chain[i % kUsed];
      c = i < kUsed ? hn::Mul(e.fraction, e.scale) : hn::MulAdd(e.fraction, e.scale, c);
      if (kLookAhead && i % kHalves == 0) {
        const int v = i / kHalves;
        FloatVec& m = v % 2 == 0 ? largest : other;
        m = hn::Max(next.load(Floats(), v * float_lanes), m);
      }
    }
    if constexpr (kLookAhead) largest = hn::Max(largest, other);
    if constexpr (kUsed == kChains) {
      sum.low = hn::Add(sum.low, hn::Add(chain[0], chain[1]));
      sum.high = hn::Add(sum.high, hn::Add(chain[2], chain[3]));
    } else {
      sum.low = hn::Add(sum.low, chain[0]);
      if constexpr (kUsed == 2) sum.high = hn::Add(sum.high, chain[1]);
    }
  }

  // Always RelativeExp: the columns have a maximum each.
  static HWY_INLINE void column_tails(const float* columns, int64_t classes, FloatVec column_max,
                                      double* maxima, double* sums) {
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(Doubles()));
    // -inf - -inf would be NaN.
    const auto is_masked = hn::Eq(column_max, hn::Set(f, kMinusInfinity));
    alignas(64) float shift[kMaxLanes];
    hn::Store(hn::IfThenZeroElse(is_masked, column_max), f, shift);
    const DoubleVec low_shift = promoted(shift);
    const DoubleVec high_shift = promoted(shift + (kHalves - 1) * lanes);
    Sum sum = zero();
    for (int64_t c = 0; c < classes; ++c) {
      const float* const column = columns + c * kHalves * lanes;
      const WideExpFactors low = RelativeExp::of_difference(hn::Sub(promoted(column), low_shift));
      sum.low = hn::MulAdd(low.fraction, low.scale, sum.low);
      if constexpr (kHalves == 2) {
        const WideExpFactors high = RelativeExp::of_difference(hn::Sub(promoted(column + lanes), high_shift));
        sum.high = hn::MulAdd(high.fraction, high.scale, sum.high);
      }
    }
    store(sum, sums);
    store(xent::fast::HWY_NAMESPACE::promoted(column_max), maxima);
  }

 private:
  using HalfFloats = hn::Rebind<float, Doubles>;
  static constexpr int kHalves = HWY_TARGET == HWY_SCALAR ? 1 : 2;

  static HWY_INLINE DoubleVec promoted(const float* x) {
    return hn::PromoteTo(Doubles(), hn::LoadU(HalfFloats(), x));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_WIDE_SUM_INL_H
