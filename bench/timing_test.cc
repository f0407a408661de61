#include "bench/timing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "bench/testing.h"

namespace xent::bench {
namespace {

constexpr Shape kTimedShape = {20, 50, true};

xent_status sleeps_a_while(const xent_problem*, xent_result*) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return XENT_OK;
}

xent_status fails(const xent_problem*, xent_result*) {
  return XENT_FAILED;
}

template <xent_status (*compute)(const xent_problem*, xent_result*)>
reference::Expected<const xent_implementation*> found() {
  static xent_implementation implementation = {};
  implementation.compute = compute;
  return &implementation;
}

// Questions: forward in two formats, then forward and gradient.
class Timing : public testing::Test {
 protected:
  Timing() {
    workloads_.emplace_back(kTimedShape, *kForward.format, 1);
    workloads_.emplace_back(kTimedShape, *kNarrow.format, 1);
  }

  void enter(const char* name, const Host::Find& find, const std::vector<Standing>& standings) {
    contenders_.push_back({name, "", Host(find, {}, workloads_), standings});
  }

  std::vector<Measurement> timed(bool even_if_wrong) {
    const Question questions[] = {kForward, kNarrow, kGradient};
    return time_all(workloads_, questions, contenders_, even_if_wrong, {.repetitions = 3, .seconds = 0.001});
  }

 private:
  std::vector<Workload> workloads_;
  std::vector<Contender> contenders_;
};

const Standing kGood;
const Standing kWrong = {"", "a case", "why"};
const Standing kNotCovered = {"no such claim", "", ""};

TEST_F(Timing, RowsAreInTheOrderOfTheTableAndTimesAreForEachElement) {
  enter("sleeper", found<sleeps_a_while>, {kGood, kNotCovered, kGood});
  enter("failure", found<fails>, {kGood, kGood, kNotCovered});
  enter("wrong", found<sleeps_a_while>, {kWrong, kNotCovered, kNotCovered});
  const auto rows = timed(false);
  struct Expected {
    const char* implementation;
    Question question;
    int threads;
  };
  const Expected expected[] = {
      {"sleeper", kForward, 1},     {"failure", kForward, 1},     {"wrong", kForward, 1},
      {"read limit", kForward, 1},  {"sleeper", kForward, 2},     {"failure", kForward, 2},
      {"wrong", kForward, 2},       {"read limit", kForward, 2},  {"failure", kNarrow, 1},
      {"read limit", kNarrow, 1},   {"failure", kNarrow, 2},      {"read limit", kNarrow, 2},
      {"sleeper", kGradient, 1},    {"copy limit", kGradient, 1}, {"sleeper", kGradient, 2},
      {"copy limit", kGradient, 2},
  };
  ASSERT_EQ(rows.size(), std::size(expected));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].implementation, expected[i].implementation) << i;
    EXPECT_EQ(rows[i].question, expected[i].question) << i;
    EXPECT_EQ(rows[i].threads, expected[i].threads) << i;
    const bool refused = rows[i].implementation == "failure" || rows[i].implementation == "wrong";
    EXPECT_EQ(rows[i].refused.empty(), !refused) << i;
    EXPECT_EQ(rows[i].ns_per_element.size(), refused ? 0u : 3u) << i;
    // A sleep is never shorter than asked: 1 ms for 1000 elements.
    for (const double ns : rows[i].ns_per_element)
      EXPECT_GT(ns, rows[i].implementation == "sleeper" ? 999.9 : 0) << i;
  }
  EXPECT_EQ(rows[1].refused, "returned status 5");
  EXPECT_EQ(rows[2].refused, "why");
  EXPECT_EQ(rows[2].fails_golden, "a case");
}

TEST_F(Timing, WhatIsWrongIsTimedIfTold) {
  enter("wrong", found<sleeps_a_while>, {kWrong, kWrong, kNotCovered});
  const auto rows = timed(true);
  EXPECT_EQ(rows[0].refused, "");
  EXPECT_EQ(rows[0].fails_golden, "a case");
  EXPECT_EQ(rows[0].ns_per_element.size(), 3u);
}

}  // namespace
}  // namespace xent::bench
