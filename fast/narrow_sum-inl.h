// Sums of exponentials in binary32, for row_tail and column_tails. Compiled once for every SIMD target.
#if defined(XENT_FAST_NARROW_SUM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_NARROW_SUM_INL_H
#undef XENT_FAST_NARROW_SUM_INL_H
#else
#define XENT_FAST_NARROW_SUM_INL_H
#endif

#include <cmath>
#include <cstdint>

#include "fast/exp-inl.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Roundings of a chain, which begins with a product, and to join the chains.
static_assert(kGroup / kChains - 1 + 2 == kGroupRoundings && kChains == 1 << 2);

// Exponentials summed in binary32 at a time, in two chains: kShortGroup / 2 - 1 roundings and one to join
// them.
inline constexpr int64_t kShortGroup = 8;
static_assert(kShortGroup / 2 - 1 + 1 <= kGroupRoundings);

struct NarrowSum {
  struct Shift {
    HWY_INLINE explicit Shift(float to) : max(hn::Set(Floats(), to)) {}
    FloatVec max;
  };
  static double rescaling(float max, float larger) {
    return std::exp(static_cast<double>(max) - static_cast<double>(larger));
  }
  static double normalisation(float /*max*/) { return 1; }

  // Adds e^(x - shift) over the vectors of a source to sum; with kLookAhead, also takes the maximum of as
  // many vectors at `next`.
  template <int kVectors, bool kLookAhead, class Source, class Next>
  static HWY_INLINE void add_group(Sum& sum, Source source, const Shift& shift, Next next,
                                   FloatVec& largest) {
    constexpr int kUsed = kVectors < kChains ? kVectors : kChains;
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    FloatVec chain[kUsed];
    FloatVec other = largest;
#pragma GCC unroll 16
    for (int i = 0; i < kVectors; ++i) {
      const ExpFactors e = exp_factors(hn::Sub(source.load(f, i * lanes), shift.max));
      FloatVec& c = chain[i % kUsed];
      c = i < kUsed ? hn::Mul(e.fraction, e.scale) : hn::MulAdd(e.fraction, e.scale, c);
      if constexpr (kLookAhead) {
        FloatVec& m = i % 2 == 0 ? largest : other;
        m = hn::Max(next.load(f, i * lanes), m);
      }
    }
    if constexpr (kLookAhead) largest = hn::Max(largest, other);
    if constexpr (kUsed == kChains) {
      add(sum, hn::Add(hn::Add(chain[0], chain[1]), hn::Add(chain[2], chain[3])));
    } else {
      static_assert(kUsed == 1);
      add(sum, chain[0]);
    }
  }

  static HWY_INLINE Sum column_sum(const float* columns, int64_t classes, FloatVec shift) {
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    Sum sum = zero();
    for (int64_t begin = 0; begin < classes; begin += kShortGroup) {
      const int64_t end = classes - begin < kShortGroup ? classes : begin + kShortGroup;
      FloatVec even = hn::Zero(f);
      FloatVec odd = hn::Zero(f);
      int64_t c = begin;
      for (; c + 1 < end; c += 2) {
        const ExpFactors a = exp_factors(hn::Sub(hn::Load(f, columns + c * lanes), shift));
        const ExpFactors b = exp_factors(hn::Sub(hn::Load(f, columns + (c + 1) * lanes), shift));
        even = hn::MulAdd(a.fraction, a.scale, even);
        odd = hn::MulAdd(b.fraction, b.scale, odd);
      }
      if (c < end) {
        const ExpFactors a = exp_factors(hn::Sub(hn::Load(f, columns + c * lanes), shift));
        even = hn::MulAdd(a.fraction, a.scale, even);
      }
      add(sum, hn::Add(even, odd));
    }
    return sum;
  }

 private:
  // In binary64: the roundings are 2^-29 u each and count for nothing.
  static HWY_INLINE void add(Sum& sum, FloatVec x) {
    const Sum terms = promoted(x);
    sum.low = hn::Add(sum.low, terms.low);
    sum.high = hn::Add(sum.high, terms.high);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_NARROW_SUM_INL_H
