// One row of logits in one pass: the largest logit besides the target's, and the sum of the exponentials
// relative to it. Compiled once for every SIMD target.
#if defined(XENT_FAST_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_ROW_INL_H
#undef XENT_FAST_ROW_INL_H
#else
#define XENT_FAST_ROW_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVec = hn::Vec<Floats>;

inline constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

// A group of kGroup vectors, or a last one of kChains vectors, is summed in kChains chains of fused
// multiply-adds.
inline constexpr int kGroup = 16;
inline constexpr int kChains = 4;

inline constexpr int64_t kBlockVectors = int64_t{2} * kGroup;
inline constexpr int64_t kMaxLanes = HWY_MAX_BYTES / sizeof(float);

#if HWY_TARGET == HWY_SCALAR
using Doubles = hn::CappedTag<double, 1>;
#else
using Doubles = hn::ScalableTag<double>;
#endif
using DoubleVec = hn::Vec<Doubles>;

// A sum of floats, kept in binary64 between groups.
struct Sum {
  DoubleVec low;
  DoubleVec high;
};

// A function, because a default constructor would not be compiled for the target.
HWY_INLINE Sum zero() {
  return {hn::Zero(Doubles()), hn::Zero(Doubles())};
}

HWY_INLINE void multiply(Sum& sum, double factor) {
  sum.low = hn::Mul(sum.low, hn::Set(Doubles(), factor));
  sum.high = hn::Mul(sum.high, hn::Set(Doubles(), factor));
}

HWY_INLINE double total(const Sum& sum) {
  return hn::GetLane(hn::SumOfLanes(Doubles(), hn::Add(sum.low, sum.high)));
}

// The largest of `largest` and vectors of x. NaN is ignored (Max(a, NaN) may be NaN, Max(NaN, a) is a): it
// will make the sum NaN.
HWY_INLINE FloatVec max_of(const float* HWY_RESTRICT x, int64_t vectors, FloatVec largest) {
  const Floats f;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(f));
  for (int64_t i = 0; i < vectors; ++i) largest = hn::Max(hn::LoadU(f, x + i * lanes), largest);
  return largest;
}

// A row cut into blocks of whole vectors. The blocks that hold the target or the row's end are copied, the
// former with -inf in place of the target, the latter padded with -inf: neither then contributes to maximum
// or sum.
class Blocks {
 public:
  Blocks(const float* row, int64_t classes, int64_t target)
      : row_(row),
        classes_(classes),
        target_(target),
        lanes_(static_cast<int64_t>(hn::Lanes(Floats()))),
        size_(kBlockVectors * lanes_) {}

  int64_t count() const { return classes_ / size_ + (classes_ % size_ != 0 ? 1 : 0); }

  // Vectors in block k, a multiple of kChains.
  int64_t vectors(int64_t k) const {
    const int64_t left = classes_ - k * size_;
    const int64_t chain_size = kChains * lanes_;
    return left >= size_ ? kBlockVectors : (left + chain_size - 1) / chain_size * kChains;
  }

  // Block k, valid until block k + 2 is asked for.
  const float* block(int64_t k) {
    const float* const begin = row_ + k * size_;
    const int64_t left = classes_ - k * size_;
    const bool has_target = target_ >= k * size_ && target_ - k * size_ < size_;
    if (left >= size_ && !has_target) return begin;
    float* const copy = copies_[k % 2];
    const int64_t length = left < size_ ? left : size_;
    std::memcpy(copy, begin, static_cast<size_t>(length) * sizeof(float));
    for (int64_t i = length; i < vectors(k) * lanes_; ++i) copy[i] = kMinusInfinity;
    if (has_target) copy[target_ - k * size_] = kMinusInfinity;
    return copy;
  }

 private:
  const float* row_;
  int64_t classes_;
  int64_t target_;
  int64_t lanes_;
  int64_t size_;
  alignas(64) float copies_[2][kBlockVectors * kMaxLanes];
};

// The tail of a row, tail.h. target < 0: of the whole row.
//
// Arithmetic is how a group is summed: NarrowSum or a WideSum. Its add_group adds e^(x - shift) over kVectors
// vectors to sum; with kLookAhead, it also takes the maximum over the vectors at `next`, whose loads from
// memory then overlap this group's arithmetic.
template <class Arithmetic>
HWY_INLINE Tail row_tail(const float* row, int64_t classes, int64_t target) {
  const Floats f;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(f));
  Blocks blocks(row, classes, target);
  const int64_t count = blocks.count();
  Sum sum = zero();
  float max = kMinusInfinity;
  typename Arithmetic::Shift shift(0);  // max, or 0 while every logit is -inf: -inf - -inf would be NaN
  const float* x = blocks.block(0);
  FloatVec largest = max_of(x, blocks.vectors(0), hn::Set(f, kMinusInfinity));
  for (int64_t k = 0; k < count; ++k) {
    const float block_max = hn::GetLane(hn::MaxOfLanes(f, largest));
    if (HWY_UNLIKELY(block_max > max)) {
      if (k > 0) multiply(sum, Arithmetic::rescaling(max, block_max));
      max = block_max;
      shift = typename Arithmetic::Shift(max);
    }
    const bool has_next = k + 1 < count;
    const float* const next = has_next ? blocks.block(k + 1) : nullptr;
    if (HWY_LIKELY(has_next && blocks.vectors(k + 1) == kBlockVectors)) {
      for (int64_t i = 0; i < kBlockVectors; i += kGroup) {
        Arithmetic::template add_group<kGroup, true>(sum, x + i * lanes, shift, next + i * lanes, largest);
      }
    } else {
      if (has_next) largest = max_of(next, blocks.vectors(k + 1), largest);
      const int64_t vectors = blocks.vectors(k);
      int64_t i = 0;
      for (; i + kGroup <= vectors; i += kGroup)
        Arithmetic::template add_group<kGroup, false>(sum, x + i * lanes, shift, nullptr, largest);
      for (; i < vectors; i += kChains) {
        Arithmetic::template add_group<kChains, false>(sum, x + i * lanes, shift, nullptr, largest);
      }
    }
    x = next;
  }
  return {max, total(sum) * Arithmetic::normalisation(max)};
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_ROW_INL_H
