// Sum, mean, sequence and perplexity, ignored rows, bases and threads.
#include <cmath>

#include "fast/testing.h"

namespace xent::fast {
namespace {

Question batch(int64_t rows, int64_t classes) {
  std::vector<int64_t> targets;
  for (int64_t r = 0; r < rows; ++r) targets.push_back((r * 31) % classes);
  return {random_logits(rows * classes, 2, 13), targets};
}

double reduced_to(xent_reduction reduction, Question question, const char* loss = "softmax_cross_entropy") {
  question.problem.loss = loss;
  question.problem.reduction = reduction;
  question.result.loss.data = question.losses.data();
  EXPECT_EQ(question.ask(), XENT_OK);
  return question.losses[0];
}

// At most kParts + rows / kParts additions and a division of binary64.
double sum_error(int64_t rows) {
  return (static_cast<double>(rows) / 256 + 260) * 0x1p-53;
}

TEST(Fast, SumAndMeanAreThoseOfTheRows) {
  for (const int64_t rows : {1, 2, 63, 64, 65, 255, 256, 257, 1000, 20000}) {
    Question question = batch(rows, 7);
    ASSERT_EQ(question.ask(), XENT_OK);
    long double sum = 0;
    for (const double loss : question.losses) sum += loss;
    const auto expected = static_cast<double>(sum);
    EXPECT_NEAR(reduced_to(XENT_SUM, question), expected, expected * sum_error(rows)) << rows;
    const double mean = expected / static_cast<double>(rows);
    EXPECT_NEAR(reduced_to(XENT_MEAN, question), mean, mean * sum_error(rows)) << rows;
  }
}

TEST(Fast, SequenceIsTheMeanAndPerplexityItsExponential) {
  const Question question = batch(300, 50);
  const double mean = reduced_to(XENT_MEAN, question);
  EXPECT_EQ(reduced_to(XENT_MEAN, question, "sequence"), mean);
  EXPECT_EQ(reduced_to(XENT_MEAN, question, "perplexity"), std::exp(mean));
}

TEST(Fast, PerplexityOfEqualLogitsIsTheirNumber) {
  const Question question(std::vector<float>(64 * 9, 0.5f), std::vector<int64_t>(64, 2));
  const double error = fast_implementation()->claims[0].exp_error + 4;
  EXPECT_NEAR(reduced_to(XENT_MEAN, question, "perplexity"), 9, 9 * error * std::log(9) * kU);
}

TEST(Fast, ThreadsDoNotChangeABit) {
  for (const int64_t rows : {1, 3, 257, 700}) {
    Question one = batch(rows, 1000);
    ASSERT_EQ(one.ask(), XENT_OK);
    for (const int threads : {2, 3, 8, 1000}) {
      Question many = one;
      many.problem.threads = threads;
      many.losses.assign(many.losses.size(), -1);
      many.result.loss.data = many.losses.data();
      ASSERT_EQ(many.ask(), XENT_OK);
      EXPECT_EQ(many.losses, one.losses);
      EXPECT_EQ(reduced_to(XENT_SUM, many), reduced_to(XENT_SUM, one));
      EXPECT_EQ(reduced_to(XENT_MEAN, many), reduced_to(XENT_MEAN, one));
    }
  }
}

TEST(Fast, RepeatedRowsHaveTheMeanOfOne) {
  const auto x = random_logits(10, 2, 14);
  for (const size_t rows : {2, 257, 2049, 65521}) {
    Question question(x, std::vector<int64_t>(rows, 3));
    question.problem.classes = 10;
    question.problem.input.row_stride = 0;
    const double row = ask_row(x, 3);
    EXPECT_NEAR(reduced_to(XENT_MEAN, question), row, row * sum_error(static_cast<int64_t>(rows)));
  }
}

TEST(Fast, IgnoredRowsAreNeitherReadNorCounted) {
  Question question = batch(100, 20);
  Question kept = batch(0, 20);
  for (size_t r = 0; r < 100; ++r) {
    if (r % 3 == 0) {
      question.targets[r] = -100;
      std::fill_n(question.logits.begin() + static_cast<std::ptrdiff_t>(r * 20), 20, kNaN);
    } else {
      kept.targets.push_back(question.targets[r]);
      kept.logits.insert(kept.logits.end(), question.logits.begin() + static_cast<std::ptrdiff_t>(r * 20),
                         question.logits.begin() + static_cast<std::ptrdiff_t>(r * 20 + 20));
    }
  }
  question.problem.has_ignore_index = 1;
  question.problem.ignore_index = -100;
  ASSERT_EQ(question.ask(), XENT_OK);
  for (size_t r = 0; r < 100; r += 3) EXPECT_EQ(question.losses[r], 0.0);
  const Question rest(kept.logits, kept.targets);
  const double mean = reduced_to(XENT_MEAN, rest);
  EXPECT_NEAR(reduced_to(XENT_MEAN, question), mean, mean * sum_error(100));

  question.problem.conventions.denominator = XENT_ALL_ROWS;
  EXPECT_NEAR(reduced_to(XENT_MEAN, question), mean * 66 / 100, mean * sum_error(100));
  question.problem.conventions.denominator = XENT_GIVEN;
  question.problem.conventions.denominator_value = 33;
  EXPECT_NEAR(reduced_to(XENT_MEAN, question), mean * 2, mean * sum_error(100));
}

TEST(Fast, IgnoredValueMayBeAClass) {
  Question question({1, 2, 3, 4}, {0, 1});
  question.problem.has_ignore_index = 1;
  question.problem.ignore_index = 1;
  ASSERT_EQ(question.ask(), XENT_OK);
  EXPECT_GT(question.losses[0], 0);
  EXPECT_EQ(question.losses[1], 0);
}

TEST(Fast, MeanOfNoValidRowIsNaNAndItsSumIsZero) {
  Question question = batch(5, 4);
  question.targets.assign(5, -1);
  question.problem.has_ignore_index = 1;
  question.problem.ignore_index = -1;
  question.problem.targets.data = question.targets.data();
  for (const xent_denominator denominator : {XENT_VALID_ROWS, XENT_ALL_ROWS}) {
    question.problem.conventions.denominator = denominator;
    EXPECT_TRUE(std::isnan(reduced_to(XENT_MEAN, question)));
    EXPECT_EQ(reduced_to(XENT_SUM, question), 0);
  }
}

TEST(Fast, NoRowsSumToZeroAndHaveNoMean) {
  const Question question({}, {});
  EXPECT_EQ(reduced_to(XENT_SUM, question), 0);
  EXPECT_TRUE(std::isnan(reduced_to(XENT_MEAN, question)));
  Question none = question;
  none.losses.assign(1, -5);
  none.result.loss.data = none.losses.data();
  EXPECT_EQ(none.ask(), XENT_OK);
  EXPECT_EQ(none.losses[0], -5);
}

TEST(Fast, BaseDividesByItsLogarithm) {
  Question question = batch(3, 10);
  ASSERT_EQ(question.ask(), XENT_OK);
  const double mean = reduced_to(XENT_MEAN, question);
  const double perplexity = reduced_to(XENT_MEAN, question, "perplexity");
  const auto nats = question.losses;
  for (const double base : {2.0, 10.0, 0.5, 1e300}) {
    question.problem.base = base;
    ASSERT_EQ(question.ask(), XENT_OK);
    for (size_t r = 0; r < 3; ++r) EXPECT_EQ(question.losses[r], nats[r] / std::log(base));
    EXPECT_EQ(reduced_to(XENT_MEAN, question), mean / std::log(base));
    EXPECT_EQ(reduced_to(XENT_MEAN, question, "perplexity"), perplexity);
  }
}

}  // namespace
}  // namespace xent::fast
