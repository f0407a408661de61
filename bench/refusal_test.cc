#include "bench/refusal.h"

#include <gtest/gtest.h>

#include "bench/testing.h"
#include "fast/implementations.h"

namespace xent::bench {
namespace {

TEST(Refusal, FastIsTimedInEveryFormatThatItDeclares) {
  for (const char* format : {"binary16", "bfloat16", "binary32", "binary64"}) {
    const Question asked = question("forward", format);
    EXPECT_FALSE(refusal(*fast::fast_implementation(), asked)) << format;
  }
}

TEST(Refusal, AFormatThatNoCaseTestsIsRefused) {
  const Question asked = question("forward", "binary64");
  const auto reason = refusal(*fast::correct_implementation(), asked);
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->golden_case, "");
  EXPECT_EQ(reason->reason, "no golden case tests its softmax_cross_entropy from binary64 logits");
}

TEST(Refusal, FastIsTimedWithItsGradient) {
  EXPECT_FALSE(refusal(*fast::fast_implementation(), kGradient));
}

// The fast implementation with the sign of the gradient's first entry wrong.
xent_status wrong_gradient(const xent_problem* problem, xent_result* result) {
  const xent_status status = fast::fast_implementation()->compute(problem, result);
  if (status == XENT_OK && result->grad.data != nullptr && result->grad.format == XENT_BINARY32) {
    auto* const first = static_cast<float*>(result->grad.data);
    *first = -*first;
  }
  return status;
}

TEST(Refusal, AWrongGradientIsFoundWhereItIsTimed) {
  xent_implementation wrong = *fast::fast_implementation();
  wrong.compute = wrong_gradient;
  EXPECT_FALSE(refusal(wrong, kForward));
  const auto reason = refusal(wrong, kGradient);
  ASSERT_TRUE(reason);
  EXPECT_NE(reason->golden_case, "");
}

TEST(Refusal, StableIsTimed) {
  EXPECT_FALSE(refusal(*fast::stable_implementation(), kForward));
}

TEST(Refusal, NaiveIsRefusedForAGoldenCaseThatItFails) {
  const auto reason = refusal(*fast::naive_implementation(), kForward);
  ASSERT_TRUE(reason);
  EXPECT_TRUE(reason->reason.starts_with("golden case '" + reason->golden_case + "': ")) << reason->reason;
  EXPECT_EQ(reason->reason.find('\n'), std::string::npos) << reason->reason;
}

TEST(Refusal, FastIsTimedOnEveryOperation) {
  for (const Operation& operation : operations()) {
    for (const char* format : {"bfloat16", "binary32"}) {
      const Question asked = question(operation.name, format);
      ASSERT_FALSE(not_covered(*fast::fast_implementation(), asked)) << asked.name();
      const auto found = refusal(*fast::fast_implementation(), asked);
      EXPECT_FALSE(found) << asked.name() << ": " << found->reason;
    }
  }
}

// The fast implementation, deaf to what is taken out of a problem.
template <auto take_out>
xent_status deaf(const xent_problem* problem, xent_result* result) {
  xent_problem heard = *problem;
  take_out(heard);
  return fast::fast_implementation()->compute(&heard, result);
}

constexpr auto kNoSmoothing = [](xent_problem& p) { p.label_smoothing = 0; };

TEST(Refusal, WhoDoesNotHearAnOptionIsNotTimedWithIt) {
  struct DeafTo {
    const char* option;
    xent_status (*compute)(const xent_problem*, xent_result*);
    bool is_rare;  // golden cases of hard labels do not ask for it
  };
  const DeafTo rows[] = {
      {"label-smoothing", deaf<kNoSmoothing>, false},
      {"soft-labels", deaf<[](xent_problem& p) { p.target_probs.row_stride = 0; }>, true},
      {"temperature", deaf<[](xent_problem& p) { p.temperature = 0; }>, true},
      {"class-weights", deaf<[](xent_problem& p) { p.class_weights = {}; }>, true},
      {"z-loss", deaf<[](xent_problem& p) { p.z_loss = 0; }>, true},
      {"ignore-index", deaf<[](xent_problem& p) { p.has_ignore_index = 0; }>, false},
  };
  for (const DeafTo& row : rows) {
    xent_implementation wrong = *fast::fast_implementation();
    wrong.compute = row.compute;
    const std::string with_gradient = std::string(row.option) + "+gradient";
    EXPECT_TRUE(refusal(wrong, question(row.option, "binary32"))) << row.option;
    EXPECT_TRUE(refusal(wrong, question(with_gradient.c_str(), "binary32"))) << row.option;
    EXPECT_EQ(refusal(wrong, kForward).has_value(), !row.is_rare) << row.option;
  }
}

// The fast implementation with the first result of losses without labels 0.
xent_status wrong_map(const xent_problem* problem, xent_result* result) {
  const xent_status status = fast::fast_implementation()->compute(problem, result);
  const bool has_labels = problem->targets.data != nullptr || problem->target_probs.data != nullptr;
  if (status == XENT_OK && !has_labels) *static_cast<float*>(result->loss.data) = 0;
  return status;
}

TEST(Refusal, AWrongMapIsNotTimed) {
  xent_implementation wrong = *fast::fast_implementation();
  wrong.compute = wrong_map;
  for (const char* map : {"log_sum_exp", "softmax", "log_softmax"})
    EXPECT_TRUE(refusal(wrong, question(map, "binary32"))) << map;
  EXPECT_FALSE(refusal(wrong, kForward));
}

// Right on the short rows of all golden cases.
xent_status deaf_on_long_rows(const xent_problem* problem, xent_result* result) {
  return problem->classes < 100 ? fast::fast_implementation()->compute(problem, result)
                                : deaf<kNoSmoothing>(problem, result);
}

TEST(Refusal, LongRowsCountToo) {
  xent_implementation wrong = *fast::fast_implementation();
  wrong.compute = deaf_on_long_rows;
  const auto found = refusal(wrong, question("label-smoothing", "binary32"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->golden_case, "bench/long_rows");
  EXPECT_TRUE(found->reason.starts_with("case 'bench/long_rows' with label smoothing: row 0: "))
      << found->reason;
}

TEST(Refusal, SaysHowTheCaseWasAsked) {
  const auto begins = [](const char* operation, const std::string& text) {
    const auto found = refusal(*fast::naive_implementation(), question(operation, "binary32"));
    return found && found->reason.starts_with("golden case 'condition/maximum_subtracted' " + text);
  };
  EXPECT_TRUE(begins("log_sum_exp", "as log_sum_exp: "));
  EXPECT_TRUE(begins("ignore-index", "with an ignored index: row 0: "));
}

// The fast implementation with the lowest bit of the exponent of bfloat16 gradients inverted.
xent_status wrong_narrow_gradient(const xent_problem* problem, xent_result* result) {
  const xent_status status = fast::fast_implementation()->compute(problem, result);
  if (status == XENT_OK && result->grad.data != nullptr && result->grad.format == XENT_BFLOAT16)
    *static_cast<std::uint16_t*>(result->grad.data) ^= 0x80;
  return status;
}

TEST(Refusal, AGradientThatNoCaseTestsIsRefused) {
  xent_implementation narrow = *fast::correct_implementation();
  xent_claim claim = *narrow.claims;
  claim.input_formats = XENT_BIT(XENT_BINARY32);
  claim.grad_formats = XENT_BIT(XENT_BINARY64);
  narrow.claims = &claim;
  narrow.claim_count = 1;
  EXPECT_FALSE(refusal(narrow, kForward));
  EXPECT_EQ(refusal(narrow, kGradient)->reason,
            "no golden case tests its gradient of softmax_cross_entropy from binary32 logits");
}

TEST(Refusal, GradientsAreJudgedInTheFormatInWhichTheyAreTimed) {
  xent_implementation wrong = *fast::fast_implementation();
  wrong.compute = wrong_narrow_gradient;
  EXPECT_FALSE(refusal(wrong, kGradient));
  EXPECT_TRUE(refusal(wrong, question("forward+gradient", "bfloat16")));
}

TEST(Refusal, WhatDeclaresNothingToTestIsRefused) {
  const xent_implementation& fast = *fast::fast_implementation();
  xent_implementation other = fast;
  for (std::uint32_t i = 0; i < fast.claim_count; ++i) {
    if (std::string_view(fast.claims[i].loss) != "log_sum_exp") continue;
    other.claims = &fast.claims[i];
    other.claim_count = 1;
  }
  ASSERT_EQ(other.claim_count, 1u);
  EXPECT_EQ(refusal(other, kForward)->reason,
            "no golden case tests its softmax_cross_entropy from binary32 logits");
}

TEST(Refusal, AnInvalidDeclarationIsRefused) {
  xent_implementation broken = *fast::fast_implementation();
  broken.compute = nullptr;
  EXPECT_TRUE(refusal(broken, kForward));
}

}  // namespace
}  // namespace xent::bench
