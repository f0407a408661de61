#include "bench/loss_options.h"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

#include "bench/testing.h"
#include "bench/workloads.h"
#include "reference/losses.h"

namespace xent::bench {
namespace {

constexpr Shape kOptionsShape = {9, 5, false};

// Names say what is asked: of an option, of a loss, or of the gradient.
bool asks_by_name(const Operation& operation, std::string_view begin) {
  return std::string_view(operation.name).starts_with(begin);
}

bool has_loss_of_its_own(const Operation& operation) {
  return reference::find_loss(operation.name) != nullptr;
}

// Hard labels, as a golden case has them.
reference::Problem stored_case() {
  reference::Problem p;
  p.loss = kLoss;
  p.rows = 2;
  p.classes = 3;
  p.input = {0.0, 1.0, 2.0, 3.0, 4.0, 5.0};
  p.input_format = p.loss_format = XENT_BINARY32;
  p.targets = {2, 1};
  return p;
}

// Nothing if the case cannot be asked so.
std::optional<reference::Problem> case_asked(const char* operation, reference::Problem p) {
  for (const LossOption* option : find_operation(operation)->asked()) {
    if (!option->ask_case(p)) return std::nullopt;
  }
  return p;
}

TEST(LossOptions, AWorkloadIsAskedForWhatTheOperationSaysAndNothingElse) {
  for (const std::string& format : input_formats()) {
    const Workload workload(kOptionsShape, *reference::find_format(format), 1, Labels::hard_and_soft);
    for (const Operation& operation : operations()) {
      const xent_problem p = workload.problem(operation, 2);
      SCOPED_TRACE(operation.name);
      EXPECT_EQ(p.loss, has_loss_of_its_own(operation) ? std::string_view(operation.name) : kLoss);
      EXPECT_EQ(operation.gradient, std::string_view(operation.name).ends_with("+gradient"));
      EXPECT_EQ(p.label_smoothing != 0, asks_by_name(operation, "label-smoothing"));
      EXPECT_EQ(p.temperature != 0, asks_by_name(operation, "temperature"));
      EXPECT_EQ(p.z_loss != 0, asks_by_name(operation, "z-loss"));
      EXPECT_EQ(p.class_weights.data != nullptr, asks_by_name(operation, "class-weights"));
      EXPECT_EQ(p.has_ignore_index != 0, asks_by_name(operation, "ignore-index"));
      EXPECT_EQ(p.target_probs.data != nullptr, asks_by_name(operation, "soft-labels"));
      EXPECT_EQ(p.targets.data != nullptr,
                !has_loss_of_its_own(operation) && !asks_by_name(operation, "soft-labels"));
      EXPECT_EQ(p.scale + p.softcap + p.base, 0);
      EXPECT_EQ(p.sample_weights.data, nullptr);
      EXPECT_EQ(p.upstream.data, nullptr);
      EXPECT_EQ(p.threads, 2);
    }
  }
}

TEST(LossOptions, AGoldenCaseIsAskedForTheSameWithTheSameNumbers) {
  const Workload workload(kOptionsShape, reference::format(XENT_BINARY32), 1, Labels::hard_and_soft);
  for (const Operation& operation : operations()) {
    if (has_loss_of_its_own(operation)) continue;
    SCOPED_TRACE(operation.name);
    const xent_problem timed = workload.problem(operation, 1);
    const auto p = case_asked(operation.name, stored_case());
    ASSERT_TRUE(p);
    EXPECT_FALSE(reference::check(*p));
    EXPECT_EQ(p->label_smoothing.as_double(), timed.label_smoothing);
    EXPECT_EQ(p->temperature.as_double(), timed.temperature);
    EXPECT_EQ(p->z_loss.as_double(), timed.z_loss);
    EXPECT_EQ(!p->class_weights.empty(), timed.class_weights.data != nullptr);
    EXPECT_EQ(p->ignore_index.has_value(), timed.has_ignore_index != 0);
    EXPECT_EQ(!p->target_probs.empty(), timed.target_probs.data != nullptr);
    EXPECT_EQ(!p->targets.empty(), timed.targets.data != nullptr);
  }
}

TEST(LossOptions, SoftLabelsOfACaseAreItsOwnOrHalvedHardOnes) {
  const auto soft = case_asked("soft-labels", stored_case());
  ASSERT_TRUE(soft);
  EXPECT_EQ(soft->target_probs, (std::vector<reference::Number>{0.5, 0.0, 0.5, 0.0, 0.5, 0.5}));
  EXPECT_EQ(soft->target_format, XENT_BINARY32);
  reference::Problem own = stored_case();
  own.targets.clear();
  own.target_probs = {1.0, 0.0, 0.0, 0.25, 0.25, 0.5};
  EXPECT_EQ(case_asked("soft-labels", own)->target_probs, own.target_probs);
  EXPECT_FALSE(case_asked("forward", own));
  reference::Problem ignoring = stored_case();
  ignoring.targets[1] = kIgnored;
  ignoring.ignore_index = kIgnored;
  EXPECT_FALSE(case_asked("soft-labels", ignoring));
}

TEST(LossOptions, TheOnlyClassHasAllOfItsSoftLabel) {
  reference::Problem single = stored_case();
  single.rows = single.classes = 1;
  single.input = {3.0};
  single.targets = {0};
  EXPECT_EQ(case_asked("soft-labels", single)->target_probs, std::vector<reference::Number>{1.0});
}

TEST(LossOptions, ACaseThatIgnoresNoRowGetsOne) {
  const auto p = case_asked("ignore-index", stored_case());
  ASSERT_TRUE(p);
  EXPECT_EQ(p->rows, 3);
  EXPECT_EQ(p->valid_rows(), 2);
  EXPECT_TRUE(p->is_ignored(2));
  reference::Problem own = stored_case();
  own.ignore_index = 1;
  EXPECT_EQ(case_asked("ignore-index", own)->ignore_index, 1);
  EXPECT_EQ(case_asked("ignore-index", own)->rows, 2);
}

TEST(LossOptions, WhatHasToBeReadIsLogitsOfValidRowsAndSoftLabels) {
  for (const std::string& format : input_formats()) {
    const Workload workload(kOptionsShape, *reference::find_format(format), 1, Labels::hard_and_soft);
    for (const Operation& operation : operations()) {
      SCOPED_TRACE(operation.name);
      const Traffic traffic = workload.reading(operation);
      const auto logits =
          asks_by_name(operation, "ignore-index") ? workload.words_of_valid_rows() : workload.words();
      EXPECT_EQ(traffic.logits.data(), workload.words().data());
      EXPECT_EQ(traffic.logits.size(), logits.size());
      EXPECT_EQ(traffic.labels.size(), asks_by_name(operation, "soft-labels") ? workload.words().size() : 0);
      EXPECT_TRUE(traffic.results.empty());
    }
  }
}

}  // namespace
}  // namespace xent::bench
