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

// Four logits of a row are moved at a time, and transposed within the 128-bit blocks of vectors.
inline constexpr int64_t kQuad = 4;

// Rows that were read. values[k] holds quad k of every row: classes quad_begin(k) and on. Within it, the
// lanes() rows of a vector stand together, first those with r mod 4 = 0, then 1, 2, 3: so lane 4 b + j of
// vector i is class j of row 4 b + i. Written for a whole batch before any of it is read: a vector is larger
// than what was stored, and would have to wait.
struct Quads {
  alignas(64) float values[kShortClasses / kQuad][Tails::kRows * kQuad];
};

// Where the quads of row r begin in Quads::values[k].
HWY_INLINE int64_t place_of(int64_t r) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  const int64_t in_vector = r % lanes;
  return (r - in_vector) * kQuad + in_vector % kQuad * lanes + in_vector / kQuad * kQuad;
}

// The last quad of a row ends where the row does, and may repeat classes of the one before it.
HWY_INLINE int64_t quad_begin(int64_t k, int64_t classes) {
  return std::min(k * kQuad, std::max<int64_t>(classes - kQuad, 0));
}

HWY_INLINE int64_t quads_of(int64_t classes) {
  return (classes + kQuad - 1) / kQuad;
}

// Four logits.
HWY_INLINE void copy_quad(const float* from, float* to) {
  std::memcpy(to, from, kQuad * sizeof(float));
}
template <class T>
HWY_INLINE void copy_quad(const T* from, float* to) {
#if HWY_TARGET == HWY_SCALAR
  for (int64_t i = 0; i < kQuad; ++i) to[i] = static_cast<float>(to_double(from[i]));
#else
  const hn::Full128<float> f;
  hn::StoreU(load_floats(f, from), f, to);
#endif
}

// Reads rows [0, rows), and zeros up to a whole vector of them. An ignored row is not read.
template <class T>
HWY_INLINE void read_quads(const Logits& logits, const int32_t* targets, int64_t rows, Quads& quads) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  static constexpr T kIgnoredRow[kShortClasses] = {};
  const T* const data = static_cast<const T*>(logits.data);
  const int64_t classes = logits.classes;
  for (int64_t r = 0; r < rows || r % lanes != 0; ++r) {
    const bool read = targets[r] != kIgnored;
    const T* const row = read ? data + r * logits.row_stride : kIgnoredRow;
    const int64_t place = place_of(r);
    if (classes < kQuad) {
      for (int64_t c = 0; c < classes; ++c)
        quads.values[0][place + c] = static_cast<float>(to_double(row[c]));
      continue;
    }
    const int64_t whole = classes / kQuad;
    for (int64_t k = 0; k < whole; ++k) copy_quad(row + k * kQuad, quads.values[k] + place);
    if (whole * kQuad < classes) copy_quad(row + classes - kQuad, quads.values[whole] + place);
  }
}

// Classes of rows [first, first + lanes), a vector a class.
HWY_INLINE void transpose(const Quads& quads, int64_t classes, int64_t first, float* columns) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  for (int64_t k = 0; k < quads_of(classes); ++k) {
    float* const out = columns + quad_begin(k, classes) * lanes;
    const float* const in = quads.values[k] + first * kQuad;
#if HWY_TARGET == HWY_SCALAR
    std::memcpy(out, in, kQuad * sizeof(float));
#else
    const FloatVec even_low = hn::InterleaveLower(f, hn::Load(f, in), hn::Load(f, in + 2 * lanes));
    const FloatVec even_high = hn::InterleaveUpper(f, hn::Load(f, in), hn::Load(f, in + 2 * lanes));
    const FloatVec odd_low = hn::InterleaveLower(f, hn::Load(f, in + lanes), hn::Load(f, in + 3 * lanes));
    const FloatVec odd_high = hn::InterleaveUpper(f, hn::Load(f, in + lanes), hn::Load(f, in + 3 * lanes));
    hn::Store(hn::InterleaveLower(f, even_low, odd_low), f, out);
    hn::Store(hn::InterleaveUpper(f, even_low, odd_low), f, out + lanes);
    hn::Store(hn::InterleaveLower(f, even_high, odd_high), f, out + 2 * lanes);
    hn::Store(hn::InterleaveUpper(f, even_high, odd_high), f, out + 3 * lanes);
#endif
  }
}

// The tails of rows [first, first + lanes) and the logits of their targets, from their transposed logits.
template <class Arithmetic>
HWY_INLINE void column_tails(float* columns, int64_t classes, const int32_t* targets, int64_t first,
                             Tails& tails) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const FloatVec masked = hn::Set(f, kMinusInfinity);
  const hn::Vec<Ints> target = hn::LoadU(Ints(), targets + first);
  FloatVec max = masked;
  FloatVec target_logit = hn::Zero(f);
  for (int64_t c = 0; c < classes; ++c) {
    const FloatVec x = hn::Load(f, columns + c * lanes);
    const auto is_target = hn::RebindMask(f, hn::Eq(target, hn::Set(Ints(), static_cast<int32_t>(c))));
    target_logit = hn::IfThenElse(is_target, x, target_logit);
    const FloatVec other = hn::IfThenElse(is_target, masked, x);
    hn::Store(other, f, columns + c * lanes);
    max = hn::Max(other, max);
  }
  Arithmetic::column_tails(columns, classes, max, tails.max + first, tails.sum + first);
  store(promoted(target_logit), tails.target_logit + first);
}

// The tails of `rows` <= Tails::kRows rows and the logits of their targets; targets as in row_tails of
// tails-inl.h.
template <class Arithmetic, class T>
HWY_INLINE void short_row_tails(const Logits& logits, const int64_t* targets, int64_t rows, Tails& tails) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  Quads quads;
  alignas(64) float columns[kShortClasses * kMaxLanes];
  alignas(64) int32_t narrow_targets[Tails::kRows];
  for (int64_t r = 0; r < rows; ++r) narrow_targets[r] = static_cast<int32_t>(targets[r]);
  for (int64_t r = rows; r % lanes != 0; ++r) narrow_targets[r] = static_cast<int32_t>(kIgnored);
  read_quads<T>(logits, narrow_targets, rows, quads);
  for (int64_t first = 0; first < rows; first += lanes) {
    transpose(quads, logits.classes, first, columns);
    column_tails<Arithmetic>(columns, logits.classes, narrow_targets, first, tails);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_SHORT_ROWS_INL_H
