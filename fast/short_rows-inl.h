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

#include "fast/element.h"
#include "fast/exp-inl.h"
#include "fast/kernel.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Up to here, transposing costs less than what row_tail spends per row.
inline constexpr int64_t kShortClasses = 64;

// Four logits of a row are read at a time, and transposed within the 128-bit blocks of vectors.
inline constexpr int64_t kQuad = 4;

// A row a lane, each as far from the one before it.
template <class T>
struct RowPerLane {
  const T* first;
  int64_t stride;
};

#if HWY_TARGET != HWY_SCALAR
// Block b holds the quad at x of row 4 b.
template <class D, class T>
HWY_INLINE hn::Vec<D> quads_of_every_fourth(D d, const T* x, int64_t stride) {
  if constexpr (hn::MaxLanes(D()) <= kQuad) {
    return load_floats(d, x);
  } else {
    const hn::Half<D> half;
    constexpr auto kRows = static_cast<int64_t>(hn::MaxLanes(D()) / 2);
    return hn::Combine(d, quads_of_every_fourth(half, x + kRows * stride, stride),
                       quads_of_every_fourth(half, x, stride));
  }
}
#endif

// x[j] is class at + j of all rows of a vector.
template <class T>
HWY_INLINE void read_quad(const RowPerLane<T>& rows, int64_t at, FloatVec (&x)[kQuad]) {
  const Floats f;
  const T* const quad = rows.first + at;
#if HWY_TARGET == HWY_SCALAR
  for (int64_t j = 0; j < kQuad; ++j) x[j] = hn::Set(f, static_cast<float>(to_double(quad[j])));
#else
  const FloatVec row0 = quads_of_every_fourth(f, quad, rows.stride);
  const FloatVec row1 = quads_of_every_fourth(f, quad + rows.stride, rows.stride);
  const FloatVec row2 = quads_of_every_fourth(f, quad + 2 * rows.stride, rows.stride);
  const FloatVec row3 = quads_of_every_fourth(f, quad + 3 * rows.stride, rows.stride);
  const FloatVec even_low = hn::InterleaveLower(f, row0, row2);
  const FloatVec even_high = hn::InterleaveUpper(f, row0, row2);
  const FloatVec odd_low = hn::InterleaveLower(f, row1, row3);
  const FloatVec odd_high = hn::InterleaveUpper(f, row1, row3);
  x[0] = hn::InterleaveLower(f, even_low, odd_low);
  x[1] = hn::InterleaveUpper(f, even_low, odd_low);
  x[2] = hn::InterleaveLower(f, even_high, odd_high);
  x[3] = hn::InterleaveUpper(f, even_high, odd_high);
#endif
}

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
HWY_NOINLINE OfColumns read_few(const T* x, int64_t stride, int64_t rows, int64_t classes,
                                hn::Vec<Ints> target, float* columns) {
  T copies[kMaxLanes * kShortClasses];
  const int64_t room = std::max(classes, kQuad);
  std::memset(copies, 0, hn::Lanes(Floats()) * static_cast<size_t>(room) * sizeof(T));
  for (int64_t r = 0; r < rows; ++r) {
    std::memcpy(copies + r * room, x + r * stride, static_cast<size_t>(classes) * sizeof(T));
  }
  return read_columns(RowPerLane<T>{copies, room}, classes, target, columns);
}

// The tails of `rows` <= Tails::kRows rows and the logits of their targets; targets as in row_tails of
// tails-inl.h. Ignored rows are read as if they had no target.
template <class Arithmetic, class T>
HWY_INLINE void short_row_tails(const Logits& logits, const int64_t* targets, int64_t rows, Tails& tails) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  const T* const data = static_cast<const T*>(logits.data);
  alignas(64) float columns[kShortClasses * kMaxLanes];
  alignas(64) int32_t narrow_targets[Tails::kRows];
  for (int64_t r = 0; r < rows; ++r) narrow_targets[r] = static_cast<int32_t>(targets[r]);
  for (int64_t r = rows; r % lanes != 0; ++r) narrow_targets[r] = static_cast<int32_t>(kIgnored);
  for (int64_t first = 0; first < rows; first += lanes) {
    const hn::Vec<Ints> target = hn::Load(Ints(), narrow_targets + first);
    const T* const x = data + first * logits.row_stride;
    const int64_t count = std::min(rows - first, lanes);
    const OfColumns of =
        HWY_LIKELY(count == lanes && logits.classes >= kQuad)
            ? read_columns(RowPerLane<T>{x, logits.row_stride}, logits.classes, target, columns)
            : read_few(x, logits.row_stride, count, logits.classes, target, columns);
    Arithmetic::column_tails(columns, logits.classes, of.max, tails.max + first, tails.sum + first);
    store(promoted(of.target_logit), tails.target_logit + first);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_SHORT_ROWS_INL_H
