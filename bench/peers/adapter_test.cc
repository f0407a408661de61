#include "bench/peers/adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace xent::bench::peer {
namespace {

constexpr std::int64_t kRows = 3;
constexpr std::int64_t kClasses = 4;
constexpr float kUntouched = -77;

// What the adapter handed over last.
Batch seen;

// A loss that tells the row's logits and target apart, and twice the logits for a gradient.
bool records(const Batch& batch) {
  seen = batch;
  for (std::int64_t r = 0; r < batch.rows; ++r) {
    batch.losses[r] = batch.logits[r * batch.classes + batch.targets[r]];
    for (std::int64_t c = 0; batch.gradient != nullptr && c < batch.classes; ++c)
      batch.gradient[r * batch.classes + c] = 2 * batch.logits[r * batch.classes + c];
  }
  return true;
}

// A problem with buffers whose rows lie as far apart as asked.
struct Question {
  explicit Question(std::int64_t padding)
      : stride(kClasses + padding),
        logits(kRows * stride, std::nanf("")),
        gradient(kRows * stride, kUntouched),
        targets(kRows * (1 + padding), -1),
        losses(kRows * (1 + padding), kUntouched) {
    for (std::int64_t r = 0; r < kRows; ++r) {
      targets[r * (1 + padding)] = r;
      for (std::int64_t c = 0; c < kClasses; ++c) logits[r * stride + c] = static_cast<float>(10 * r + c);
    }
    problem.struct_size = sizeof problem;
    problem.loss = "softmax_cross_entropy";
    problem.rows = kRows;
    problem.classes = kClasses;
    problem.input = {logits.data(), XENT_BINARY32, stride, 1};
    problem.targets = {targets.data(), XENT_INT64, 1 + padding, 0};
    result.struct_size = sizeof result;
    result.loss = {losses.data(), XENT_BINARY32, 1 + padding, 0};
    result.grad = {gradient.data(), XENT_BINARY32, stride, 1};
  }

  xent_status ask(Compute compute = records) const { return answer(problem, result, compute); }

