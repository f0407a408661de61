#include "bench/read_limit.h"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/read_limit.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::bench {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr std::size_t kPlaces = 4;
// Two loads a cycle, four cycles to an addition.
inline constexpr std::size_t kAccumulators = 8;
inline constexpr std::size_t kAtOnce = kAccumulators / kPlaces;  // vectors of one place

float sum_of(const float* HWY_RESTRICT x, std::size_t count) {
  const hn::ScalableTag<float> f;
  const std::size_t lanes = hn::Lanes(f);
  const std::size_t step = kAtOnce * lanes;
  const std::size_t length = count / kPlaces / step * step;  // of one place
  hn::Vec<decltype(f)> sum[kAccumulators];
  for (auto& s : sum) s = hn::Zero(f);
  for (std::size_t offset = 0; offset < length; offset += step) {
#pragma GCC unroll 8
    for (std::size_t k = 0; k < kAccumulators; ++k) {
      const float* const place = x + k / kAtOnce * length + offset;
      sum[k] = hn::Add(sum[k], hn::LoadU(f, place + k % kAtOnce * lanes));
    }
  }
  std::size_t i = kPlaces * length;
  for (; i + lanes <= count; i += lanes) sum[0] = hn::Add(sum[0], hn::LoadU(f, x + i));
  for (std::size_t width = kAccumulators / 2; width > 0; width /= 2) {
    for (std::size_t k = 0; k < width; ++k) sum[k] = hn::Add(sum[k], sum[k + width]);
  }
  float total = hn::GetLane(hn::SumOfLanes(f, sum[0]));
  for (; i < count; ++i) total += x[i];
  return total;
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
HWY_EXPORT(target_name);

float sum(std::span<const float> x) {
  return HWY_DYNAMIC_DISPATCH(sum_of)(x.data(), x.size());
}

std::span<const float> share(std::span<const float> x, int thread, int threads) {
  constexpr std::size_t kLine = 16;  // floats
  const std::size_t lines = (x.size() + kLine - 1) / kLine;
  const auto cut = [&](int t) {
    return std::min(x.size(),
                    lines * static_cast<std::size_t>(t) / static_cast<std::size_t>(threads) * kLine);
  };
  return x.subspan(cut(thread), cut(thread + 1) - cut(thread));
}

const char* simd_target() {
  return HWY_DYNAMIC_DISPATCH(target_name)();
}

}  // namespace xent::bench
#endif  // HWY_ONCE
