// Logarithms of probabilities, from the largest logit of a row and the loss there. Compiled once for every
// SIMD target.
#if defined(XENT_FAST_LOG_SOFTMAX_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_LOG_SOFTMAX_INL_H
#undef XENT_FAST_LOG_SOFTMAX_INL_H
#else
#define XENT_FAST_LOG_SOFTMAX_INL_H
#endif

#include <cstdint>

#include "fast/element.h"
#include "fast/gradient-inl.h"
#include "fast/kernel.h"
#include "fast/losses-inl.h"
#include "fast/row-inl.h"
#include "fast/tails-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The maximum of what it visits first, so that what follows has to be brought near.
struct FirstMaximum {
  Maximum maximum;
  Prefetch prefetch;

  template <int kVectors, class Source>
  HWY_INLINE void operator()(Source source) {
    prefetch.beyond<kVectors>(source.x);
    maximum.template operator()<kVectors>(source);
  }
};

// The first class with the largest logit of a row, NaN ignored; 0 if that is -inf.
template <class T>
HWY_NOINLINE int64_t place_in_row(const T* x, int64_t classes) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  if (classes < lanes) {
    int64_t place = 0;
    for (int64_t i = 1; i < classes; ++i) {
      // Also where the first one is NaN: then so is all that is made of the row.
      if (to_double(x[i]) > to_double(x[place])) place = i;
    }
    return place;
  }
  FirstMaximum first = {{hn::Set(f, kMinusInfinity)}, prefetch_along_row<T>()};
  visit_classes(Row<T>{x, classes, -1, {0}}, 0, classes, first);
  const FloatVec largest = hn::MaxOfLanes(f, first.maximum.largest);
  for (int64_t i = 0; i < classes; i += lanes) {
    const int64_t at = i + lanes <= classes ? i : classes - lanes;
    const intptr_t lane = hn::FindFirstTrue(f, hn::Eq(load_floats(f, x + at), largest));
    if (lane >= 0) return at + lane;
  }
  return 0;
}

template <class T>
HWY_INLINE void places_from(const Logits& logits, int64_t rows, int64_t* places) {
  const T* const x = static_cast<const T*>(logits.data);
  for (int64_t r = 0; r < rows; ++r) places[r] = place_in_row(x + r * logits.row_stride, logits.classes);
}

// What the entries of a row are made from.
struct LogSoftmaxRow {
  double scale;
  double max;
  double loss;  // of the largest logit
  double units_per_nat;
};

// (scale x - max) - loss, as make_entries of gradient-inl.h. Neither takes away from the other, so errors are
// relative.
HWY_INLINE DoubleVec log_probability(const LogSoftmaxRow& row, DoubleVec x) {
  const Doubles d;
  const DoubleVec behind = hn::Sub(hn::Mul(x, hn::Set(d, row.scale)), hn::Set(d, row.max));
  const DoubleVec nats = hn::Sub(behind, hn::Set(d, row.loss));
  return hn::Mul(nats, hn::Set(d, row.units_per_nat));
}
template <int n>
HWY_INLINE void make_entries(const LogSoftmaxRow& row, FloatVec (&x)[n]) {
  XENT_FAST_EACH(n) {
    const Sum logits = promoted(x[k]);
    x[k] = demoted({log_probability(row, logits.low), log_probability(row, logits.high)});
  }
}

HWY_INLINE void log_softmax_of_one_row(const Logits& row, double max, double loss, double units_per_nat,
                                       const Gradient& out) {
  constexpr KnownEntry kNone = {-1, 0};
  gradient_row(LogSoftmaxRow{row.scale, max, loss, units_per_nat}, row, out, kNone);
}

template <class T>
void log_softmax_from(const Logits& logits, int64_t rows, double units_per_nat, const Gradient& out) {
  const ExpScale scale = exp_scale(logits);
  const int64_t batch = cached_rows(logits.classes);
  int64_t places[Tails::kRows];
  double losses[Tails::kRows];
  Tails tails;
  for (int64_t first = 0; first < rows; first += batch) {
    const int64_t count = std::min(batch, rows - first);
    const Logits some = from(logits, first, 0, logits.classes);
    places_from<T>(some, count, places);
    row_tails<T>(NarrowSum{scale}, some, places, count, tails);
    losses_of<InBrief>(tails, count, losses);
    for (int64_t r = 0; r < count; ++r) {
      log_softmax_of_one_row(from(some, r, 0, logits.classes), tails.target_logit[r], losses[r],
                             units_per_nat, from(out, first + r, 0));
    }
  }
  if (out.streams) hwy::FlushStream();
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_LOG_SOFTMAX_INL_H
