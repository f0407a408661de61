#include "bench/limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace xent::bench {
namespace {

using Words = std::vector<std::uint32_t>;

// Words that use all 32 bits, so that sums wrap around.
Words words(std::size_t count) {
  Words x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<std::uint32_t>(i + 1) * 2654435761u;
  return x;
}

std::uint32_t plain_sum(std::span<const std::uint32_t> x) {
  return std::accumulate(x.begin(), x.end(), std::uint32_t{0});
}

TEST(ReadLimit, SumsEveryLengthAndAlignment) {
  const Words x = words(700);
  for (std::size_t begin = 0; begin < 17; ++begin) {
    for (std::size_t count = 0; begin + count <= x.size(); ++count) {
      const auto part = std::span(x).subspan(begin, count);
      ASSERT_EQ(sum(part), plain_sum(part)) << begin << " + " << count;
    }
  }
}

TEST(ReadLimit, SumsALargeBuffer) {
  const Words x = words(100003);
  EXPECT_EQ(sum(x), plain_sum(x));
}

TEST(CopyLimit, CopiesEveryLengthAndAlignmentAndNothingElse) {
  constexpr std::uint32_t kUntouched = 0xdeadbeef;
  constexpr std::size_t kMost = 100;
  const Words from = words(kMost);
  for (std::size_t begin = 0; begin < 17; ++begin) {
    for (std::size_t count = 0; count <= kMost; ++count) {
      Words to(kMost + 40, kUntouched);
      copy(std::span(from).first(count), std::span(to).subspan(begin, count));
      Words expected(to.size(), kUntouched);
      std::copy_n(from.begin(), count, expected.begin() + static_cast<std::ptrdiff_t>(begin));
      ASSERT_EQ(to, expected) << begin << " + " << count;
    }
  }
}

TEST(CopyLimit, CopiesALargeBuffer) {
  const Words from = words(100003);
  Words to(from.size());
  copy(from, to);
  EXPECT_EQ(to, from);
}

TEST(CopyLimit, WhatHasRoomIsCopiedAndTheRestOfTheRoomIsZero) {
  const Words from = words(100);
  for (const std::size_t count : {0, 1, 40, 99}) {
    Words larger(100, 7);
    copy(std::span(from).first(count), larger);
    for (std::size_t i = 0; i < larger.size(); ++i) ASSERT_EQ(larger[i], i < count ? from[i] : 0) << i;
    Words smaller(count);
    copy(from, smaller);
    EXPECT_TRUE(std::equal(smaller.begin(), smaller.end(), from.begin()));
  }
}

TEST(AddLimit, AddsEveryLengthAndAlignmentAndWritesNothingElse) {
  constexpr std::uint32_t kUntouched = 0xdeadbeef;
  constexpr std::size_t kMost = 100;
  const Words a = words(kMost);
  const Words b = words(2 * kMost);
  for (std::size_t begin = 0; begin < 17; ++begin) {
    for (std::size_t count = 0; count <= kMost; ++count) {
      Words to(kMost + 40, kUntouched);
      add(std::span(a).first(count), std::span(b).subspan(begin, count), std::span(to).subspan(begin, count));
      Words expected(to.size(), kUntouched);
      for (std::size_t i = 0; i < count; ++i) expected[begin + i] = a[i] + b[begin + i];
      ASSERT_EQ(to, expected) << begin << " + " << count;
    }
  }
}

TEST(Share, SharesAreConsecutiveAndAreEverything) {
  const Words x = words(1000);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16},
                                 std::size_t{17}, std::size_t{33}, x.size()}) {
    const std::span<const std::uint32_t> all = std::span(x).first(size);
    for (int threads = 1; threads <= 5; ++threads) {
      const std::uint32_t* next = all.data();
      for (int t = 0; t < threads; ++t) {
        const auto mine = share(all, t, threads);
        EXPECT_EQ(mine.data(), next);
        next += mine.size();
      }
      EXPECT_EQ(next, all.data() + all.size()) << size << " on " << threads;
    }
  }
}

TEST(Share, SharesOfTrafficAreThoseOfEachBuffer) {
  const Words logits = words(100);
  const Words labels = words(200);
  Words results(300);
  for (int thread = 0; thread < 3; ++thread) {
    const Traffic mine = share(Traffic{logits, labels, results}, thread, 3);
    const auto is_share = [&](auto part, auto all) {
      const auto expected = share(std::span(all), thread, 3);
      return part.data() == expected.data() && part.size() == expected.size();
    };
    EXPECT_TRUE(is_share(mine.logits, std::span<const std::uint32_t>(logits)));
    EXPECT_TRUE(is_share(mine.labels, std::span<const std::uint32_t>(labels)));
    EXPECT_TRUE(is_share(mine.results, std::span<std::uint32_t>(results)));
  }
}

TEST(Share, TwoSharesOfAWholeBufferAreEqual) {
  const Words x = words(4096);
  EXPECT_EQ(share(std::span(x), 0, 2).size(), share(std::span(x), 1, 2).size());
}

}  // namespace
}  // namespace xent::bench
