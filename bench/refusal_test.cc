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
