// Where the elements lie changes nothing, and what lies beside them is neither read nor written.
#include <cstring>

#include "fast/testing.h"

namespace xent::fast {
namespace {

TEST(Fast, EveryAlignmentAndStrideGivesTheSameBits) {
  for (const int64_t classes : {1, 5, 33, 700, 1030}) {
    const auto x = random_logits(3 * classes, 2, 8);
    Question dense(x, {0, classes / 2, classes - 1});
    for_each_target([&] {
      ASSERT_EQ(dense.ask(), XENT_OK);
      for (int64_t offset = 0; offset < 17; ++offset) {
        for (const int64_t padding : {0, 1, 7, 100}) {
          const int64_t stride = classes + padding;
          // NaN everywhere else: a read beyond a row would show.
          std::vector<float> padded(static_cast<size_t>(offset + 4 * stride), kNaN);
          for (int64_t r = 0; r < 3; ++r) {
            std::copy_n(x.begin() + r * classes, classes, padded.begin() + offset + r * stride);
          }
          const auto before = padded;
          Question strided = dense;
          strided.losses.assign(3, -1);
          strided.result.loss.data = strided.losses.data();
          strided.problem.input = {padded.data() + offset, XENT_BINARY32, stride, 1};
          ASSERT_EQ(strided.ask(), XENT_OK);
          ASSERT_EQ(strided.losses, dense.losses) << classes << " " << offset << " " << padding;
          ASSERT_EQ(std::memcmp(before.data(), padded.data(), padded.size() * sizeof(float)), 0);
        }
      }
    });
  }
}

// Rows of few classes are worked on a vector at a time, relative to a logit of the first of them.
TEST(Fast, NeighboursDoNotChangeBits) {
  for (const int64_t classes : {4, 5, 6, 7, 10, 33, 64, 101, 128}) {
    for (const auto& kinds : kRowKindSets) {
      const MixedRows mixed = mixed_rows(96, classes, kinds);
      for_each_target([&] {
        Question together(mixed.logits, mixed.targets);
        ASSERT_EQ(together.ask(), XENT_OK);
        for (size_t r = 0; r < mixed.targets.size(); ++r) {
          const double alone = ask_row(mixed.row(r), mixed.targets[r]);
          ASSERT_TRUE(are_same(alone, together.losses[r]))
              << classes << " " << r << ": " << alone << " " << together.losses[r];
        }
      });
    }
  }
}

TEST(Fast, RowsMayOverlapRepeatAndRunBackwards) {
  const auto x = random_logits(400, 2, 9);
  for (const int64_t stride : {0, 1, 50, -1, -30}) {
    Question question(x, {3, 3, 3});
    question.problem.classes = 100;
    question.problem.input = {question.logits.data() + 200, XENT_BINARY32, stride, 1};
    ASSERT_EQ(question.ask(), XENT_OK);
    for (int64_t r = 0; r < 3; ++r) {
      const auto begin = x.begin() + 200 + r * stride;
      EXPECT_EQ(question.losses[static_cast<size_t>(r)], ask_row({begin, begin + 100}, 3)) << stride;
    }
  }
}

TEST(Fast, ASingleRowMayHaveAnyStride) {
  const auto x = random_logits(300, 2, 12);
  for (const int64_t stride : {int64_t{1} << 58, -(int64_t{1} << 58)}) {
    for (const xent_implementation* implementation : {fast_implementation(), correct_implementation()}) {
      Question question(x, {7});
      float loss;
      question.problem.input.row_stride = stride;
      question.result.loss = {&loss, XENT_BINARY32, 1, 0};
      ASSERT_EQ(question.ask(implementation), XENT_OK);
      EXPECT_NEAR(loss, ask_row(x, 7), (kLossError + 1) * kU * ask_row(x, 7));
    }
  }
}

TEST(Fast, NeverTouchesThePageBeyondARow) {
  const GuardedPages pages;
  for (size_t classes = 1; classes <= 1100; classes += classes < 200 ? 1 : 53) {
    const auto x = random_logits(static_cast<int64_t>(classes), 2, 10);
    auto* const after_guard = reinterpret_cast<float*>(pages.begin());
    auto* const before_guard = reinterpret_cast<float*>(pages.end()) - classes;
    for (float* const place : {after_guard, before_guard}) {
      std::copy(x.begin(), x.end(), place);
      for_each_target([&] {
        Question question(x, {static_cast<int64_t>(classes) - 1});
        question.problem.input.data = place;
        ASSERT_EQ(question.ask(), XENT_OK);
        ASSERT_EQ(question.losses[0], ask_row(x, static_cast<int64_t>(classes) - 1));
      });
    }
  }
}

TEST(Fast, WritesTheLossesAndNothingBesides) {
  const auto x = random_logits(200, 2, 11);
  for (const int64_t stride : {1, 2, 5, -2}) {
    Question question(x, std::vector<int64_t>(20, 4));
    std::vector<float> out(200, 77.0f);
    question.result.loss = {out.data() + 60, XENT_BINARY32, stride, 0};
    ASSERT_EQ(question.ask(), XENT_OK);
    size_t written = 0;
    for (int64_t i = 0; i < 200; ++i) {
      const int64_t distance = i - 60;
      const bool loss = distance % stride == 0 && distance / stride >= 0 && distance / stride < 20;
      EXPECT_EQ(out[static_cast<size_t>(i)] != 77.0f, loss) << stride << " " << i;
      written += loss ? 1 : 0;
    }
    EXPECT_EQ(written, 20u);
  }
}

TEST(Fast, TargetsMayBeStridedAndOfEitherWidth) {
  const auto x = random_logits(90, 2, 12);
  Question wide(x, {1, 8, 5});
  ASSERT_EQ(wide.ask(), XENT_OK);
  const std::vector<int32_t> targets = {1, -9, 8, -9, 5};
  Question narrow = wide;
  narrow.result.loss.data = narrow.losses.data();
  narrow.problem.targets = {targets.data(), XENT_INT32, 2, 0};
  ASSERT_EQ(narrow.ask(), XENT_OK);
  EXPECT_EQ(narrow.losses, wide.losses);
}

}  // namespace
}  // namespace xent::fast
