// Temperature and scale in binary32 lanes, against formulas in extended precision.
#include <cmath>
#include <numeric>
#include <string_view>

#include "fast/testing.h"

namespace xent::fast {
namespace {

// A row of z = scale (x - m). Binary80 counts for nothing.
class ScaledRow {
 public:
  ScaledRow(std::span<const float> x, double scale) : scale_(scale) {
    max_ = *std::max_element(x.begin(), x.end());
    for (const float logit : x) z_.push_back((logit - max_) * scale_);
    sum_ = sum_besides(z_.size());
  }

  long double largest() const { return scale_ * max_; }
  long double scale() const { return scale_; }
  long double z(size_t i) const { return z_[i]; }
  // Of the others than one (any number beyond the classes: of all): the sum of e^z.
  long double sum_besides(size_t t) const {
    long double sum = 0;
    for (size_t i = 0; i < z_.size(); ++i) sum += i == t ? 0 : std::exp(z_[i]);
    return sum;
  }
  // ln(e^z_t + S) - z_t.
  long double loss(size_t t) const {
    const long double sum = sum_besides(t);
    const long double d = sum > 0 ? std::log(sum) - z_[t] : -HUGE_VALL;
    return d <= 0 ? std::log1p(sum * std::exp(-z_[t])) : d + std::log1p(std::exp(-d));
  }
  long double share_besides(size_t t) const {  // 1 - p_t
    const long double rest = sum_besides(t);
    return rest / (rest + std::exp(z_[t]));
  }
  long double probability(size_t i) const { return std::exp(z_[i]) / sum_; }

