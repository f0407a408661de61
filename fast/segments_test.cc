// Few long rows, which threads share along the classes.
#include "fast/segments.h"

#include <cmath>

#include "fast/recompute.h"
#include "fast/testing.h"

namespace xent::fast {
namespace {

constexpr int64_t kSegment = 1 << 15;

TEST(Segments, AreAsManyAsTheClassesSay) {
  EXPECT_EQ(segments_of(1), 1);
  EXPECT_EQ(segments_of(2 * kSegment - 1), 1);
  EXPECT_EQ(segments_of(2 * kSegment), 2);
  EXPECT_EQ(segments_of(int64_t{1} << 40), kMostSegments);
  for (const int64_t classes : {kSegment, 2 * kSegment, 5 * kSegment + 3, 1000 * kSegment - 1}) {
    int64_t end = 0;
    for (int s = 0; s < segments_of(classes); ++s) {
      EXPECT_EQ(segment(classes, s).begin, end);
      end += segment(classes, s).classes;
    }
    EXPECT_EQ(end, classes);
  }
}

TEST(Segments, AreSharedWhereRowsAreFewAndLong) {
  xent_problem problem = {};
  const auto are_shared = [&](int64_t rows, int64_t classes) {
    problem.rows = rows;
    problem.classes = classes;
    return shares_rows(problem);
  };
  EXPECT_FALSE(are_shared(0, 10 * kSegment));
  EXPECT_FALSE(are_shared(1, 2 * kSegment - 1));
  EXPECT_TRUE(are_shared(1, 2 * kSegment));
  EXPECT_TRUE(are_shared(63, 4 * kSegment));
  EXPECT_FALSE(are_shared(64, 4 * kSegment));
  EXPECT_FALSE(are_shared(63, 5 * kSegment));
  EXPECT_TRUE(are_shared(4, int64_t{1} << 40));
  EXPECT_FALSE(are_shared(5, int64_t{1} << 40));
}

// Targets at the ends of segments; the largest logit in each of them.
TEST(Segments, FastIsWithinItsClaim) {
  for (const int64_t classes : {2 * kSegment, 3 * kSegment + 77}) {
    auto x = random_logits(classes, 3, 21);
    for (const int64_t loudest : {int64_t{5}, kSegment + 1, classes - 1}) {
      x[static_cast<size_t>(loudest)] += 20;
      for (const int64_t target : {int64_t{0}, kSegment - 1, kSegment, loudest, classes - 1})
        expect_within_claim(x, target);
    }
  }
}

TEST(Segments, CorrectIsCorrectlyRoundedForAnyNumberOfThreads) {
  const int64_t classes = 4 * kSegment + 3;
  const std::vector<int64_t> targets = {0, kSegment, classes - 1};
  const auto x = random_logits(3 * classes, 4, 22);
  std::vector<float> expected;
  for (size_t r = 0; r < targets.size(); ++r)
    expected.push_back(recompute(x.data() + static_cast<int64_t>(r) * classes, classes, targets[r]).value());
  for_each_target([&] {
    for (const int threads : {1, 2, 5}) {
      Question question(x, targets);
      std::vector<float> losses(3);
      question.problem.threads = threads;
      question.result.loss = {losses.data(), XENT_BINARY32, 1, 0};
      ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
      EXPECT_EQ(losses, expected);
    }
  });
}

// So many entries that some in every part of a row are left open by binary64 lanes.
TEST(Segments, CorrectGradientsAreCorrectlyRoundedForAnyNumberOfThreads) {
  const int64_t classes = 2 * kSegment + 3;
  std::vector<int64_t> targets(12, classes - 1);
  targets[0] = kSegment;
  const auto x = random_logits(static_cast<int64_t>(targets.size()) * classes, 4, 26);
  std::vector<float> expected;
  for (size_t r = 0; r < targets.size(); ++r) {
    const RecomputedGradient row(x.data() + static_cast<int64_t>(r) * classes, classes, targets[r], 1);
    for (int64_t c = 0; c < classes; ++c) expected.push_back(row.entry(c).value());
  }
  for_each_target([&] {
    for (const int threads : {1, 2, 5}) {
      Question question(x, targets);
      std::vector<float> losses(targets.size());
      std::vector<float> gradient(x.size(), -77);
      question.problem.threads = threads;
      question.result.loss = {losses.data(), XENT_BINARY32, 1, 0};
      question.result.grad = {gradient.data(), XENT_BINARY32, classes, 1};
      ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
      EXPECT_TRUE(gradient == expected) << threads;
    }
  });
}

TEST(Segments, FastGivesTheSameBitsForAnyNumberOfThreads) {
  const int64_t classes = 2 * kSegment + 5;
  for (const char* const loss : {"softmax_cross_entropy", "log_sum_exp"}) {
    for (const xent_reduction reduction : {XENT_NONE, XENT_SUM, XENT_MEAN}) {
      std::vector<double> expected;
      for (const int threads : {1, 2, 7}) {
        Question question(random_logits(3 * classes, 2, 23), {1, 2 * kSegment, 7});
        question.problem.loss = loss;
        question.problem.reduction = reduction;
        question.problem.threads = threads;
        ASSERT_EQ(question.ask(), XENT_OK);
        if (expected.empty()) expected = question.losses;
        EXPECT_EQ(question.losses, expected);
      }
    }
  }
}

TEST(Segments, LogSumExpIsTheLossOfATargetAtZero) {
  auto x = random_logits(2 * kSegment, 3, 24);
  Question question(x, {0});
  question.problem.loss = "log_sum_exp";
  ASSERT_EQ(question.ask(), XENT_OK);
  x.push_back(-1e4f);
  const Truth expected = truth(x, 2 * kSegment);
  EXPECT_LE(std::fabs(question.losses[0] - static_cast<double>(expected.loss - 1e4L)),
            static_cast<double>(expected.bound / expected.loss) * question.losses[0] + 1e-12);
}

TEST(Segments, MaskedIgnoredAndUndefinedRows) {
  const int64_t classes = 2 * kSegment;
  std::vector<float> x(static_cast<size_t>(5 * classes), -kInf);
  const auto at = [&](int64_t row, int64_t c) -> float& { return x[static_cast<size_t>(row * classes + c)]; };
  at(0, 3) = 1;             // nothing besides the target
  at(1, kSegment + 9) = 2;  // the target is masked, a class of the other segment is not
  at(2, 0) = 0;             // NaN in the last segment
  at(2, classes - 1) = kNaN;
  at(4, 7) = kNaN;  // ignored; row 3 is masked altogether
  for (const auto* const implementation : {fast_implementation(), correct_implementation()}) {
    Question question(x, {3, 4, 0, 5, -100});
    std::vector<float> losses(5, -1);
    question.problem.has_ignore_index = 1;
    question.problem.ignore_index = -100;
    question.problem.threads = 2;
    question.result.loss = {losses.data(), XENT_BINARY32, 1, 0};
    ASSERT_EQ(question.ask(implementation), XENT_OK);
    EXPECT_EQ(losses[0], 0.0f);
    EXPECT_EQ(losses[1], kInf);
    EXPECT_TRUE(std::isnan(losses[2]));
    EXPECT_TRUE(std::isnan(losses[3]));
    EXPECT_EQ(losses[4], 0.0f);
  }
}

TEST(Segments, ATargetOutOfRangeIsAnError) {
  Question question(random_logits(2 * kSegment, 1, 25), {2 * kSegment});
  EXPECT_EQ(question.ask(), XENT_TARGET_OUT_OF_RANGE);
}

}  // namespace
}  // namespace xent::fast
