// Which status comes back, and that nothing is written with it.
#include <cstring>

#include "fast/testing.h"

namespace xent::fast {
namespace {

const xent_implementation* const kAll[] = {fast_implementation(), stable_implementation(),
                                           naive_implementation()};

// A problem that all three answer, changed by `change`; returns the status.
template <class Change>
void expect_status(xent_status expected, const Change& change) {
  for (const xent_implementation* implementation : kAll) {
    SCOPED_TRACE(implementation->name);
    Question question({1, 2, 3, 4, 5, 6}, {0, 2});
    float losses[2] = {-5, -5};
    question.result.loss = {losses, XENT_BINARY32, 1, 0};
    change(question);
    EXPECT_EQ(question.ask(implementation), expected);
    if (expected == XENT_OK || expected == XENT_TARGET_OUT_OF_RANGE) continue;
    EXPECT_EQ(losses[0], -5);
    EXPECT_EQ(losses[1], -5);
  }
}

TEST(Request, OrdinaryProblemsAreAnswered) {
  expect_status(XENT_OK, [](Question&) {});
  expect_status(XENT_OK, [](Question& q) { q.problem.threads = -3; });
  expect_status(XENT_OK, [](Question& q) { q.problem.conventions.all_masked = XENT_POLICY_NAN; });
}

TEST(Request, ContradictionsAreInvalid) {
  expect_status(XENT_INVALID, [](Question& q) { q.problem.rows = -1; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.classes = 0; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.loss = nullptr; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.input.data = nullptr; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.targets.data = nullptr; });
  expect_status(XENT_INVALID, [](Question& q) { q.result.loss.data = nullptr; });
  expect_status(XENT_INVALID, [](Question& q) { q.result.loss.row_stride = 0; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.reduction = 3; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.struct_size = 0; });
  expect_status(XENT_INVALID, [](Question& q) { q.result.struct_size = 0; });
  for (const double base : {-2.0, 1.0, std::nan(""), static_cast<double>(kInf)}) {
    expect_status(XENT_INVALID, [base](Question& q) { q.problem.base = base; });
  }
  expect_status(XENT_INVALID, [](Question& q) {
    q.problem.conventions.denominator = XENT_GIVEN;
    q.problem.conventions.denominator_value = 0;
  });
  EXPECT_EQ(fast_implementation()->compute(nullptr, nullptr), XENT_INVALID);
}

TEST(Request, AddressesThatOverflowAreInvalid) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  expect_status(XENT_INVALID, [](Question& q) { q.problem.rows = kHuge; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.classes = kHuge; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.input.row_stride = kHuge; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.input.row_stride = -kHuge; });
  expect_status(XENT_INVALID, [](Question& q) { q.problem.targets.row_stride = kHuge / 2; });
  expect_status(XENT_INVALID, [](Question& q) { q.result.loss.row_stride = kHuge / 2; });
}

TEST(Request, WhatIsNotClaimedIsUnsupported) {
  static const float weights[3] = {1, 1, 1};
  static double grad[6];
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.loss = "focal"; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.input_space = XENT_LOG_PROBABILITIES; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.input.format = XENT_INT32; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.input.format = 1000; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.targets.format = XENT_BINARY64; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.result.loss.format = XENT_BFLOAT16; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.result.grad = {grad, XENT_INT64, 3, 1}; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.result.target_grad = {grad, XENT_BINARY64, 3, 1}; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.upstream = {weights, XENT_INT32, 1, 0}; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.class_weights = {weights, XENT_INT32, 0, 1}; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.softcap = 30; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.conventions.clip = 1e-7; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.conventions.all_masked = XENT_POLICY_ZERO; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) { q.problem.conventions.all_ignored = XENT_POLICY_ZERO; });
  expect_status(XENT_UNSUPPORTED,
                [](Question& q) { q.problem.conventions.masked_labels = XENT_POLICY_ZERO; });
  expect_status(XENT_UNSUPPORTED, [](Question& q) {
    q.problem.loss = "perplexity";
    q.problem.reduction = XENT_SUM;
  });
}

// What "xent-fast" answers in binary64 and textbook code does not at all.
TEST(Request, OptionsAreForFastAlone) {
  static const float weights[3] = {1, 1, 1};
  static const auto expect_both = [](auto change) {
    for (const xent_implementation* const implementation : {fast_implementation(), stable_implementation()}) {
      Question question({1, 2, 3, 4, 5, 6}, {0, 2});
      float losses[2] = {-5, -5};
      question.result.loss = {losses, XENT_BINARY32, 1, 0};
      change(question);
      const bool is_fast = implementation == fast_implementation();
      EXPECT_EQ(question.ask(implementation), is_fast ? XENT_OK : XENT_UNSUPPORTED);
      EXPECT_EQ(losses[0] == -5, !is_fast);
    }
  };
  expect_both([](Question& q) { q.problem.class_weights = {weights, XENT_BINARY32, 0, 1}; });
  expect_both([](Question& q) { q.problem.sample_weights = {weights, XENT_BINARY32, 1, 0}; });
  expect_both([](Question& q) { q.problem.label_smoothing = 0.1; });
  expect_both([](Question& q) { q.problem.temperature = 2; });
  expect_both([](Question& q) { q.problem.scale = 2; });
  expect_both([](Question& q) { q.problem.z_loss = 1e-4; });
}

TEST(Request, TargetsOutOfRangeAreReported) {
  for (const int64_t target : {int64_t{-1}, int64_t{3}, int64_t{-100}, std::numeric_limits<int64_t>::max(),
                               std::numeric_limits<int64_t>::min()}) {
    expect_status(XENT_TARGET_OUT_OF_RANGE, [target](Question& q) { q.targets[1] = target; });
    expect_status(XENT_OK, [target](Question& q) {
      q.targets[1] = target;
      q.problem.has_ignore_index = 1;
      q.problem.ignore_index = target;
    });
  }
}

TEST(Request, OlderCallersOmitFieldsAndNewerOnesMustNotUseTheirs) {
  struct Newer {
    xent_problem problem;
    int64_t field;
  };
  for (const xent_implementation* implementation : kAll) {
    Question question({1, 2}, {0});
    float loss = -5;
    question.result.loss = {&loss, XENT_BINARY32, 1, 0};
    question.problem.struct_size = offsetof(xent_problem, conventions);
    EXPECT_EQ(question.ask(implementation), XENT_OK);
    Newer newer = {question.problem, 0};
    newer.problem.struct_size = sizeof newer;
    EXPECT_EQ(implementation->compute(&newer.problem, &question.result), XENT_OK);
    newer.field = 1;
    EXPECT_EQ(implementation->compute(&newer.problem, &question.result), XENT_UNSUPPORTED);
  }
}

TEST(Request, ClaimsAreWellFormed) {
  for (const xent_implementation* implementation : kAll) {
    EXPECT_EQ(implementation->abi_version, XENT_ABI_VERSION);
    EXPECT_GT(implementation->claim_count, 0u);
    for (uint32_t i = 0; i < implementation->claim_count; ++i) {
      const xent_claim& claim = implementation->claims[i];
      EXPECT_GT(std::strlen(claim.loss), 0u);
      EXPECT_NE(claim.input_spaces & claim.input_formats, ~0u);
      EXPECT_NE(claim.reductions, 0u);
      EXPECT_TRUE(claim.compute_format == XENT_BINARY32 || claim.compute_format == XENT_BINARY64);
    }
  }
}

}  // namespace
}  // namespace xent::fast
