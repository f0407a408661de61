// What comes before anything is timed.
#ifndef XENT_BENCH_WARM_UP_H
#define XENT_BENCH_WARM_UP_H

#include <chrono>

namespace xent::bench {

// A processor that has slept is at full speed after some milliseconds, and another process may have had the
// caches meanwhile.
inline constexpr auto kWarmUp = std::chrono::milliseconds(20);

// Calls f at least once, and until it has been at it for kWarmUp.
template <typename F>
void warm_up(const F& f) {
  const auto begin = std::chrono::steady_clock::now();
  do f();
  while (std::chrono::steady_clock::now() - begin < kWarmUp);
}

}  // namespace xent::bench

#endif  // XENT_BENCH_WARM_UP_H
