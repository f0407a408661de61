#include "bench/measurement.h"

#include <gtest/gtest.h>

namespace xent::bench {
namespace {

constexpr Shape kSmall = {2, 3, true};
constexpr Shape kLarge = {2, 4, true};

TEST(Measurement, MedianOfOddAndEvenCounts) {
  const double odd[] = {3, 1, 2};
  EXPECT_EQ(summary(odd).median, 2);
  EXPECT_EQ(summary(odd).min, 1);
  EXPECT_EQ(summary(odd).max, 3);
  const double even[] = {8, 1, 2, 4};
  EXPECT_EQ(summary(even).median, 3);
  const double one[] = {7};
  EXPECT_EQ(summary(one).median, 7);
}

TEST(Measurement, RatioIsToTheSameWorkloadAndThreads) {
  const std::vector<Measurement> all = {{"a", kSmall, 1, {6, 8, 100}, {}},
                                        {kReadLimit, kLarge, 1, {1}, {}},
                                        {kReadLimit, kSmall, 2, {2}, {}},
                                        {kReadLimit, kSmall, 1, {4, 3, 5}, {}},
                                        {"wrong", kSmall, 1, {}, "it is wrong"}};
  EXPECT_EQ(ratio_to_read_limit(all[0], all), 2);
  EXPECT_EQ(ratio_to_read_limit(all[3], all), 1);
  EXPECT_EQ(ratio_to_read_limit(all[4], all), std::nullopt);
}

TEST(Measurement, NoRatioWithoutALimit) {
  const std::vector<Measurement> all = {{"a", kSmall, 1, {1}, {}}};
  EXPECT_EQ(ratio_to_read_limit(all[0], all), std::nullopt);
}

}  // namespace
}  // namespace xent::bench
