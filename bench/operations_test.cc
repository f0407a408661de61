#include "bench/operations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "bench/testing.h"
#include "fast/implementations.h"
#include "properties/declaration.h"
#include "properties/implementations.h"

namespace xent::bench {
namespace {

constexpr std::uint32_t kAllOptions = (XENT_BIT(XENT_OPTION_HARD_TARGETS) << 1) - 1;

// One claim that covers all operations of the loss in binary32, to be spoilt a field at a time.
xent_claim covering(const char* loss = kLoss) {
  return {.loss = loss,
          .input_spaces = XENT_BIT(XENT_LOGITS),
          .input_formats = XENT_BIT(XENT_BINARY32),
          .target_formats = XENT_BIT(XENT_INT64) | XENT_BIT(XENT_BINARY32),
          .loss_formats = XENT_BIT(XENT_BINARY32),
          .grad_formats = XENT_BIT(XENT_BINARY32),
          .reductions = XENT_BIT(XENT_NONE),
          .options = kAllOptions,
          .guarantees = 0,
          .grade = "shifted",
          .summation = XENT_SEQUENTIAL,
          .compute_format = XENT_BINARY32,
          .exp_error = 0,
          .log_error = 0};
}

std::optional<std::string> missing(const std::vector<xent_claim>& claims, const Question& question) {
  xent_implementation implementation = {};
  implementation.claim_count = static_cast<std::uint32_t>(claims.size());
  implementation.claims = claims.data();
  return not_covered(implementation, question);
}

std::optional<std::string> missing(const xent_claim& claim, const Question& question) {
  return missing(std::vector{claim}, question);
}

TEST(Operations, EveryRowHasItsOwnNameAndIsFoundByIt) {
  std::set<std::string> names;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(names.insert(operation.name).second) << operation.name;
    EXPECT_EQ(find_operation(operation.name), &operation);
    EXPECT_NE(operation.description(), "");
  }
  EXPECT_EQ(find_operation("backward"), nullptr);
}

// All that is read ends in the results or in the sum.
TEST(Operations, LimitsReadAndWriteAllThatAnyImplementationHasTo) {
  const std::vector<std::uint32_t> logits = {1, 2, 3, 4, 5};
  const std::vector<std::uint32_t> labels = {10, 20, 30, 40, 50};
  const std::vector<std::uint32_t> untouched(logits.size(), 9);
  for (const Operation& operation : operations()) {
    const bool soft = std::string_view(operation.name).starts_with("soft-labels");
    std::vector<std::uint32_t> results = untouched;
    const auto read = operation.limit.run({logits, soft ? labels : std::vector<std::uint32_t>(), results});
    if (!operation.gradient && !operation.is_map()) {
      EXPECT_EQ(read, soft ? 165u : 15u) << operation.name;
      EXPECT_EQ(results, untouched) << operation.name;
    } else {
      EXPECT_EQ(results, soft ? (std::vector<std::uint32_t>{11, 22, 33, 44, 55}) : logits) << operation.name;
    }
  }
}

TEST(Operations, FormatsAreThoseOfSixteenBitsAndMore) {
  EXPECT_EQ(input_formats(), (std::vector<std::string>{"binary16", "bfloat16", "binary32", "binary64"}));
}

TEST(Operations, QuestionsAreNamedByBoth) {
  EXPECT_EQ(kGradient.name(), "forward+gradient, binary32");
}

TEST(Operations, ACoveringClaimCoversAllOfItsLoss) {
  for (const Operation& operation : operations())
    EXPECT_EQ(missing(covering(operation.loss), question(operation.name, "binary32")), std::nullopt);
}

TEST(Operations, ForwardNeedsNoGradient) {
  xent_claim claim = covering();
  claim.grad_formats = XENT_BIT(XENT_BINARY64);
  EXPECT_EQ(missing(claim, kForward), std::nullopt);
  EXPECT_EQ(missing(claim, kGradient), "does not declare binary32 gradients");
}

TEST(Operations, EveryFieldOfAClaimCounts) {
  const auto spoilt = [](auto spoil) {
    xent_claim claim = covering();
    spoil(claim);
    return missing(claim, kForward).value_or("covered");
  };
  EXPECT_EQ(spoilt([](xent_claim& c) { c.loss = "nll"; }), "does not declare softmax_cross_entropy");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.input_spaces = XENT_BIT(XENT_PROBABILITIES); }),
            "does not declare logits");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.input_formats = XENT_BIT(XENT_BFLOAT16); }),
            "does not declare binary32 logits");
  for (const auto formats : {XENT_BIT(XENT_INT32), XENT_BIT(XENT_BINARY32)})
    EXPECT_EQ(spoilt([=](xent_claim& c) { c.target_formats = formats; }), "does not declare int64 targets");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.options = 0; }), "does not declare int64 targets");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.loss_formats = XENT_BIT(XENT_BINARY64); }),
            "does not declare binary32 losses, one a row");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.reductions = XENT_BIT(XENT_MEAN); }),
            "does not declare binary32 losses, one a row");
}

