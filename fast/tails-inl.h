// The tails of a batch of rows, whatever their length. Compiled once for every SIMD target.
#if defined(XENT_FAST_TAILS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_TAILS_INL_H
#undef XENT_FAST_TAILS_INL_H
#else
#define XENT_FAST_TAILS_INL_H
#endif

#include <cstdint>
#include <span>

#include "fast/element.h"
#include "fast/kernel.h"
#include "fast/level_row-inl.h"
#include "fast/narrow_sum-inl.h"
#include "fast/prefetch-inl.h"
#include "fast/row-inl.h"
#include "fast/short_rows-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class Arithmetic, class T>
HWY_INLINE Tail tail_of_row(const Arithmetic& arithmetic, const Row<T>& row) {
  return row_tail(arithmetic, row);
}
// By segments, as threads that share a row do.
template <class T>
HWY_NOINLINE Tail tail_of_long_row(const NarrowSum& arithmetic, const Row<T>& row) {
  Tail parts[kMostSegments];
  const int segments = segments_of(row.classes);
  for (int s = 0; s < segments; ++s) {
    const auto [begin, classes] = segment(row.classes, s);
    const Row<T> part = {row.x + begin, classes, row.target - begin, row.prefetch};
    parts[s] = narrow_row_tail(arithmetic.scale, part);
  }
  return merged(std::span(parts, static_cast<size_t>(segments)));
}
template <class T>
HWY_INLINE Tail tail_of_row(const NarrowSum& arithmetic, const Row<T>& row) {
  if (HWY_UNLIKELY(segments_of(row.classes) > 1)) return tail_of_long_row(arithmetic, row);
  return narrow_row_tail(arithmetic.scale, row);
}

// The tails of `rows` <= Tails::kRows rows whose elements are T, and the logits of their targets. targets[r]:
// in [0, classes), kIgnored, or kNoTarget.
template <class T, class Arithmetic>
HWY_NOINLINE void row_tails(const Arithmetic& arithmetic, const Logits& logits, const int64_t* targets,
                            int64_t rows, Tails& tails) {
  const T* const data = static_cast<const T*>(logits.data);
  if (logits.classes <= kShortClasses) {
    short_row_tails<T>(arithmetic, logits, targets, rows, tails);
  } else {
    PrefetchInBatch<T> prefetch(logits, targets, rows);
    for (int64_t r = 0; r < rows; ++r) {
      if (targets[r] == kIgnored) continue;
      const T* const x = data + r * logits.row_stride;
      const Row<T> row = {x, logits.classes, targets[r], prefetch.of_row(r)};
      const Tail tail = tail_of_row(arithmetic, row);
      tails.max[r] = tail.max;
      tails.sum[r] = tail.sum;
      if (targets[r] >= 0) tails.target_logit[r] = logits.scale * to_double(x[targets[r]]);
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    if (targets[r] == kIgnored) tails.ignore(r);
  }
  // Up to whole vectors of them.
  for (int64_t r = rows; r % static_cast<int64_t>(hn::Lanes(Doubles())) != 0; ++r) tails.ignore(r);
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_TAILS_INL_H
