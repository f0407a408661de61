// The gradient of a row by its logits, from its tail. Compiled once for every SIMD target.
#if defined(XENT_FAST_GRADIENT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_GRADIENT_INL_H
#undef XENT_FAST_GRADIENT_INL_H
#else
#define XENT_FAST_GRADIENT_INL_H
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "fast/element.h"
#include "fast/exp-inl.h"
#include "fast/kernel.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "fast/wide_exp-inl.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// shares[r] = 1 / (sum + e^(x_t - max)): what e^(x_i - max) has to be multiplied by to be a probability.
//
// Domain: that of losses_of; where every other class is masked the share means nothing.
// Error: that of sum, and 2^-46: with e = e^-|max - x_t| it is 1 / (sum + e) or e / (sum e + 1), and neither
//   adds numbers of different signs.
HWY_INLINE void shares_of(const Tails& tails, int64_t rows, double* shares) {
  const Doubles f;
  const DoubleVec one = hn::Set(f, 1.0);
  for (int64_t r = 0; r < rows; r += static_cast<int64_t>(hn::Lanes(f))) {
    const DoubleVec sum = hn::Load(f, tails.sum + r);
    const DoubleVec d = hn::Sub(hn::Load(f, tails.max + r), hn::Load(f, tails.target_logit + r));
    const WideExpFactors factors = RelativeExp::of_difference(hn::Neg(hn::Abs(d)));
    const DoubleVec e = hn::Mul(factors.fraction, factors.scale);
    const auto loses = hn::Gt(d, hn::Zero(f));
    const DoubleVec divisor = hn::IfThenElse(loses, hn::Add(sum, e), hn::MulAdd(sum, e, one));
    hn::Store(hn::Div(hn::IfThenElse(loses, one, e), divisor), f, shares + r);
  }
}

// What every entry of a row but the target's is made from.
struct RowGradient {
  NarrowExp<true> exp;
  float factor;  // times kPowerUnit e^(x_i - reference)
};

// Entries of one row from logits x: e^(x - reference) factor; 0 for masked logits, but NaN where factor is.
HWY_INLINE FloatVec entries(const RowGradient& row, FloatVec x) {
  const FloatVec factor = hn::Set(Floats(), row.factor);
  const FloatVec nothing = hn::Mul(factor, hn::Zero(Floats()));
  return hn::IfThenElse(hn::Eq(x, hn::Set(Floats(), kMinusInfinity)), nothing, row.exp(x).times(factor));
}

// The first element from which on vectors may be streamed.
HWY_INLINE int64_t misaligned(const float* out) {
  const auto size = static_cast<uintptr_t>(hn::Lanes(Floats()) * sizeof(float));
  const uintptr_t beyond = reinterpret_cast<uintptr_t>(out) % size;
  return beyond == 0 ? 0 : static_cast<int64_t>((size - beyond) / sizeof(float));
}

HWY_NOINLINE void few_entries(const RowGradient& row, const float* x, int64_t classes, float* out) {
  const Floats f;
  alignas(64) float padded[kMaxLanes] = {};
  std::memcpy(padded, x, static_cast<size_t>(classes) * sizeof(float));
  hn::Store(entries(row, hn::Load(f, padded)), f, padded);
  std::memcpy(out, padded, static_cast<size_t>(classes) * sizeof(float));
}

// All entries of a row, or of a part of it, as if it had no target. The last vector, and the first where
// out is streamed to, may overlap others.
HWY_NOINLINE void all_entries(const RowGradient& row, const float* x, int64_t classes, float* out,
                              bool streams) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  if (classes < lanes) return few_entries(row, x, classes, out);
  int64_t i = 0;
  if (streams) {
    constexpr int kUnrolled = 4;
    i = misaligned(out);
    if (i > 0) hn::StoreU(entries(row, hn::LoadU(f, x)), f, out);
    for (; i + kUnrolled * lanes <= classes; i += kUnrolled * lanes) {
#pragma GCC unroll 4
      for (int64_t j = 0; j < kUnrolled; ++j)
        hn::Stream(entries(row, hn::LoadU(f, x + i + j * lanes)), f, out + i + j * lanes);
    }
  }
  for (; i + lanes <= classes; i += lanes) hn::StoreU(entries(row, hn::LoadU(f, x + i)), f, out + i);
  if (i == classes) return;
  i = classes - lanes;
  hn::StoreU(entries(row, hn::LoadU(f, x + i)), f, out + i);
}

