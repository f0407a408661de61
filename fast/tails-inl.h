// The tails of a batch of rows, whatever their length. Compiled once for every SIMD target.
#if defined(XENT_FAST_TAILS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_TAILS_INL_H
#undef XENT_FAST_TAILS_INL_H
#else
#define XENT_FAST_TAILS_INL_H
#endif

#include <cstdint>
#include <type_traits>

#include "fast/element.h"
#include "fast/kernel.h"
#include "fast/level_row-inl.h"
#include "fast/narrow_sum-inl.h"
#include "fast/row-inl.h"
#include "fast/short_rows-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// How far ahead of the work memory is asked for what follows. The hardware stops at the end of each page,
// which is 1024 floats of work away, and memory under load answers later than that work is done.
inline constexpr int64_t kPrefetchedBytes = 1 << 14;

// Zen 3 and 4 do this better alone: there, bringing 512 x 32000 logits near takes 1.2 times as long.
HWY_INLINE bool hardware_suffices() {
#if HWY_ARCH_X86
  return __builtin_cpu_is("amdfam19h") != 0;
#else
  return false;
#endif
}

// What is worth bringing near while one row, or a part of one, is worked on: what follows in it. Behind its
// end there may be nothing, which does no harm.
template <class T>
HWY_INLINE Prefetch prefetch_along_row() {
  return {hardware_suffices() ? 0 : kPrefetchedBytes / static_cast<int64_t>(sizeof(T))};
}

// The same for rows of a batch: in short ones, the same part of a later row. Mostly there is another batch.
template <class T>
HWY_INLINE Prefetch prefetch_in(const Logits& logits) {
  const Prefetch along_row = prefetch_along_row<T>();
  if (logits.classes > along_row.ahead) return along_row;
  return {hwy::DivCeil(along_row.ahead, logits.classes) * logits.row_stride};
}

template <class Arithmetic, class T>
HWY_INLINE Tail tail_of_row(const Row<T>& row) {
  if constexpr (std::is_same_v<Arithmetic, NarrowSum>) {
    return narrow_row_tail(row);
  } else {
    return row_tail<Arithmetic>(row);
  }
}

// The tails of `rows` <= Tails::kRows rows whose elements are T, and the logits of their targets. targets[r]:
// in [0, classes), kIgnored, or kNoTarget.
template <class Arithmetic, class T>
HWY_NOINLINE void row_tails(const Logits& logits, const int64_t* targets, int64_t rows, Tails& tails) {
  const T* const data = static_cast<const T*>(logits.data);
  if (logits.classes <= kShortClasses) {
    short_row_tails<Arithmetic, T>(logits, targets, rows, tails);
  } else {
    const Prefetch prefetch = prefetch_in<T>(logits);
    for (int64_t r = 0; r < rows; ++r) {
      if (targets[r] == kIgnored) continue;
      const T* const x = data + r * logits.row_stride;
      const Row<T> row = {x, logits.classes, targets[r], prefetch};
      const Tail tail = tail_of_row<Arithmetic>(row);
      tails.max[r] = tail.max;
      tails.sum[r] = tail.sum;
      if (targets[r] >= 0) tails.target_logit[r] = to_double(x[targets[r]]);
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
