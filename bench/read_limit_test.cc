#include "bench/read_limit.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace xent::bench {
namespace {

// Integers whose partial sums stay below 2^24, so that the sum is exact in any order.
std::vector<float> integers(std::size_t count) {
  std::vector<float> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 30);
  return x;
}

std::int64_t exact_sum(std::span<const float> x) {
  return std::accumulate(x.begin(), x.end(), std::int64_t{0},
                         [](std::int64_t s, float v) { return s + static_cast<std::int64_t>(v); });
}

TEST(ReadLimit, SumsIntegersExactlyForEveryLengthAndAlignment) {
  const std::vector<float> x = integers(700);
  for (std::size_t begin = 0; begin < 17; ++begin) {
    for (std::size_t count = 0; begin + count <= x.size(); ++count) {
      const std::span<const float> part = std::span(x).subspan(begin, count);
      ASSERT_EQ(sum(part), static_cast<float>(exact_sum(part))) << begin << " + " << count;
    }
  }
}

TEST(ReadLimit, SumsALargeBufferExactly) {
  const std::vector<float> x = integers(100003);
  EXPECT_EQ(sum(x), static_cast<float>(exact_sum(x)));
}

TEST(ReadLimit, SharesAreConsecutiveAndAreEverything) {
  const std::vector<float> x = integers(1000);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16},
                                 std::size_t{17}, std::size_t{33}, x.size()}) {
    const std::span<const float> all = std::span(x).first(size);
    for (int threads = 1; threads <= 5; ++threads) {
      const float* next = all.data();
      for (int t = 0; t < threads; ++t) {
        const auto mine = share(all, t, threads);
        EXPECT_EQ(mine.data(), next);
        next += mine.size();
      }
      EXPECT_EQ(next, all.data() + all.size()) << size << " on " << threads;
    }
  }
}

TEST(ReadLimit, TwoSharesOfAWholeBufferAreEqual) {
  const std::vector<float> x = integers(4096);
  EXPECT_EQ(share(x, 0, 2).size(), share(x, 1, 2).size());
}

}  // namespace
}  // namespace xent::bench
