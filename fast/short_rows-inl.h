// Rows of few classes, a row a lane: no reduction across lanes, no lane idle. Compiled once for every SIMD
// target.
#if defined(XENT_FAST_SHORT_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_SHORT_ROWS_INL_H
#undef XENT_FAST_SHORT_ROWS_INL_H
#else
#define XENT_FAST_SHORT_ROWS_INL_H
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include "fast/columns-inl.h"
#include "fast/exp-inl.h"
#include "fast/kernel.h"
#include "fast/level_columns-inl.h"
#include "fast/narrow_sum-inl.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// What is known of a vector of rows beside their logits.
struct OfColumns {
  FloatVec max;
  FloatVec target_logit;
};

// Stores class c of a vector of rows, but for those whose target it is, which get -inf.
HWY_INLINE void put_column(FloatVec x, int64_t c, hn::Vec<Ints> target, float* columns, OfColumns& of) {
  const Floats f;
  const auto is_target = hn::RebindMask(f, hn::Eq(target, hn::Set(Ints(), static_cast<int32_t>(c))));
  of.target_logit = hn::IfThenElse(is_target, x, of.target_logit);
  const FloatVec other = hn::IfThenElse(is_target, hn::Set(f, kMinusInfinity), x);
  hn::Store(other, f, columns + c * static_cast<int64_t>(hn::Lanes(f)));
  of.max = hn::Max(other, of.max);
}

// Reads a vector of rows to columns, a vector a class.
template <class T>
HWY_INLINE OfColumns read_columns(const RowPerLane<T>& rows, int64_t classes, hn::Vec<Ints> target,
                                  float* columns) {
  OfColumns of = {hn::Set(Floats(), kMinusInfinity), hn::Zero(Floats())};
  FloatVec x[kQuad];
  if (classes < kQuad) {
    read_quad(rows, 0, x);
    XENT_FAST_EACH(kQuad - 1) {
      if (k < classes) put_column(x[k], k, target, columns, of);
    }
    return of;
  }
  // The last quad ends where the row does, and may repeat classes of the one before it.
  for (int64_t c = 0; c < classes; c += kQuad) {
    const int64_t at = std::min(c, classes - kQuad);
    read_quad(rows, at, x);
    XENT_FAST_EACH(kQuad) put_column(x[k], at + k, target, columns, of);
  }
  return of;
}

// The same for less than a vector of rows, or rows of less than a quad, which are copied: the rest is zeros.
template <class T>
HWY_NOINLINE OfColumns read_few(const RowPerLane<T>& few, int64_t rows, int64_t classes, hn::Vec<Ints> target,
                                float* columns) {
  T copies[kMaxLanes * kShortClasses];
  const int64_t room = std::max(classes, kQuad);
  std::memset(copies, 0, hn::Lanes(Floats()) * static_cast<size_t>(room) * sizeof(T));
  for (int64_t r = 0; r < rows; ++r) {
    std::memcpy(copies + r * room, few.first + r * few.stride, static_cast<size_t>(classes) * sizeof(T));
  }
  return read_columns(RowPerLane<T>{copies, room}, classes, target, columns);
}

// The tails of `rows` <= Tails::kRows rows and the logits of their targets; targets as in row_tails of
// tails-inl.h. Ignored rows are read as if they had no target.
template <class T, class Arithmetic>
HWY_INLINE void short_row_tails(const Arithmetic& arithmetic, const Logits& logits, const int64_t* targets,
                                int64_t rows, Tails& tails) {
  constexpr bool kMayBeLevel = std::is_same_v<Arithmetic, NarrowSum>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  const T* const data = static_cast<const T*>(logits.data);
  alignas(64) float columns[kShortClasses * kMaxLanes];
  alignas(64) int32_t narrow_targets[Tails::kRows];
  for (int64_t r = 0; r < rows; ++r) narrow_targets[r] = static_cast<int32_t>(targets[r]);
  for (int64_t r = rows; r % lanes != 0; ++r) narrow_targets[r] = static_cast<int32_t>(kIgnored);
  std::optional<NarrowExp<false>> level;
  if constexpr (kMayBeLevel) {
    if (logits.classes >= kQuad) level = level_exp(arithmetic.scale, data, targets[0]);
  }
  for (int64_t first = 0; first < rows; first += lanes) {
    const hn::Vec<Ints> target = hn::Load(Ints(), narrow_targets + first);
    const RowPerLane<T> block = {data + first * logits.row_stride, logits.row_stride};
    const int64_t count = std::min(rows - first, lanes);
    const bool is_whole = count == lanes && logits.classes >= kQuad;
    const TailsOut at = {tails.max + first, tails.sum + first, tails.target_logit + first};
    if constexpr (kMayBeLevel) {
      if (HWY_LIKELY(is_whole && level) && level_columns(block, logits.classes, target, *level, at)) continue;
    }
    const OfColumns of = HWY_LIKELY(is_whole) ? read_columns(block, logits.classes, target, columns)
                                              : read_few(block, count, logits.classes, target, columns);
    arithmetic.column_tails(columns, logits.classes, of.max, at.max, at.sum);
    store_scaled(of.target_logit, logits.scale, at.target_logit);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_SHORT_ROWS_INL_H
