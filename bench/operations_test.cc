#include "bench/operations.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "bench/testing.h"
#include "fast/implementations.h"

namespace xent::bench {
namespace {

// One claim that covers both operations in binary32, to be spoilt a field at a time.
xent_claim covering() {
  return {.loss = kLoss,
          .input_spaces = XENT_BIT(XENT_LOGITS),
          .input_formats = XENT_BIT(XENT_BINARY32),
          .target_formats = XENT_BIT(XENT_INT64),
          .loss_formats = XENT_BIT(XENT_BINARY32),
          .grad_formats = XENT_BIT(XENT_BINARY32),
          .reductions = XENT_BIT(XENT_NONE),
          .options = XENT_BIT(XENT_OPTION_HARD_TARGETS),
          .guarantees = 0,
          .grade = "shifted",
          .summation = XENT_SEQUENTIAL,
          .compute_format = XENT_BINARY32,
          .exp_error = 0,
          .log_error = 0};
}

std::optional<std::string> missing(const xent_claim& claim, const Question& question) {
  xent_implementation implementation = {};
  implementation.claim_count = 1;
  implementation.claims = &claim;
  return not_covered(implementation, question);
}

TEST(Operations, EveryRowHasItsOwnNameAndIsFoundByIt) {
  std::set<std::string> names;
  for (const Operation& operation : operations()) {
    EXPECT_TRUE(names.insert(operation.name).second) << operation.name;
    EXPECT_TRUE(names.insert(operation.limit).second) << operation.limit;
    EXPECT_EQ(find_operation(operation.name), &operation);
    EXPECT_NE(std::string(operation.description), "");
  }
  EXPECT_EQ(find_operation("backward"), nullptr);
}

TEST(Operations, TheLimitOfAGradientWritesAsMuchAsItReadsAndTheOtherNothing) {
  const std::vector<std::uint32_t> logits = {1, 2, 3, 4, 5};
  for (const Operation& operation : operations()) {
    std::vector<std::uint32_t> gradient(logits.size(), 9);
    operation.run_limit(logits, gradient);
    EXPECT_EQ(gradient, operation.gradient ? logits : std::vector<std::uint32_t>(logits.size(), 9));
  }
}

TEST(Operations, FormatsAreThoseOfSixteenBitsAndMore) {
  EXPECT_EQ(input_formats(), (std::vector<std::string>{"binary16", "bfloat16", "binary32", "binary64"}));
}

TEST(Operations, QuestionsAreNamedByBoth) {
  EXPECT_EQ(kGradient.name(), "forward+gradient, binary32");
}

TEST(Operations, ACoveringClaimCoversBoth) {
  EXPECT_EQ(missing(covering(), kForward), std::nullopt);
  EXPECT_EQ(missing(covering(), kGradient), std::nullopt);
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
  EXPECT_EQ(spoilt([](xent_claim& c) { c.target_formats = XENT_BIT(XENT_INT32); }),
            "does not declare int64 targets");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.options = 0; }), "does not declare int64 targets");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.loss_formats = XENT_BIT(XENT_BINARY64); }),
            "does not declare binary32 losses, one a row");
  EXPECT_EQ(spoilt([](xent_claim& c) { c.reductions = XENT_BIT(XENT_MEAN); }),
            "does not declare binary32 losses, one a row");
}

TEST(Operations, FastTakesNarrowLogits) {
  for (const char* format : {"binary16", "bfloat16", "binary32"}) {
    const Question asked = question("forward", format);
    EXPECT_EQ(not_covered(*fast::fast_implementation(), asked), std::nullopt) << format;
  }
}

}  // namespace
}  // namespace xent::bench