TEST(Operations, AnOptionOfAClaimCountsForTheOperationsThatAskForItAndNoOther) {
  struct OptionRow {
    int option;
    const char* operation;  // the beginning of its name
    const char* why;
  };
  const OptionRow rows[] = {
      {XENT_OPTION_LABEL_SMOOTHING, "label-smoothing", "does not declare label smoothing"},
      {XENT_OPTION_SOFT_TARGETS, "soft-labels", "does not declare soft labels of the logits' format"},
      {XENT_OPTION_TEMPERATURE, "temperature", "does not declare a temperature"},
      {XENT_OPTION_CLASS_WEIGHTS, "class-weights", "does not declare class weights"},
      {XENT_OPTION_Z_LOSS, "z-loss", "does not declare z-loss"},
      {XENT_OPTION_IGNORE_INDEX, "ignore-index", "does not declare an ignored index"},
      {XENT_OPTION_SCALE, "none", ""},
      {XENT_OPTION_SOFTCAP, "none", ""},
      {XENT_OPTION_SAMPLE_WEIGHTS, "none", ""},
      {XENT_OPTION_BASE, "none", ""},
      {XENT_OPTION_UPSTREAM, "none", ""},
      {XENT_OPTION_CLASS_STRIDE, "none", ""}};
  for (const OptionRow& row : rows) {
    for (const Operation& operation : operations()) {
      xent_claim claim = covering(operation.loss);
      claim.options &= ~XENT_BIT(row.option);
      const bool counts = std::string_view(operation.name).starts_with(row.operation);
      EXPECT_EQ(missing(claim, question(operation.name, "binary32")).value_or(""), counts ? row.why : "")
          << operation.name << " without option " << row.option;
    }
  }
}

TEST(Operations, SoftLabelsAreInTheFormatOfTheLogits) {
  xent_claim claim = covering();
  claim.target_formats = XENT_BIT(XENT_INT64);
  EXPECT_EQ(missing(claim, question("soft-labels", "binary32")),
            "does not declare soft labels of the logits' format");
  EXPECT_EQ(missing(claim, kForward), std::nullopt);
  claim.target_formats = XENT_BIT(XENT_BFLOAT16);
  claim.input_formats |= XENT_BIT(XENT_BFLOAT16);
  EXPECT_EQ(missing(claim, question("soft-labels", "bfloat16")), std::nullopt);
}

TEST(Operations, MapsGiveResultsInTheFormatOfTheLogits) {
  for (const char* map : {"softmax", "log_softmax"}) {
    xent_claim claim = covering(map);
    claim.options = claim.target_formats = claim.grad_formats = 0;
    claim.input_formats |= XENT_BIT(XENT_BFLOAT16);
    EXPECT_EQ(missing(claim, question(map, "binary32")), std::nullopt);
    EXPECT_EQ(missing(claim, question(map, "bfloat16")), "does not declare bfloat16 results, one a class");
    EXPECT_EQ(missing(claim, question("log_sum_exp", "binary32")), "does not declare log_sum_exp");
  }
}

TEST(Operations, AllThatAClaimLacksIsSaid) {
  xent_claim claim = covering();
  claim.options = XENT_BIT(XENT_OPTION_HARD_TARGETS);
  claim.grad_formats = 0;
  EXPECT_EQ(missing(claim, question("z-loss+gradient", "binary32")),
            "does not declare z-loss, nor binary32 gradients");
}

TEST(Operations, OneClaimHasToCoverAllAndTheNearestIsSpokenOf) {
  xent_claim none = covering();
  none.options = XENT_BIT(XENT_OPTION_HARD_TARGETS);
  none.grad_formats = none.input_formats = 0;
  xent_claim smooth = covering();
  smooth.grad_formats = 0;
  xent_claim gradient = covering();
  gradient.options = XENT_BIT(XENT_OPTION_HARD_TARGETS);
  const Question both = question("label-smoothing+gradient", "binary32");
  EXPECT_EQ(missing(std::vector{none, smooth, covering()}, both), std::nullopt);
  EXPECT_EQ(missing(std::vector{none, smooth}, both), "does not declare binary32 gradients");
  EXPECT_EQ(missing(std::vector{none, gradient}, both), "does not declare label smoothing");
  EXPECT_EQ(missing(std::vector{none, gradient, smooth}, both),
            "does not declare label smoothing together with the rest of the question");
}

// A problem of one row, as golden cases are asked.
reference::Problem judged(const Question& question, reference::Wanted wanted) {
  reference::Problem p;
  p.loss = question.operation->loss;
  p.rows = 1;
  p.classes = 2;
  p.input = {0.0, 1.0};
  if (!question.operation->asked().empty()) p.targets = {0};
  p.input_format = question.format->id;
  p.wanted = wanted;
  const bool is_entry = question.operation->is_map() || wanted == reference::Wanted::gradient;
  p.loss_format = is_entry ? question.format->id : XENT_BINARY32;
  for (const LossOption* option : question.operation->asked()) option->ask_case(p);
  return p;
}

bool judge_covers(const xent_implementation& implementation, const Question& question) {
  const std::span claims(implementation.claims, implementation.claim_count);
  return std::ranges::any_of(claims, [&](const xent_claim& claim) {
    const auto covers = [&](reference::Wanted wanted) {
      return !properties::not_covered(claim, judged(question, wanted));
    };
    return std::string_view(claim.loss) == question.operation->loss && covers(reference::Wanted::loss) &&
           (!question.operation->gradient || covers(reference::Wanted::gradient));
  });
}

TEST(Operations, WhatIsCoveredIsCoveredForTheJudge) {
  for (const auto& row : properties::built_in_implementations()) {
    const xent_implementation& implementation = *row.implementation();
    for (const Operation& operation : operations()) {
      for (const std::string& format : input_formats()) {
        const Question asked = question(operation.name, format.c_str());
        EXPECT_EQ(!not_covered(implementation, asked), judge_covers(implementation, asked))
            << row.name << " on " << asked.name();
      }
    }
  }
}

TEST(Operations, FastTakesNarrowLogits) {
  for (const char* format : {"binary16", "bfloat16", "binary32"}) {
    const Question asked = question("forward", format);
    EXPECT_EQ(not_covered(*fast::fast_implementation(), asked), std::nullopt) << format;
  }
}

}  // namespace
}  // namespace xent::bench
