// Label smoothing and z-losses in binary32 lanes, against the same questions in binary64, which are answered
// otherwise.
#include <cmath>
#include <random>
#include <utility>

#include "fast/testing.h"

namespace xent::fast {
namespace {

struct SmoothedQuestion : TwofoldQuestion {
  std::vector<double> sample_weights;

  using TwofoldQuestion::TwofoldQuestion;

  void weigh(std::mt19937& random) {
    std::uniform_real_distribution<double> uniform(-0.5, 2);
    for (int64_t r = 0; r < problem.rows; ++r) sample_weights.push_back(uniform(random));
    problem.sample_weights = {sample_weights.data(), XENT_BINARY64, 1, 0};
  }
  double log_sum(size_t r, double loss) const {
    if (targets[r] < 0) return 0;
    return loss / weight(r) +
           wide_logits[r * static_cast<size_t>(problem.classes) + static_cast<size_t>(targets[r])];
  }
  double probability(size_t r, size_t i, double lse) const {
    return targets[r] < 0 ? 0 : std::exp(wide_logits[i] - lse);
  }
  double weight(size_t r) const { return sample_weights.empty() ? 1 : sample_weights[r]; }

  void ask_wide_with(double smoothing) {
    problem.label_smoothing = smoothing;
    ask_wide();
  }
};

// By kernel.h, from what the hard labels alone would have.
void expect_as_in_binary64(SmoothedQuestion& question, double smoothing) {
  constexpr double kEntry =
      (kSumError + std::max(kPowersError + kPowersErrorPerNat * 60, kFractionError) + 3.001) * kU;
  const double z = std::exchange(question.problem.z_loss, 0);
  question.ask_wide_with(0);
  const std::vector<double> hard = question.losses;
  const std::vector<double> hard_gradient = question.wide_gradient;
  question.problem.z_loss = z;
  question.ask_wide_with(smoothing);
  const std::vector<double> expected = question.losses;
  question.ask_narrow();
  const auto classes = static_cast<size_t>(question.problem.classes);
  for (size_t r = 0; r < expected.size(); ++r) {
    const double weight = std::fabs(question.weight(r));
    const double of_label = kU * (kSumError * weight + (kLossPolynomialsError + 1e-4) * std::fabs(hard[r]));
    // lse is off by as much as the loss of the label, in which no weight is; 2 z lse multiplies that.
    const double lse = weight == 0 ? 0 : question.log_sum(r, hard[r]);
    const double slope = std::fabs(2 * z * lse);
    const double bound = of_label * (1 + slope) + kU * 1e-4 * z * lse * lse * weight;
    expect_near(question.losses[r], expected[r], bound, "loss " + std::to_string(r));
    for (size_t i = r * classes; i < (r + 1) * classes; ++i) {
      const double entry = question.wide_gradient[i];
      const double p = std::min(weight, weight * question.probability(r, i, lse));
      const double entry_bound = kEntry * std::fabs(hard_gradient[i]) + kU * smoothing * weight +
                                 (kEntry * slope + 2 * std::fabs(z) * kU * (kSumError + 1)) * p +
                                 1.001 * kU * std::fabs(entry) + 0x1p-125;
      expect_near(static_cast<double>(question.gradient[i]), entry, entry_bound,
                  "entry " + std::to_string(i));
    }
  }
}

TEST(Smoothing, AsInBinary64) {
  std::mt19937 random(3);
  for (const int64_t classes : {1, 2, 3, 10, 15, 16, 17, 31, 63, 64, 65, 128, 129, 300, 1000, 4099}) {
    const int64_t rows = classes < 200 ? 37 : 5;
    std::vector<int64_t> targets;
    for (int64_t r = 0; r < rows; ++r)
      targets.push_back(random() % 7 == 0 ? -100
                                          : static_cast<int64_t>(random() % static_cast<uint32_t>(classes)));
    const auto x = random_logits(rows * classes, 4, static_cast<uint32_t>(classes));
    for_each_target([&] {
      for (const double smoothing : {0.1, 0.5, 1.0}) {
        SmoothedQuestion question(x, targets);
        if (smoothing == 0.5) question.weigh(random);
        if (smoothing != 0.1) question.problem.z_loss = smoothing == 0.5 ? 1e-3 : -0.25;
        if (smoothing == 1 && classes > 1) question.problem.conventions.smoothing_mass = XENT_SMOOTH_OTHERS;
        ASSERT_NO_FATAL_FAILURE(expect_as_in_binary64(question, smoothing)) << classes << " " << smoothing;
      }
    });
  }
}

// Sums of what is far apart, and of what is far from zero.
TEST(Smoothing, OfLargeAndDistantLogits) {
  for (const float offset : {0.0f, 1e6f, -3e30f}) {
    for (const float factor : {1.0f, 1e4f}) {
      auto x = random_logits(3 * 700, 3, 12);
      for (float& logit : x) logit = logit * factor + offset;
      for_each_target([&] {
        SmoothedQuestion question(x, {5, 699, 0});
        ASSERT_NO_FATAL_FAILURE(expect_as_in_binary64(question, 0.2)) << offset << " " << factor;
      });
    }
  }
}

TEST(Smoothing, OfMaskedAndUndefinedLogits) {
  for (const int64_t classes : {5, 40, 500}) {
    for (const float special : {-kInf, kInf, kNaN}) {
      for (const int64_t at : {int64_t{0}, classes - 1}) {
        auto x = random_logits(2 * classes, 2, 8);
        x[static_cast<size_t>(at)] = special;
        for_each_target([&] {
          SmoothedQuestion question(x, {0, 1});
          question.problem.label_smoothing = 0.1;
          question.ask_narrow();
          EXPECT_TRUE(are_same(question.losses[0], special == -kInf ? double{kInf} : double{kNaN}))
              << classes;
          EXPECT_TRUE(std::isfinite(question.losses[1]));
          // It may be 0 or minus its share.
          const float entry = question.gradient[static_cast<size_t>(at)];
          EXPECT_TRUE(special == -kInf ? entry <= 0 : std::isnan(entry)) << classes;
        });
      }
    }
  }
}

// Few long rows, whose classes threads share.
TEST(Smoothing, OfLongRows) {
  const int64_t classes = 200003;
  const auto x = random_logits(2 * classes, 3, 6);
  std::vector<std::vector<float>> gradients;
  for (const int threads : {1, 2}) {
    SmoothedQuestion question(x, {150000, 3});
    question.problem.threads = threads;
    question.problem.z_loss = 1e-2;
    ASSERT_NO_FATAL_FAILURE(expect_as_in_binary64(question, 0.1)) << threads;
    gradients.push_back(question.gradient);
  }
  EXPECT_EQ(gradients[0], gradients[1]);
}

// The loss of a label that is far behind is no way to log-sum-exp.
TEST(Smoothing, OfATargetFarBehind) {
  for (const float behind : {-1e4f, -5e15f, -1e30f, -kInf}) {
    for (const int64_t classes : {2, 9, 600}) {
      auto x = random_logits(classes, 2, 5);
      x[0] = behind;
      for_each_target([&] {
        SmoothedQuestion question(x, {0});
        question.problem.z_loss = 0.01;
        question.ask_wide_with(0);
        const auto expected = question.wide_gradient;
        const double loss = question.losses[0];
        question.ask_narrow();
        EXPECT_TRUE(question.losses[0] == loss || std::fabs(question.losses[0] / loss - 1) < 4 * kU)
            << behind;
        for (size_t i = 0; i < x.size(); ++i)
          EXPECT_LE(std::fabs(question.gradient[i] - expected[i]), 16 * kU * std::fabs(expected[i]))
              << behind;
      });
    }
  }
}

TEST(Smoothing, MayOverflow) {
  for (const int64_t classes : {2, 40, 700}) {
    std::vector<float> x(static_cast<size_t>(classes), 0.0f);
    x[1] = 0x1p127f;
    for_each_target([&] {
      SmoothedQuestion question(x, {0});
      question.problem.z_loss = 2;
      question.ask_narrow();
      EXPECT_EQ(question.gradient[0], -1);
      EXPECT_EQ(question.gradient[1], kInf);
      for (size_t i = 2; i < x.size(); ++i) EXPECT_EQ(question.gradient[i], 0);
    });
  }
}

TEST(Smoothing, NeedsNoSmoothingForAZLoss) {
  for (const int64_t classes : {1, 7, 40, 1000}) {
    const auto x = random_logits(20 * classes, 3, 9);
    std::vector<int64_t> targets(20);
    for (size_t r = 0; r < targets.size(); ++r) targets[r] = static_cast<int64_t>(r) % classes;
    for_each_target([&] {
      SmoothedQuestion question(x, targets);
      question.problem.z_loss = 0.05;
      ASSERT_NO_FATAL_FAILURE(expect_as_in_binary64(question, 0)) << classes;
    });
  }
}

TEST(Smoothing, OfHalfPrecisionIsThatOfTheSameNumbers) {
  const auto wide = random_logits(9 * 130, 3, 4);
  std::vector<uint16_t> narrow;
  std::vector<float> same;
  for (const float logit : wide) {
    const uint32_t bits = std::bit_cast<uint32_t>(logit) & 0xffff0000u;
    narrow.push_back(static_cast<uint16_t>(bits >> 16));
    same.push_back(std::bit_cast<float>(bits));
  }
  const std::vector<int64_t> targets = {0, 1, 2, 3, -100, 129, 128, 7, 64};
  for_each_target([&] {
    SmoothedQuestion expected(same, targets);
    SmoothedQuestion question(same, targets);
    expected.problem.label_smoothing = question.problem.label_smoothing = 0.3;
    expected.ask_narrow();
    question.problem.input = {narrow.data(), XENT_BFLOAT16, 130, 1};
    question.result.grad = {question.gradient.data(), XENT_BINARY32, 130, 1};
    ASSERT_EQ(question.ask(), XENT_OK);
    EXPECT_EQ(question.losses, expected.losses);
    EXPECT_EQ(question.gradient, expected.gradient);
  });
}

}  // namespace
}  // namespace xent::fast
