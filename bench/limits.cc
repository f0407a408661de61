#include "bench/limits.h"

#include <algorithm>
#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/limits.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::bench {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr std::size_t kPlaces = 4;
// Two loads a cycle, each added to what an earlier one left: enough for any latency of an addition.
inline constexpr std::size_t kAccumulators = 8;
inline constexpr std::size_t kAtOnce = kAccumulators / kPlaces;  // vectors of one place

std::uint32_t sum_of(const std::uint32_t* HWY_RESTRICT x, std::size_t count) {
  const hn::ScalableTag<std::uint32_t> d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t step = kAtOnce * lanes;
  const std::size_t length = count / kPlaces / step * step;  // of one place
  hn::Vec<decltype(d)> sum[kAccumulators];
  for (auto& s : sum) s = hn::Zero(d);
  for (std::size_t offset = 0; offset < length; offset += step) {
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kAccumulators; ++k) {
      const std::uint32_t* const place = x + k / kAtOnce * length + offset;
      sum[k] = hn::Add(sum[k], hn::LoadU(d, place + k % kAtOnce * lanes));
    }
  }
  std::size_t i = kPlaces * length;
  for (; i + lanes <= count; i += lanes) sum[0] = hn::Add(sum[0], hn::LoadU(d, x + i));
  for (std::size_t width = kAccumulators / 2; width > 0; width /= 2) {
    for (std::size_t k = 0; k < width; ++k) sum[k] = hn::Add(sum[k], sum[k + width]);
  }
  // By hand: GCC's reduction of 16 lanes adds them as signed numbers, which may overflow.
  alignas(HWY_MAX_BYTES) std::uint32_t of_lanes[HWY_MAX_BYTES / sizeof(std::uint32_t)];
  hn::Store(sum[0], d, of_lanes);
  std::uint32_t total = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) total += of_lanes[lane];
  for (; i < count; ++i) total += x[i];
  return total;
}

// Stores word(i) and, for whole vectors, vector(i) at every place i of `to`.
template <typename Word, typename Vector>
void stream(std::uint32_t* HWY_RESTRICT to, std::size_t count, const Word& word, const Vector& vector) {
  const hn::ScalableTag<std::uint32_t> d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t misaligned = reinterpret_cast<std::uintptr_t>(to) / sizeof *to % lanes;
  std::size_t i = 0;
  for (const std::size_t head = std::min(count, (lanes - misaligned) % lanes); i < head; ++i) to[i] = word(i);
  for (; i + lanes <= count; i += lanes) hn::Stream(vector(i), d, to + i);
  for (; i < count; ++i) to[i] = word(i);
  hwy::FlushStream();
}

void copy_of(const std::uint32_t* HWY_RESTRICT from, std::uint32_t* HWY_RESTRICT to, std::size_t count) {
  const hn::ScalableTag<std::uint32_t> d;
  stream(
      to, count, [=](std::size_t i) { return from[i]; },
      [=](std::size_t i) { return hn::LoadU(d, from + i); });
}

void clear(std::uint32_t* HWY_RESTRICT to, std::size_t count) {
  const hn::ScalableTag<std::uint32_t> d;
  stream(
      to, count, [](std::size_t) { return 0u; }, [=](std::size_t) { return hn::Zero(d); });
}

void add_of(const std::uint32_t* HWY_RESTRICT a, const std::uint32_t* HWY_RESTRICT b,
            std::uint32_t* HWY_RESTRICT to, std::size_t count) {
  const hn::ScalableTag<std::uint32_t> d;
  stream(
      to, count, [=](std::size_t i) { return a[i] + b[i]; },
      [=](std::size_t i) { return hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, b + i)); });
}

const char* target_name() {
  return hwy::TargetName(HWY_TARGET);
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xent::bench {

HWY_EXPORT(sum_of);
HWY_EXPORT(copy_of);
HWY_EXPORT(clear);
HWY_EXPORT(add_of);
HWY_EXPORT(target_name);

std::uint32_t sum(std::span<const std::uint32_t> x) {
  return HWY_DYNAMIC_DISPATCH(sum_of)(x.data(), x.size());
}

void copy(std::span<const std::uint32_t> from, std::span<std::uint32_t> to) {
  const std::size_t count = std::min(from.size(), to.size());
  HWY_DYNAMIC_DISPATCH(copy_of)(from.data(), to.data(), count);
  HWY_DYNAMIC_DISPATCH(clear)(to.data() + count, to.size() - count);
}

void add(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::span<std::uint32_t> to) {
  assert(a.size() == to.size() && b.size() == to.size());
  HWY_DYNAMIC_DISPATCH(add_of)(a.data(), b.data(), to.data(), to.size());
}

const char* simd_target() {
  return HWY_DYNAMIC_DISPATCH(target_name)();
}

}  // namespace xent::bench
#endif  // HWY_ONCE
