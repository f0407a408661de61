// Rows of few classes, a row a lane: no reduction across lanes, no lane idle. Compiled once for every SIMD
// target.
#if defined(XENT_FAST_SHORT_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_SHORT_ROWS_INL_H
#undef XENT_FAST_SHORT_ROWS_INL_H
#else
#define XENT_FAST_SHORT_ROWS_INL_H
#endif

#include <cstdint>

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

// Writes a row into lane `lane` of `columns`, with -inf in place of its target. An ignored row is not read.
HWY_INLINE void transpose(const float* row, int64_t classes, int64_t target, int64_t lane, float* columns) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  for (int64_t c = 0; c < classes; ++c) columns[c * lanes + lane] = target == kIgnored ? 0.0f : row[c];
  if (target >= 0) columns[target * lanes + lane] = kMinusInfinity;
}

// tails.max and tails.sum of rows [first, first + lanes) from their transposed logits; as row_tail.
template <class Arithmetic>
HWY_INLINE void column_tails(const float* columns, int64_t classes, Tails& tails, int64_t first) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const FloatVec masked = hn::Set(f, kMinusInfinity);
  FloatVec max = masked;
  for (int64_t c = 0; c < classes; ++c) max = hn::Max(hn::Load(f, columns + c * lanes), max);
  const FloatVec shift = hn::IfThenElse(hn::Eq(max, masked), hn::Zero(f), max);
  const Sum sum = Arithmetic::column_sum(columns, classes, shift);
  alignas(64) float maxima[kMaxLanes];
  hn::Store(max, f, maxima);
  for (int64_t lane = 0; lane < lanes; ++lane) tails.max[first + lane] = static_cast<double>(maxima[lane]);
  hn::Store(sum.low, Doubles(), tails.sum + first);
  if (lanes > 1) hn::Store(sum.high, Doubles(), tails.sum + first + lanes / 2);
}

// The tails of `rows` <= Tails::kRows rows; targets as in row_tails of tails-inl.h.
template <class Arithmetic>
HWY_INLINE void short_row_tails(const Logits& logits, const int64_t* targets, int64_t rows, Tails& tails) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  alignas(64) float columns[kShortClasses * kMaxLanes];
  for (int64_t first = 0; first < rows; first += lanes) {
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const int64_t r = first + lane;
      const float* const row = r < rows ? logits.data + r * logits.row_stride : nullptr;
      transpose(row, logits.classes, r < rows ? targets[r] : kIgnored, lane, columns);
    }
    column_tails<Arithmetic>(columns, logits.classes, tails, first);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_SHORT_ROWS_INL_H
