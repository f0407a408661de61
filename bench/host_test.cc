#include "bench/host.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "bench/testing.h"
#include "fast/implementations.h"
#include "properties/declaration.h"

namespace xent::bench {
namespace {

constexpr const char* kVariable = "XENT_HOST_TEST";

std::vector<Workload> host_workloads() {
  std::vector<Workload> all;
  all.emplace_back(Shape{3, 10, false}, *kForward.format, 1);
  all.emplace_back(Shape{20, 50, false}, *kForward.format, 1);
  return all;
}

Host::Find finds(const xent_implementation* implementation) {
  return [=]() -> reference::Expected<const xent_implementation*> { return implementation; };
}

// An implementation of one function, named by the environment.
Host::Find finds(xent_status (*compute)(const xent_problem*, xent_result*)) {
  return [=]() -> reference::Expected<const xent_implementation*> {
    static xent_implementation implementation = {};
    implementation.name = getenv(kVariable) == nullptr ? "unset" : getenv(kVariable);
    implementation.version = "1";
    implementation.compute = compute;
    return &implementation;
  };
}

TEST(Host, TellsWhatAnImplementationCallsItself) {
  Host host(finds(fast::fast_implementation()), {}, {});
  EXPECT_EQ(*host.identity(), "xent-fast 0.1.0");
}

TEST(Host, SetsTheEnvironmentOfItsOwnProcessOnly) {
  const auto ok = [](const xent_problem*, xent_result*) -> xent_status { return XENT_OK; };
  Host set(finds(ok), {{kVariable, "set"}}, {});
  EXPECT_EQ(*set.identity(), "set 1");
  EXPECT_EQ(getenv(kVariable), nullptr);
  EXPECT_EQ(*Host(finds(ok), {}, {}).identity(), "unset 1");
}

TEST(Host, WhatIsNotFoundIsAnError) {
  Host host([]() -> reference::Expected<const xent_implementation*> { return reference::Error{"not there"}; },
            {}, {});
  EXPECT_EQ(host.identity().error().message, "not there");
}

TEST(Host, ExaminesClaimsAndGoldenCases) {
  const auto stable = Host(finds(fast::stable_implementation()), {}, {}).examine(kForward);
  ASSERT_TRUE(stable);
  EXPECT_EQ(stable->not_covered, "");
  EXPECT_EQ(stable->wrong, "");
  Host host(finds(fast::naive_implementation()), {}, {});
  const auto naive = host.examine(kForward);
  ASSERT_TRUE(naive);
  EXPECT_EQ(naive->not_covered, "");
  EXPECT_TRUE(naive->wrong.starts_with("golden case '" + naive->fails_golden + "'")) << naive->wrong;
  xent_claim claim = *properties::find_claim(*fast::naive_implementation(), kLoss);
  claim.grad_formats = 0;
  xent_implementation forward_only = *fast::naive_implementation();
  forward_only.claims = &claim;
  forward_only.claim_count = 1;
  EXPECT_EQ(Host(finds(&forward_only), {}, {}).examine(kGradient)->not_covered,
            "does not declare binary32 gradients");
}

// Sleeps for as many milliseconds as it is allowed threads, and fails where something else is asked than the
// second workload with its gradient.
xent_status sleeps(const xent_problem* problem, xent_result* result) {
  if (problem->classes != 50 || result->grad.data == nullptr) return XENT_INVALID;
  std::this_thread::sleep_for(std::chrono::milliseconds(problem->threads));
  return XENT_OK;
}

TEST(Host, TimesAsManyCallsOfTheTaskAsAsked) {
  const auto all = host_workloads();
  Host host(finds(sleeps), {}, all);
  const auto twice = host.seconds({1, kGradient.operation, 1}, 2);
  ASSERT_TRUE(twice) << twice.error().message;
  EXPECT_GE(*twice, 0.002);  // a sleep is never shorter than asked
  const auto five = host.seconds({1, kGradient.operation, 3}, 5);
  ASSERT_TRUE(five);
  EXPECT_GE(*five, 0.015);
  EXPECT_EQ(host.seconds({0, kGradient.operation, 1}, 1).error().message, "returned status 2");
  EXPECT_EQ(host.seconds({1, kForward.operation, 1}, 1).error().message, "returned status 2");
}

TEST(Host, ACrashIsAnError) {
  const auto crash = [](const xent_problem*, xent_result*) -> xent_status {
    raise(SIGKILL);
    return XENT_OK;
  };
  const auto all = host_workloads();
  Host host(finds(crash), {}, all);
  EXPECT_EQ(host.seconds({0, kForward.operation, 1}, 1).error().message,
            "its process was ended by signal 9 (Killed)");
}

}  // namespace
}  // namespace xent::bench
