// Class weights and sample weights, against the same questions in binary64, which are answered otherwise.
#include <cmath>

#include "fast/testing.h"

namespace xent::fast {
namespace {

struct WeightedQuestion : TwofoldQuestion {
  std::vector<double> class_weights;
  std::vector<double> sample_weights;

  WeightedQuestion(const std::vector<float>& x, std::vector<int64_t> t, std::mt19937& random)
      : TwofoldQuestion(x, std::move(t)) {
    std::uniform_real_distribution<double> uniform(-0.5, 2);
    for (int64_t c = 0; c < problem.classes; ++c)
      class_weights.push_back(random() % 5 == 0 ? 0 : uniform(random));
    for (int64_t r = 0; r < problem.rows; ++r)
      sample_weights.push_back(random() % 5 == 0 ? 0 : uniform(random));
    if (random() % 3 != 0) problem.class_weights = {class_weights.data(), XENT_BINARY64, 0, 1};
    if (random() % 3 != 0) problem.sample_weights = {sample_weights.data(), XENT_BINARY64, 1, 0};
    problem.conventions.denominator = static_cast<xent_denominator>(random() % 4);
    problem.conventions.denominator_value = 3;
    problem.base = random() % 3 == 0 ? 2 : 0;
    problem.threads = static_cast<int32_t>(1 + random() % 2);
  }

  // What a mean is a sum divided by.
  double divisor() const {
    double rows = 0;
    double weight = 0;
    for (size_t r = 0; r < targets.size(); ++r) {
      if (targets[r] == -100) continue;
      const bool by_class = problem.class_weights.data != nullptr;
      const double of_class = by_class ? class_weights[static_cast<size_t>(targets[r])] : 1;
      rows += 1;
      weight += of_class * (problem.sample_weights.data != nullptr ? sample_weights[r] : 1);
    }
    const double divisors[] = {rows, static_cast<double>(targets.size()), weight, 3};
    return divisors[problem.conventions.denominator];
  }
};

void expect_as_in_binary64(WeightedQuestion& question) {
  // In binary64 all is far more accurate than this.
  constexpr double kLoss = (kLossError + 1e-3) * kU;
  constexpr double kEntry =
      (kSumError + std::max(kPowersError + kPowersErrorPerNat * 60, kFractionError) + 3.001) * kU;
  const auto terms = [&] {
    question.problem.reduction = XENT_NONE;
    question.ask_wide();
    return question.losses;
  }();
  double sum = 0;
  for (const double term : terms) sum += std::fabs(term);
  for (const xent_reduction reduction : {XENT_NONE, XENT_SUM, XENT_MEAN}) {
    question.problem.reduction = reduction;
    question.ask_wide();
    const std::vector<double> expected = question.losses;
    question.ask_narrow();
    if (reduction == XENT_NONE) {
      for (size_t r = 0; r < expected.size(); ++r)
        expect_near(question.losses[r], expected[r], kLoss * std::fabs(expected[r]),
                    "loss " + std::to_string(r));
    } else {
      const double divisor = reduction == XENT_MEAN ? question.divisor() : 1;
      expect_near(question.losses[0], expected[0], kLoss * sum / std::fabs(divisor), "loss");
    }
    for (size_t i = 0; i < question.gradient.size(); ++i) {
      const double entry = question.wide_gradient[i];
      expect_near(static_cast<double>(question.gradient[i]), entry, kEntry * std::fabs(entry) + 0x1p-125,
                  "entry " + std::to_string(i));
    }
  }
}

TEST(Weights, AsInBinary64) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 60; ++trial) {
    for (const auto& [rows, classes] : {std::pair<int64_t, int64_t>{70, 3}, {9, 40}, {5, 1000}}) {
      std::vector<int64_t> targets;
      for (int64_t r = 0; r < rows; ++r)
        targets.push_back(
            random() % 6 == 0 ? -100 : static_cast<int64_t>(random() % static_cast<uint64_t>(classes)));
      WeightedQuestion question(random_logits(rows * classes, 3, static_cast<uint32_t>(trial)), targets,
                                random);
      expect_as_in_binary64(question);
    }
  }
}

TEST(Weights, OfFewLongRows) {
  std::mt19937 random(6);
  for (int trial = 0; trial < 6; ++trial) {
    WeightedQuestion question(random_logits(3 * 70001, 3, 8), {5, -100, 70000}, random);
    expect_as_in_binary64(question);
  }
}

// Nothing times infinity is nothing; of nothing there is no mean.
TEST(Weights, OfNothing) {
  std::mt19937 random(7);
  WeightedQuestion question({-kInf, 1, 2, 3, 4, 5}, {0, 1}, random);
  question.problem.base = 0;
  question.problem.class_weights = {};
  question.sample_weights = {0, 0};
  question.problem.sample_weights = {question.sample_weights.data(), XENT_BINARY64, 1, 0};
  question.problem.reduction = XENT_NONE;
  question.ask_narrow();
  EXPECT_EQ(question.losses, (std::vector<double>{0, 0}));
  for (const float entry : question.gradient) EXPECT_EQ(entry, 0);
  question.problem.reduction = XENT_MEAN;
  question.problem.conventions.denominator = XENT_VALID_WEIGHTS;
  question.ask_narrow();
  EXPECT_TRUE(std::isnan(question.losses[0]));
  for (const float entry : question.gradient) EXPECT_TRUE(std::isnan(entry));
  // Nor of a row that has no other class.
  WeightedQuestion lone({3}, {0}, random);
  lone.problem.class_weights = {};
  lone.sample_weights = {0};
  lone.problem.sample_weights = {lone.sample_weights.data(), XENT_BINARY64, 1, 0};
  lone.problem.reduction = XENT_MEAN;
  lone.problem.conventions.denominator = XENT_VALID_WEIGHTS;
  lone.ask_narrow();
  EXPECT_TRUE(std::isnan(lone.losses[0]));
  EXPECT_TRUE(std::isnan(lone.gradient[0]));
  // Nor of weights that cancel.
  question.logits[0] = 0;
  question.sample_weights = {1, -1};
  question.ask_narrow();
  EXPECT_TRUE(std::isnan(question.losses[0]));
  for (const float entry : question.gradient) EXPECT_TRUE(std::isnan(entry));
}

}  // namespace
}  // namespace xent::fast
