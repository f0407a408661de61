#include "bench/refusal.h"

#include <gtest/gtest.h>

#include "fast/implementations.h"

namespace xent::bench {
namespace {

TEST(Refusal, FastIsTimed) {
  EXPECT_EQ(refusal(*fast::fast_implementation()), std::nullopt);
}

TEST(Refusal, StableIsTimed) {
  EXPECT_EQ(refusal(*fast::stable_implementation()), std::nullopt);
}

TEST(Refusal, NaiveIsRefusedForAGoldenCaseThatItFails) {
  const auto reason = refusal(*fast::naive_implementation());
  ASSERT_TRUE(reason);
  EXPECT_TRUE(reason->starts_with("golden case '")) << *reason;
  EXPECT_EQ(reason->find('\n'), std::string::npos) << *reason;
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
  EXPECT_EQ(refusal(other), "no golden case tests its softmax_cross_entropy from binary32 logits");
}

TEST(Refusal, AnInvalidDeclarationIsRefused) {
  xent_implementation broken = *fast::fast_implementation();
  broken.compute = nullptr;
  EXPECT_TRUE(refusal(broken));
}

}  // namespace
}  // namespace xent::bench
