#include "properties/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "properties/judge.h"
#include "properties/mutants.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

using reference::Number;

Trial wide_trial() {
  Trial trial;
  auto& p = trial.problem;
  p.loss = "softmax_cross_entropy";
  p.rows = 5;
  p.classes = 40;
  for (int i = 0; i < 200; ++i) p.input.emplace_back(i * 1.37 - 100);
  p.targets = {3, 17, 39, 0, 22};
  p.base = Number(2.0);
  p.threads = 2;
  p.reduction = XENT_MEAN;
  p.input_format = XENT_BINARY64;
  p.loss_format = XENT_BINARY64;
  return trial;
}

constexpr std::int64_t kBudget = 10000000;

TEST(Shrink, LeavesOneClassWhenAnythingFails) {
  const Shrunk shrunk = shrink(
      wide_trial(), [](const Trial& t) { return t.problem.rows > 0; }, kBudget);
  const auto& p = shrunk.trial.problem;
  EXPECT_EQ(p.rows, 1);
  EXPECT_EQ(p.classes, 1);
  EXPECT_TRUE(p.input[0].is_zero());
  EXPECT_TRUE(p.base.is_zero());
  EXPECT_EQ(p.threads, 1);
  EXPECT_EQ(p.reduction, XENT_NONE);
}

TEST(Shrink, KeepsWhatTheFailureNeeds) {
  const auto needs = [](const Trial& t) {
    const auto& input = t.problem.input;
    return t.problem.classes >= 3 &&
           std::any_of(input.begin(), input.end(), [](const Number& x) { return Number(50.0) < x; });
  };
  const Shrunk shrunk = shrink(wide_trial(), needs, kBudget);
  EXPECT_EQ(shrunk.trial.problem.classes, 3);
  EXPECT_EQ(shrunk.trial.problem.rows, 1);
  EXPECT_TRUE(needs(shrunk.trial));
}

TEST(Shrink, KeepsTheProblemWellFormed) {
  shrink(
      wide_trial(),
      [](const Trial& t) {
        EXPECT_FALSE(reference::validate(t.problem).has_value());
        return t.problem.classes > 2;
      },
      kBudget);
}

TEST(Shrink, StopsAtItsBudget) {
  int judged = 0;
  shrink(
      wide_trial(), [&](const Trial&) { return ++judged > 0; }, 1000);
  EXPECT_LE(judged, 10);
}

TEST(Replay, JudgesTheSameTrialAgain) {
  const Mutant& mutant = *find_mutant("log_instead_of_log1p");
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = "small_loss";
  const Report report = check(*mutant.implementation, options);
  ASSERT_FALSE(report.laws.at(0).failures.empty());
  const Failure& failure = report.laws[0].failures[0];
  EXPECT_LE(failure.trial.problem.classes, 2);
  const auto again = trial_of_line(case_line(failure.trial, "small_loss"));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(case_line(*again, "small_loss"), case_line(failure.trial, "small_loss"));
  const Outcome outcome = replay(*mutant.implementation, *find_law("small_loss"), *again);
  EXPECT_EQ(outcome.kind, Outcome::Kind::fail);
  EXPECT_EQ(outcome.message, failure.message);
}

}  // namespace
}  // namespace xent::properties
