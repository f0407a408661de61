// What label smoothing adds to the losses of rows and their gradients. Compiled once for every SIMD target.
#if defined(XENT_FAST_SMOOTHING_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_SMOOTHING_INL_H
#undef XENT_FAST_SMOOTHING_INL_H
#else
#define XENT_FAST_SMOOTHING_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <cstring>

#include "fast/element.h"
#include "fast/kernel.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Adds from - x_i of n vectors to as many sums.
template <int n, class T>
HWY_INLINE void add_lead(const T* x, float from, Sum (&sums)[n]) {
  const Floats f;
  const DoubleVec target = hn::Set(Doubles(), static_cast<double>(from));
  XENT_FAST_EACH(n) {
    const Sum logits = promoted(load_floats(f, x + k * static_cast<int64_t>(hn::Lanes(f))));
    sums[k].low = hn::Add(sums[k].low, hn::Sub(target, logits.low));
    // Of a single float there is no upper half.
    if constexpr (HWY_TARGET != HWY_SCALAR)
      sums[k].high = hn::Add(sums[k].high, hn::Sub(target, logits.high));
  }
}

// sum over i of (from - x_i): how far the logit `from` leads.
//
// Error: 2^-53 times the number of additions, of the sum of |from - x_i|.
template <class T>
HWY_NOINLINE double lead_of(const T* x, int64_t classes, float from) {
  constexpr int kSums = 4;
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  if (classes < lanes) {
    double sum = 0;
    for (int64_t i = 0; i < classes; ++i) sum += static_cast<double>(from) - to_double(x[i]);
    return sum;
  }
  Sum sums[kSums];
  XENT_FAST_EACH(kSums) sums[k] = zero();
  int64_t i = 0;
  for (; i + kSums * lanes <= classes; i += kSums * lanes) add_lead<kSums>(x + i, from, sums);
  Sum last[1] = {zero()};
  for (; i + lanes <= classes; i += lanes) add_lead<1>(x + i, from, last);
  double few = 0;
  for (; i < classes; ++i) few += static_cast<double>(from) - to_double(x[i]);
  XENT_FAST_EACH(kSums) {
    last[0].low = hn::Add(last[0].low, sums[k].low);
    last[0].high = hn::Add(last[0].high, sums[k].high);
  }
  return total(last[0]) + few;
}

// The same of every row with a finite logit for a target, times the scale; 0 otherwise.
template <class T>
HWY_INLINE void leads_of(const Logits& logits, const int64_t* targets, int64_t rows, double* leads) {
  const int segments = segments_of(logits.classes);
  for (int64_t r = 0; r < rows; ++r) {
    leads[r] = 0;
    if (targets[r] < 0) continue;
    const T* const x = static_cast<const T*>(logits.data) + r * logits.row_stride;
    const double target_logit = to_double(x[targets[r]]);
    if (!std::isfinite(target_logit)) continue;
    for (int s = 0; s < segments; ++s) {
      const auto [begin, classes] = segment(logits.classes, s);
      leads[r] += logits.scale * lead_of(x + begin, classes, static_cast<float>(target_logit));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_SMOOTHING_INL_H