// Logits of 16 bits become floats, and floats gradients of 16 bits, a block at a time.
inline constexpr int64_t kConverted = 256;

template <class T>
HWY_NOINLINE void widen(const T* x, int64_t count, float* out) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(load_floats(f, x + i), f, out + i);
  for (; i < count; ++i) out[i] = static_cast<float>(to_double(x[i]));
}

// To nearest, ties to even.
HWY_NOINLINE void narrow(const float* x, int64_t count, hwy::bfloat16_t* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = rounded_to_bfloat16(x[i]);
}
HWY_NOINLINE void narrow(const float* x, int64_t count, hwy::float16_t* out) {
  int64_t i = 0;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  const Floats f;
  const hn::Rebind<hwy::float16_t, Floats> half;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::DemoteTo(half, hn::LoadU(f, x + i)), half, out + i);
#endif
  for (; i < count; ++i) out[i] = rounded_to_binary16(static_cast<double>(x[i]));
}

// Where floats are, no copy is made.
HWY_INLINE const float* as_floats(xent_format format, const void* x, int64_t first, int64_t count,
                                  float* buffer) {
  switch (format) {
    case XENT_BINARY16:
      widen(static_cast<const hwy::float16_t*>(x) + first, count, buffer);
      return buffer;
    case XENT_BFLOAT16:
      widen(static_cast<const hwy::bfloat16_t*>(x) + first, count, buffer);
      return buffer;
    default:
      return static_cast<const float*>(x) + first;
  }
}
HWY_INLINE void store_narrow(xent_format format, const float* x, int64_t first, int64_t count, void* out) {
  if (format == XENT_BINARY16) return narrow(x, count, static_cast<hwy::float16_t*>(out) + first);
  narrow(x, count, static_cast<hwy::bfloat16_t*>(out) + first);
}

HWY_INLINE void gradient_row(const RowGradient& row, const Logits& logits, const Gradient& gradient) {
  const bool is_narrow = gradient.format != XENT_BINARY32;
  if (!is_narrow && logits.format == XENT_BINARY32) {
    return all_entries(row, static_cast<const float*>(logits.data), logits.classes,
                       static_cast<float*>(gradient.data), gradient.streams);
  }
  alignas(64) float x[kConverted];
  alignas(64) float entries[kConverted];
  for (int64_t i = 0; i < logits.classes; i += kConverted) {
    const int64_t count = std::min(kConverted, logits.classes - i);
    float* const out = is_narrow ? entries : static_cast<float*>(gradient.data) + i;
    all_entries(row, as_floats(logits.format, logits.data, i, count, x), count, out, false);
    if (is_narrow) store_narrow(gradient.format, out, i, count, gradient.data);
  }
}

HWY_INLINE void gradient_rows(const Logits& logits, const int64_t* targets, int64_t rows,
                              const RowFactors* factors, const Gradient& gradient) {
  for (int64_t r = 0; r < rows; ++r) {
    const Gradient out = from(gradient, r, 0);
    if (targets[r] == kIgnored) {
      const size_t size = gradient.format == XENT_BINARY32 ? sizeof(float) : sizeof(hwy::bfloat16_t);
      std::memset(out.data, 0, static_cast<size_t>(logits.classes) * size);
      continue;
    }
    const RowGradient row = {NarrowExp<true>::of_reference(factors[r].max),
                             static_cast<float>(factors[r].factor)};
    gradient_row(row, from(logits, r, 0, logits.classes), out);
    if (targets[r] < 0) continue;
    const auto entry = static_cast<float>(factors[r].target_entry);
    if (gradient.format == XENT_BINARY32) {
      static_cast<float*>(out.data)[targets[r]] = entry;
    } else {
      store_narrow(gradient.format, &entry, targets[r], 1, out.data);
    }
  }
  if (gradient.streams) hwy::FlushStream();
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_GRADIENT_INL_H