  std::int64_t stride;
  std::vector<float> logits;
  std::vector<float> gradient;
  std::vector<std::int64_t> targets;
  std::vector<float> losses;
  xent_problem problem = {};
  xent_result result = {};
};

TEST(Adapter, HandsOverPackedMemoryAsItIs) {
  Question question(0);
  question.problem.threads = 2;
  ASSERT_EQ(question.ask(), XENT_OK);
  EXPECT_EQ(seen.logits, question.logits.data());
  EXPECT_EQ(seen.targets, question.targets.data());
  EXPECT_EQ(seen.losses, question.losses.data());
  EXPECT_EQ(seen.gradient, question.gradient.data());
  EXPECT_EQ(seen.rows, kRows);
  EXPECT_EQ(seen.classes, kClasses);
  EXPECT_EQ(seen.threads, 2);
}

TEST(Adapter, HandsOverRowsForLogSoftmax) {
  for (const std::int64_t padding : {0, 3}) {
    Question question(padding);
    std::vector<float> entries(question.logits.size(), kUntouched);
    question.problem.loss = "log_softmax";
    question.problem.targets = {};
    question.result.grad = {};
    question.result.loss = {entries.data(), XENT_BINARY32, question.stride, 1};
    const auto doubles = [](const Batch& batch) {
      seen = batch;
      for (std::int64_t i = 0; i < batch.rows * batch.classes; ++i) batch.losses[i] = 2 * batch.logits[i];
      return true;
    };
    ASSERT_EQ(answer_log_softmax(question.problem, question.result, doubles), XENT_OK);
    EXPECT_EQ(seen.targets, nullptr);
    EXPECT_EQ(seen.gradient, nullptr);
    for (std::int64_t i = 0; i < kRows * question.stride; ++i) {
      const bool is_entry = i % question.stride < kClasses;
      EXPECT_EQ(entries[i], is_entry ? 2 * question.logits[i] : kUntouched) << i;
    }
    question.result.loss.class_stride = 2;
    EXPECT_EQ(answer_log_softmax(question.problem, question.result, doubles), XENT_UNSUPPORTED);
  }
}

TEST(Adapter, AGradientThatIsNotWantedIsNull) {
  Question question(0);
  question.result.grad = {};
  ASSERT_EQ(question.ask(), XENT_OK);
  EXPECT_EQ(seen.gradient, nullptr);
  EXPECT_EQ(seen.threads, 1);
}

TEST(Adapter, PaddingIsNeitherReadNorWritten) {
  for (const std::int64_t padding : {1, 5}) {
    Question question(padding);
    ASSERT_EQ(question.ask(), XENT_OK);
    for (std::int64_t r = 0; r < kRows; ++r) {
      EXPECT_EQ(question.losses[r * (1 + padding)], static_cast<float>(11 * r));
      for (std::int64_t i = 1; i <= padding; ++i)
        EXPECT_EQ(question.losses[r * (1 + padding) + i], kUntouched);
      for (std::int64_t c = 0; c < question.stride; ++c)
        EXPECT_EQ(question.gradient[r * question.stride + c],
                  c < kClasses ? static_cast<float>(2 * (10 * r + c)) : kUntouched);
    }
  }
}

TEST(Adapter, RefusesWhatItDoesNotClaim) {
  const auto status = [](auto change) {
    Question question(0);
    change(question.problem, question.result);
    seen.rows = 0;
    const xent_status answered = question.ask();
    EXPECT_EQ(seen.rows, 0);
    return answered;
  };
  using P = xent_problem;
  using R = xent_result;
  EXPECT_EQ(status([](P& p, R&) { p.loss = "nll"; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.loss = nullptr; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.input_space = XENT_PROBABILITIES; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.input.format = XENT_BFLOAT16; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.input.class_stride = 2; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.targets.format = XENT_INT32; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.target_probs = p.input; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.has_ignore_index = 1; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.class_weights = p.input; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.sample_weights = p.input; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.upstream = p.input; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.label_smoothing = 0.1; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.temperature = 2; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.scale = 2; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.softcap = 2; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.z_loss = 1; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.base = 2; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.reduction = XENT_MEAN; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P&, R& r) { r.loss.format = XENT_BINARY64; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P&, R& r) { r.grad.format = XENT_BINARY64; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P&, R& r) { r.grad.class_stride = 2; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P&, R& r) { r.target_grad = r.grad; }), XENT_UNSUPPORTED);
  EXPECT_EQ(status([](P& p, R&) { p.classes = 0; }), XENT_INVALID);
  EXPECT_EQ(status([](P& p, R&) { p.rows = -1; }), XENT_INVALID);
  EXPECT_EQ(status([](P& p, R&) { p.input.data = nullptr; }), XENT_INVALID);
  EXPECT_EQ(status([](P& p, R&) { p.rows = 0; }), XENT_OK);
}

TEST(Adapter, TargetsAreInRange) {
  for (const std::int64_t wrong : {std::int64_t{-1}, kClasses}) {
    Question question(0);
    question.targets[1] = wrong;
    EXPECT_EQ(question.ask(), XENT_TARGET_OUT_OF_RANGE);
  }
}

TEST(Adapter, WhatTheLibraryDoesBadlyIsAStatus) {
  EXPECT_EQ(Question(0).ask([](const Batch&) { return false; }), XENT_FAILED);
  EXPECT_EQ(Question(0).ask([](const Batch&) -> bool { throw std::runtime_error("no"); }), XENT_FAILED);
}

TEST(Adapter, ScratchIsKept) {
  float* const large = scratch(1000);
  std::fill_n(large, 1000, 1.f);
  EXPECT_EQ(scratch(10), large);
  EXPECT_EQ(scratch(1000), large);
}

}  // namespace
}  // namespace xent::bench::peer
