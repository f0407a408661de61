#include "bench/timing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace xent::bench {
namespace {

constexpr Shape kTimedShape = {20, 50, true};

xent_status sleeps(const xent_problem*, xent_result*) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return XENT_OK;
}

xent_status fails(const xent_problem*, xent_result*) {
  return XENT_FAILED;
}

xent_implementation implementation(xent_status (*compute)(const xent_problem*, xent_result*)) {
  xent_implementation implementation = {};
  implementation.compute = compute;
  return implementation;
}

TEST(Timing, RowsAreInTheOrderOfTheTableAndTimesAreForEachElement) {
  const xent_implementation sleeper = implementation(sleeps);
  const xent_implementation failure = implementation(fails);
  std::vector<Workload> workloads;
  workloads.emplace_back(kTimedShape, 1);
  const auto rows =
      time_all(workloads, {{"sleeper", &sleeper, ""}, {"failure", &failure, ""}, {"wrong", &sleeper, "why"}},
               {.repetitions = 3, .seconds = 0.001});
  ASSERT_EQ(rows.size(), 4u * kMaxThreads);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const char* const names[] = {"sleeper", "failure", "wrong", kReadLimit};
    EXPECT_EQ(rows[i].implementation, names[i % 4]);
    EXPECT_EQ(rows[i].threads, static_cast<int>(i / 4) + 1);
  }
  // A sleep is never shorter than asked: 1 ms for 1000 elements.
  ASSERT_EQ(rows[0].ns_per_element.size(), 3u);
  for (const double ns : rows[0].ns_per_element) EXPECT_GE(ns, 1000);
  EXPECT_EQ(rows[1].refused, "returned status 5");
  EXPECT_TRUE(rows[1].ns_per_element.empty());
  EXPECT_EQ(rows[2].refused, "why");
  EXPECT_TRUE(rows[2].ns_per_element.empty());
  ASSERT_EQ(rows[7].ns_per_element.size(), 3u);
  for (const double ns : rows[7].ns_per_element) EXPECT_GT(ns, 0);
}

}  // namespace
}  // namespace xent::bench