 private:
  const long double scale_;
  long double max_;
  long double sum_;  // of e^z
  std::vector<long double> z_;
};

// Of an entry of a gradient or a softmax, kernel.h, down to 100 nats below the largest; what is smaller lies
// below 2^-125.
constexpr long double kScaledEntry =
    kSumError + std::max(kPowersError + kPowersErrorPerNat * 100, kFractionError) + 3.01;

// That of kernel.h: a scale adds nothing.
void expect_hard_labels(TwofoldQuestion& question, double scale, double upstream = 1) {
  question.problem.upstream = {&upstream, XENT_BINARY64, 0, 0};
  question.ask_narrow();
  const auto classes = static_cast<size_t>(question.problem.classes);
  for (size_t r = 0; r < question.targets.size(); ++r) {
    const ScaledRow row(std::span(question.logits).subspan(r * classes, classes), scale);
    const auto t = static_cast<size_t>(question.targets[r]);
    const long double loss = row.loss(t);
    const long double rest = row.share_besides(t);
    expect_near(question.losses[r], static_cast<double>(loss), static_cast<double>(loss * kU * kLossError),
                "loss " + std::to_string(r));
    for (size_t i = 0; i < classes; ++i) {
      const long double part = i == t ? rest : row.probability(i);
      const long double factor = row.scale() * upstream;
      const long double truth = factor * (i == t ? -part : part);
      expect_near(
          static_cast<double>(question.gradient[r * classes + i]), static_cast<double>(truth),
          static_cast<double>(std::fabs(truth) * kU * kScaledEntry + 0x1p-125L * std::max(factor, 1.0L)),
          "entry " + std::to_string(i));
    }
  }
}

std::vector<int64_t> targets_for(int64_t rows, int64_t classes) {
  std::vector<int64_t> targets;
  for (int64_t r = 0; r < rows; ++r) targets.push_back(r * 7919 % classes);
  return targets;
}

TEST(Temperature, OfHardLabels) {
  for (const int64_t classes : {1, 2, 3, 10, 15, 16, 17, 64, 65, 128, 129, 500, 4096, 8191, 8193, 20000}) {
    const int64_t rows = classes < 200 ? 150 : 3;
    const auto x = random_logits(rows * classes, 1, static_cast<uint32_t>(classes));
    for_each_target([&] {
      for (const double scale : {0.01, 3.7, 14.0}) {
        TwofoldQuestion question(x, targets_for(rows, classes));
        question.problem.scale = 2 * scale;
        question.problem.temperature = 2;
        ASSERT_NO_FATAL_FAILURE(expect_hard_labels(question, scale)) << classes << " " << scale;
      }
    });
  }
}

// Where differences are formed to the maximum: that depends on what is scaled, not on what is stored.
TEST(Temperature, OfLogitsFarFromZero) {
  struct Case {
    float offset;
    double scale;
  };
  for (const int64_t classes : {2, 17, 64, 500, 4096}) {
    for (const Case& c :
         {Case{-3e4f, 1 / 0.7}, {-400, 1 / 0.7}, {2e6f, 1 / 0.7}, {60, 14}, {-70, 14}, {5e3f, 0.01}}) {
      auto x = random_logits(40 * classes, 2, static_cast<uint32_t>(classes));
      for (float& logit : x) logit += c.offset;
      for_each_target([&] {
        TwofoldQuestion question(x, targets_for(40, classes));
        question.problem.scale = c.scale;
        ASSERT_NO_FATAL_FAILURE(expect_hard_labels(question, c.scale)) << classes << " " << c.offset;
      });
    }
  }
}

// Factors that products of binary32 have no room for.
TEST(Temperature, OfGradientsWithLargeFactors) {
  for (const int64_t classes : {3, 64, 700}) {
    for_each_target([&] {
      TwofoldQuestion question(random_logits(3 * classes, 2, 5), targets_for(3, classes));
      question.problem.temperature = 0.7;
      ASSERT_NO_FATAL_FAILURE(expect_hard_labels(question, 1 / 0.7, 1e33)) << classes;
    });
  }
}

TEST(Temperature, OfConfidentRows) {
  for (const float lead : {5.0f, 20.0f, 60.0f, 88.0f}) {
    auto x = random_logits(1000, 1, 3);
    x[17] = 100 + lead / 4;
    for (float& logit : x) logit = std::min(logit, 1.0f) + (logit > 50 ? lead / 4 : 0);
    for_each_target([&] {
      TwofoldQuestion question(x, {17});
      question.problem.temperature = 0.25;
      ASSERT_NO_FATAL_FAILURE(expect_hard_labels(question, 4)) << lead;
      EXPECT_GT(question.losses[0], 0);
      EXPECT_LT(question.gradient[17], 0);
    });
  }
}

void expect_soft_labels_and_smoothing(int64_t classes, double upstream) {
  const auto count = static_cast<size_t>(classes);
  const auto x = random_logits(3 * classes, 2, 4);
  auto y = random_logits(3 * classes, 1, 5);
  for (float& label : y) label = std::exp(label) / 1000;
  for_each_target([&] {
    for (const bool soft : {true, false}) {
      TwofoldQuestion question(x, {5, 0, classes - 1});
      question.problem.temperature = 0.3;
      question.problem.label_smoothing = 0.2;
      question.problem.upstream = {&upstream, XENT_BINARY64, 0, 0};
      if (soft) {
        question.problem.targets = {};
        question.problem.has_ignore_index = 0;
        question.problem.target_space = XENT_PROBABILITIES;
        question.problem.target_probs = {y.data(), XENT_BINARY32, classes, 1};
      }
      question.ask_wide();
      const auto expected = question.losses;
      const auto gradient = question.wide_gradient;
      question.ask_narrow();
      for (size_t r = 0; r < 3; ++r) {
        const ScaledRow row(std::span(question.logits).subspan(r * count, count), 1 / 0.3);
        const auto labels = std::span<const float>(y).subspan(r * count, count);
        // No mass is negative.
        const auto bound = static_cast<double>(expected[r] * kU * kLossError);
        expect_near(question.losses[r], expected[r], bound, "loss");
        const auto label = [&](size_t c) {
          if (soft) return static_cast<long double>(labels[c]);
          return static_cast<int64_t>(c) == question.targets[r] ? 1.0L : 0.0L;
        };
        const long double total =
            0.8L * (soft ? std::accumulate(labels.begin(), labels.end(), 0.0L) : 1) + 0.2L;
        for (size_t c = 0; c < count; ++c) {
          const size_t i = r * count + c;
          const long double p = total * row.probability(c) * row.scale();
          const long double mass = (0.8L * label(c) + 0.2L / count) * row.scale();
          expect_near(
              static_cast<double>(question.gradient[i]), gradient[i],
              static_cast<double>(upstream * kU * (p * kScaledEntry + 3 * mass + std::fabs(p - mass))),
              "entry");
        }
      }
    }
  });
}

TEST(Temperature, OfSoftLabelsAndSmoothing) {
  for (const int64_t classes : {700, 70001}) {
    for (const double upstream : {1.0, 1e33}) expect_soft_labels_and_smoothing(classes, upstream);
  }
}

// A question about a loss without labels, of logits times 2.5, whose result has `width` values a row.
std::vector<float> values_of(const char* loss, const std::vector<float>& x, int64_t rows, int64_t width,
                             int threads) {
  Question question(x, std::vector<int64_t>(static_cast<size_t>(rows)));
  std::vector<float> values(static_cast<size_t>(rows * width));
  question.problem.loss = loss;
  question.problem.scale = 2.5;
  question.problem.targets = {};
  question.problem.threads = threads;
  question.result.loss = {values.data(), XENT_BINARY32, width, 1};
  EXPECT_EQ(question.ask(), XENT_OK);
  return values;
}

TEST(Temperature, OfMapsAndLogSums) {
  for (const int64_t classes : {2, 40, 900, 20000, 70001}) {
    const int64_t rows = classes < 100 ? 150 : 4;
    const auto x = random_logits(rows * classes, 3, 8);
    const auto count = static_cast<size_t>(classes);
    for_each_target([&] {
      const auto lse = values_of("log_sum_exp", x, rows, 1, 2);
      const auto p = values_of("softmax", x, rows, classes, 2);
      const auto log_p = values_of("log_softmax", x, rows, classes, 2);
      for (size_t r = 0; r < lse.size(); ++r) {
        const ScaledRow row(std::span<const float>(x).subspan(r * count, count), 2.5);
        const long double above = std::log(row.sum_besides(count));
        const long double sum = row.largest() + above;
        expect_near(static_cast<double>(lse[r]), static_cast<double>(sum),
                    static_cast<double>(kU * (kSumError + 1.001L * std::fabs(sum))), "lse");
        for (size_t i = 0; i < count; ++i) {
          const long double truth = row.probability(i);
          expect_near(static_cast<double>(p[r * count + i]), static_cast<double>(truth),
                      static_cast<double>(truth * kU * kScaledEntry + 0x1p-125L), "p");
          const long double log_truth = row.z(i) - above;
          expect_near(static_cast<double>(log_p[r * count + i]), static_cast<double>(log_truth),
                      static_cast<double>(kU * std::fabs(log_truth) * (kLossError + 1.002L)), "ln p");
        }
      }
    });
  }
}

// Few long rows are cut along their classes, by whose number alone.
TEST(Temperature, AreTheSameForAnyNumberOfThreads) {
  for (const int64_t classes : {20000, 70001}) {
    const auto x = random_logits(3 * classes, 3, 9);
    for (const char* const loss : {"log_sum_exp", "softmax", "log_softmax"}) {
      const int64_t width = std::string_view(loss) == "log_sum_exp" ? 1 : classes;
      const auto expected = values_of(loss, x, 3, width, 1);
      for (const int threads : {2, 5}) EXPECT_EQ(values_of(loss, x, 3, width, threads), expected) << loss;
    }
  }
}

TEST(Temperature, OfMaskedAndUndefinedLogits) {
  for (const int64_t classes : {3, 30, 600}) {
    for_each_target([&] {
      auto x = random_logits(4 * classes, 2, 8);
      const auto row = [&](int64_t r) { return x.begin() + r * classes; };
      *(row(0) + 1) = -kInf;
      *(row(1) + 1) = kNaN;
      *(row(2) + 1) = kInf;
      std::fill_n(row(3), classes, -kInf);
      TwofoldQuestion question(x, {0, 0, 0, 0});
      question.problem.temperature = 3;
      question.ask_narrow();
      EXPECT_TRUE(std::isfinite(question.losses[0]));
      EXPECT_EQ(question.gradient[1], 0);
      for (size_t r = 1; r < 4; ++r) EXPECT_TRUE(std::isnan(question.losses[r])) << r;
      question.problem.targets = {};
      question.problem.has_ignore_index = 0;
      question.problem.loss = "log_sum_exp";
      question.ask_narrow();
      EXPECT_TRUE(std::isfinite(question.losses[0]));
      EXPECT_TRUE(std::isnan(question.losses[1]));
      EXPECT_TRUE(std::isnan(question.losses[2]));
      EXPECT_EQ(question.losses[3], -kInf);
    });
  }
}

TEST(Temperature, OfLongRows) {
  for (const int threads : {1, 3}) {
    TwofoldQuestion question(random_logits(3 * 200003, 1, 6), {150000, 0, 200002});
    question.problem.temperature = 0.5;
    question.problem.threads = threads;
    ASSERT_NO_FATAL_FAILURE(expect_hard_labels(question, 2));
  }
}

TEST(Temperature, WithAZLoss) {
  for_each_target([] {
    TwofoldQuestion question(random_logits(3 * 300, 2, 6), {0, 100, 299});
    question.problem.temperature = 0.7;
    question.problem.z_loss = 0.01;
    question.ask_wide();
    const auto expected = question.losses;
    question.ask_narrow();
    for (size_t r = 0; r < 3; ++r) {
      const ScaledRow row(std::span(question.logits).subspan(r * 300, 300), 1 / 0.7);
      // That of the label, and 2 z_loss |lse| times that of lse.
      const long double loss = row.loss(static_cast<size_t>(question.targets[r]));
      const long double lse = row.largest() + std::log(row.sum_besides(300));
      const long double bound = loss * kLossError + 0.02L * std::fabs(lse) * (kSumError + 0.001L);
      expect_near(question.losses[r], expected[r], static_cast<double>(kU * bound), "loss");
    }
  });
}

// What is beyond the largest float is not masked.
TEST(Temperature, MayOverflow) {
  for (const int64_t classes : {2, 30, 600}) {
    std::vector<float> x(static_cast<size_t>(classes), 0.0f);
    x[1] = 1e5f;
    for_each_target([&] {
      TwofoldQuestion question(x, {0});
      question.problem.scale = 1e35;
      question.ask_narrow();
      EXPECT_GE(question.losses[0], static_cast<double>(std::numeric_limits<float>::max()));
      EXPECT_EQ(question.gradient[0], -1e35f);
      EXPECT_EQ(question.gradient[1], 1e35f);
    });
  }
}

TEST(Temperature, MayBeAtTheEndsOfTheRange) {
  for (const int64_t classes : {2, 30, 600}) {
    for_each_target([&] {
      TwofoldQuestion question(random_logits(classes, 3, 8), {0});
      question.problem.scale = 1e-300;  // all alike
      question.ask_narrow();
      EXPECT_DOUBLE_EQ(question.losses[0], std::log(static_cast<double>(classes)));
      question.problem.scale = 1e300;  // all but the largest are nothing
      question.ask_narrow();
      const double behind = static_cast<double>(std::ranges::max(question.logits) - question.logits[0]);
      EXPECT_NEAR(question.losses[0], 1e300 * behind, 1e300 * behind * kU);
    });
  }
}

TEST(Temperature, GradientsMayReplaceLogitsAndRowsMayBeIgnored) {
  for (const int64_t classes : {7, 3000, 30000, 70001}) {
    const auto x = random_logits(5 * classes, 3, 4);
    TwofoldQuestion apart(x, {0, -100, 1, 2, 3});
    apart.problem.temperature = 2;
    apart.ask_narrow();
    EXPECT_EQ(apart.losses[1], 0);
    EXPECT_EQ(apart.gradient[static_cast<size_t>(classes)], 0);
    TwofoldQuestion replaced(x, {0, -100, 1, 2, 3});
    replaced.problem.temperature = 2;
    replaced.problem.threads = 2;
    replaced.problem.input = {replaced.logits.data(), XENT_BINARY32, classes, 1};
    replaced.result.grad = {replaced.logits.data(), XENT_BINARY32, classes, 1};
    ASSERT_EQ(replaced.ask(), XENT_OK);
    EXPECT_EQ(replaced.logits, apart.gradient);
    EXPECT_EQ(replaced.losses, apart.losses);
  }
}

}  // namespace
}  // namespace xent::fast
