// Logits of rows of few classes, a row a lane: a vector a class, transposed within the 128-bit blocks of
// vectors. Compiled once for every SIMD target.
#if defined(XENT_FAST_COLUMNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_COLUMNS_INL_H
#undef XENT_FAST_COLUMNS_INL_H
#else
#define XENT_FAST_COLUMNS_INL_H
#endif

#include <cstdint>

#include "fast/element.h"
#include "fast/row-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// So many logits of a row are read at a time.
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

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_COLUMNS_INL_H
