#include "bench/measurement.h"

#include <gtest/gtest.h>

#include "bench/testing.h"

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

Measurement measured(const char* name, const Question& question, const Shape& shape, int threads,
                     std::vector<double> ns) {
  return {name, question, shape, threads, std::move(ns), {}, {}};
}

TEST(Measurement, RatioIsToTheLimitOfTheSameQuestionWorkloadAndThreads) {
  const std::vector<Measurement> all = {measured("a", kForward, kSmall, 1, {6, 8, 100}),
                                        measured("read limit", kForward, kLarge, 1, {1}),
                                        measured("read limit", kForward, kSmall, 2, {2}),
                                        measured("read limit", kNarrow, kSmall, 1, {0.5}),
                                        measured("copy limit", kGradient, kSmall, 1, {16}),
                                        measured("read limit", kForward, kSmall, 1, {4, 3, 5}),
                                        measured("a", kGradient, kSmall, 1, {24}),
                                        measured("refused", kForward, kSmall, 1, {})};
  EXPECT_EQ(ratio_to_limit(all[0], all), 2);
  EXPECT_EQ(ratio_to_limit(all[5], all), 1);
  EXPECT_EQ(ratio_to_limit(all[6], all), 1.5);
  EXPECT_EQ(ratio_to_limit(all[7], all), std::nullopt);
}

TEST(Measurement, NoRatioWithoutALimit) {
  const std::vector<Measurement> all = {measured("a", kForward, kSmall, 1, {1})};
  EXPECT_EQ(ratio_to_limit(all[0], all), std::nullopt);
}

}  // namespace
}  // namespace xent::bench
