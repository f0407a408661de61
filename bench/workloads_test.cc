#include "bench/workloads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace xent::bench {
namespace {

// Every shape of the catalogue with few rows, and some that fill no tile.
std::vector<Shape> few_rows() {
  std::vector<Shape> all = {{3, 1, true}, {40, 255, true}, {40, 256, true}, {40, 257, true}, {40, 513, true}};
  for (const Shape& shape : shapes()) all.push_back({8, shape.classes, true});
  return all;
}

TEST(Workloads, LogitsAreFiniteAndTargetsValid) {
  for (const Shape& shape : few_rows()) {
    const Workload workload(shape, 1);
    ASSERT_EQ(workload.logits().size(), static_cast<std::size_t>(shape.elements()));
    ASSERT_EQ(workload.targets().size(), static_cast<std::size_t>(shape.rows));
    for (const float x : workload.logits()) ASSERT_TRUE(std::isfinite(x)) << shape.name();
    for (const std::int64_t t : workload.targets()) {
      ASSERT_GE(t, 0) << shape.name();
      ASSERT_LT(t, shape.classes) << shape.name();
    }
  }
}

TEST(Workloads, SameSeedSameBits) {
  for (const Shape& shape : few_rows()) {
    const Workload a(shape, 5);
    const Workload b(shape, 5);
    const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
    EXPECT_TRUE(std::ranges::equal(a.logits(), b.logits(), {}, bits, bits)) << shape.name();
    EXPECT_TRUE(std::ranges::equal(a.targets(), b.targets())) << shape.name();
  }
}

TEST(Workloads, OtherSeedOtherLogits) {
  const Workload a({4, 1000, true}, 1);
  const Workload b({4, 1000, true}, 2);
  EXPECT_FALSE(std::ranges::equal(a.logits(), b.logits()));
}

TEST(Workloads, BufferIsAlignedForAnyVector) {
  const Workload workload({4, 10, true}, 1);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(workload.logits().data()) % 64, 0u);
}

// The model's probabilities times the weights sum to 1 - 1 / (tiles + 1) or, if the last tile is cut, not
// much less; the noise multiplies each by e^-1 .. e, and rounding by less than that leaves room for.
TEST(Workloads, RowsAreNearlyNormalised) {
  const Workload workload({32, 50257, true}, 1);
  for (std::size_t r = 0; r < 32; ++r) {
    const auto row = workload.logits().subspan(r * 50257, 50257);
    const double sum = std::accumulate(row.begin(), row.end(), 0.0,
                                       [](double s, float x) { return s + std::exp(double{x}); });
    EXPECT_GT(sum, std::exp(-1) / 2);
    EXPECT_LT(sum, std::exp(1));
  }
}

TEST(Workloads, ProblemAndResultPointIntoTheBuffers) {
  Workload workload({4, 10, true}, 1);
  const xent_problem problem = workload.problem(2);
  EXPECT_EQ(problem.struct_size, sizeof problem);
  EXPECT_EQ(problem.input.data, workload.logits().data());
  EXPECT_EQ(problem.input.row_stride, 10);
  EXPECT_EQ(problem.targets.data, workload.targets().data());
  EXPECT_EQ(problem.threads, 2);
  EXPECT_EQ(workload.result().loss.data, workload.losses().data());
}

}  // namespace
}  // namespace xent::bench
