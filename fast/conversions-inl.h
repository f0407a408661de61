// Logits of 16 bits become floats, and floats gradients of 16 bits. Compiled once for every SIMD target.
#if defined(XENT_FAST_CONVERSIONS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_CONVERSIONS_INL_H
#undef XENT_FAST_CONVERSIONS_INL_H
#else
#define XENT_FAST_CONVERSIONS_INL_H
#endif

#include <cstdint>
#include <cstring>

#include "fast/element.h"
#include "fast/row-inl.h"
#include "hwy/highway.h"
#include "reference/xent.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Less than a vector, 0 for the rest.
HWY_INLINE FloatVec load_few(const float* x, int64_t count) {
  const Floats f;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  // By instructions that touch nothing else; elsewhere Highway would.
  return hn::MaskedLoad(hn::FirstN(f, static_cast<size_t>(count)), f, x);
#else
  alignas(64) float padded[kMaxLanes] = {};
  std::memcpy(padded, x, static_cast<size_t>(count) * sizeof(float));
  return hn::Load(f, padded);
#endif
}

// What is of 16 bits is converted a block at a time.
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
inline HWY_NOINLINE void narrow(const float* x, int64_t count, hwy::bfloat16_t* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = rounded_to_bfloat16(x[i]);
}
inline HWY_NOINLINE void narrow(const float* x, int64_t count, hwy::float16_t* out) {
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

// The first element from which on vectors may be streamed.
HWY_INLINE int64_t misaligned(const float* out) {
  const auto size = static_cast<uintptr_t>(hn::Lanes(Floats()) * sizeof(float));
  const uintptr_t beyond = reinterpret_cast<uintptr_t>(out) % size;
  return beyond == 0 ? 0 : static_cast<int64_t>((size - beyond) / sizeof(float));
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_CONVERSIONS_INL_H
