// Soft labels in binary32 lanes, against their formulas in extended precision.
#include <cmath>
#include <random>

#include "fast/testing.h"

namespace xent::fast {
namespace {

struct SoftQuestion : Question {
  std::vector<float> labels;
  std::vector<float> gradient;
  std::vector<double> sample_weights;

  SoftQuestion(const std::vector<float>& x, std::vector<float> y, int64_t rows)
      : Question(x, std::vector<int64_t>(static_cast<size_t>(rows))),
        labels(std::move(y)),
        gradient(labels.size(), kNaN) {
    problem.targets = {};
    problem.target_space = XENT_PROBABILITIES;
    problem.target_probs = {labels.data(), XENT_BINARY32, problem.classes, 1};
    result.grad = {gradient.data(), XENT_BINARY32, problem.classes, 1};
  }

  void weigh(std::vector<double> weights) {
    sample_weights = std::move(weights);
    problem.sample_weights = {sample_weights.data(), XENT_BINARY64, 1, 0};
  }
  size_t classes() const { return static_cast<size_t>(problem.classes); }
};

// Of e^(x_i - lse), kernel.h, down to 60 nats below the largest.
constexpr double kSoftEntry =
    kSumError + std::max(kPowersError + kPowersErrorPerNat * 60, kFractionError) + 3.001;

// A row by the formula of soft_labels.h, and how far off it may be. Binary80 counts for nothing.
class SoftTruth {
 public:
  SoftTruth(const SoftQuestion& question, size_t row)
      : question_(question),
        x_(question.logits.begin() + static_cast<std::ptrdiff_t>(row * question.classes())),
        y_(question.labels.begin() + static_cast<std::ptrdiff_t>(row * question.classes())),
        weight_(question.sample_weights.empty() ? 1 : question.sample_weights[row]) {
    const size_t classes = question.classes();
    for (size_t i = 1; i < classes; ++i) {
      if (x_[static_cast<std::ptrdiff_t>(i)] > x(place_)) place_ = i;
    }
    for (size_t i = 0; i < classes; ++i) {
      if (i != place_) excess_ += std::exp(x(i) - x(place_));
      const long double behind = mass(i) == 0 ? 0 : mass(i) * (x(place_) - x(i));
      mass_ += mass(i);
      sizes_ += std::fabs(mass(i));
      surprisal_ += behind;
      surprisal_sizes_ += std::fabs(behind);
    }
    least_loss_ = std::log1p(excess_);
  }

  void expect_loss(double computed) const {
    const long double lse = x(place_) + least_loss_;
    const long double z = question_.problem.z_loss;
    const auto loss = static_cast<double>(weight_ * (least_loss_ * mass_ + surprisal_ + z * lse * lse));
    const long double bound =
        kU * kLoss * least_loss_ * (std::fabs(mass_) + 2 * std::fabs(z * lse)) +
        k53 * (kAdditions * (least_loss_ * sizes_ + surprisal_sizes_) + 8 * std::fabs(z) * lse * lse);
    expect_near(computed, loss, static_cast<double>(std::fabs(weight_) * bound), "loss");
  }

  void expect_entry(size_t i, double computed) const {
    const long double slope = 2 * question_.problem.z_loss * (x(place_) + least_loss_);
    const long double factor = std::fabs(mass_ + slope);
    const long double p = std::exp(x(i) - x(place_)) / (1 + excess_);
    const long double rest = excess_ / (1 + excess_);
    const bool is_largest = i == place_;
    long double entry = (mass_ + slope) * p - mass(i);
    if (is_largest) entry = (mass_ - mass(i)) + slope - (mass_ + slope) * rest;
    if (x(i) == -kInf) entry = 0;
    const long double of_slope = 2 * std::fabs(question_.problem.z_loss) * kU * kLoss * least_loss_ * p;
    const long double of_parts = is_largest ? kU * (kSumError + 1.001) * factor * rest
                                            : kU * kSoftEntry * factor * p + 3 * kU * std::fabs(mass(i));
    const long double bound = of_slope + of_parts + k53 * kAdditions * sizes_ + k53 * 8 * std::fabs(slope) +
                              kU * std::fabs(entry) + 0x1p-125L * factor;
    expect_near(computed, static_cast<double>(weight_ * entry),
                static_cast<double>(std::fabs(weight_) * bound + 0x1p-149L), "entry " + std::to_string(i));
  }

 private:
  static constexpr double kLoss = kLossError + 1e-3;
  static constexpr double k53 = 0x1p-53;
  static constexpr double kAdditions = 64;  // in a lane, of rows up to 4099

  long double x(size_t i) const { return x_[static_cast<std::ptrdiff_t>(i)]; }
  long double mass(size_t i) const {
    const long double smoothing = question_.problem.label_smoothing;
    return (1 - smoothing) * y_[static_cast<std::ptrdiff_t>(i)] +
           smoothing / static_cast<long double>(question_.classes());
  }

  const SoftQuestion& question_;
  const std::vector<float>::const_iterator x_;
  const std::vector<float>::const_iterator y_;
  const long double weight_;
  size_t place_ = 0;
  long double excess_ = 0;  // sum of e^(x - m) but for m itself
  long double least_loss_ = 0;
  long double mass_ = 0;
  long double sizes_ = 0;
  long double surprisal_ = 0;
  long double surprisal_sizes_ = 0;
};

void expect_truth(SoftQuestion& question) {
  ASSERT_EQ(question.ask(), XENT_OK);
  for (size_t r = 0; r < question.targets.size(); ++r) {
    SCOPED_TRACE("row " + std::to_string(r));
    const SoftTruth truth(question, r);
    ASSERT_NO_FATAL_FAILURE(truth.expect_loss(question.losses[r]));
    for (size_t i = 0; i < question.classes(); ++i) {
      const float entry = question.gradient[r * question.classes() + i];
      ASSERT_NO_FATAL_FAILURE(truth.expect_entry(i, static_cast<double>(entry)));
    }
  }
  // Without a gradient the losses are the same.
  const auto losses = question.losses;
  const auto grad = std::exchange(question.result.grad, {});
  ASSERT_EQ(question.ask(), XENT_OK);
  EXPECT_EQ(question.losses, losses);
  question.result.grad = grad;
}

// Dense labels, one class, few classes, and none, in turns.
std::vector<float> some_labels(int64_t rows, int64_t classes, uint32_t seed) {
  auto labels = random_logits(rows * classes, 2, seed);
  std::mt19937 random(seed);
  for (int64_t r = 0; r < rows; ++r) {
    const std::span<float> row(labels.data() + r * classes, static_cast<size_t>(classes));
    for (float& label : row) label = r % 4 < 2 && (r % 4 == 0 || random() % 3 == 0) ? std::exp(label) : 0;
    if (r % 4 == 2) row[random() % row.size()] = 1;
    const double total = std::accumulate(row.begin(), row.end(), 0.0);
    if (r % 8 != 1 && total > 0) {
      for (float& label : row) label = static_cast<float>(static_cast<double>(label) / total);
    }
  }
  return labels;
}

TEST(SoftLabels, OfAnyLength) {
  for (const int64_t classes : {1, 2, 3, 10, 15, 16, 17, 31, 63, 64, 65, 128, 129, 300, 1000, 4096, 4099}) {
    const int64_t rows = classes < 200 ? 70 : 9;
    const auto x = random_logits(rows * classes, 4, static_cast<uint32_t>(classes));
    const auto y = some_labels(rows, classes, 7);
    for_each_target([&] {
      for (const double smoothing : {0.0, 0.25, 1.0}) {
        SoftQuestion question(x, y, rows);
        question.problem.label_smoothing = smoothing;
        if (smoothing != 0) question.problem.z_loss = smoothing == 1 ? -0.25 : 1e-3;
        ASSERT_NO_FATAL_FAILURE(expect_truth(question)) << classes << " " << smoothing;
      }
    });
  }
}

// The label may be where the model is sure, and then the loss is as small as that of a hard label.
TEST(SoftLabels, OfConfidentRows) {
  for (const int64_t classes : {2, 10, 100, 3000}) {
    for (const float lead : {5.0f, 20.0f, 60.0f, 100.0f}) {
      auto x = random_logits(classes, 1, 3);
      std::vector<float> y(x.size());
      const size_t place = x.size() / 2;
      x[place] = lead;
      y[place] = 1;
      for_each_target([&] {
        SoftQuestion question(x, y, 1);
        ASSERT_NO_FATAL_FAILURE(expect_truth(question)) << classes << " " << lead;
        EXPECT_GT(question.losses[0], 0);
        const Truth hard = truth(x, static_cast<int64_t>(place));
        EXPECT_LE(std::fabs(question.losses[0] - hard.loss), hard.bound);
        EXPECT_LT(question.gradient[place], 0);
      });
    }
  }
}

TEST(SoftLabels, OfLargeAndDistantLogits) {
  for (const float offset : {0.0f, 1e6f, -3e30f}) {
    for (const float factor : {1.0f, 1e4f}) {
      auto x = random_logits(4 * 700, 3, 12);
      for (float& logit : x) logit = logit * factor + offset;
      for_each_target([&] {
        SoftQuestion question(x, some_labels(4, 700, 2), 4);
        ASSERT_NO_FATAL_FAILURE(expect_truth(question)) << offset << " " << factor;
      });
    }
  }
}

TEST(SoftLabels, WeightsMayBeAnything) {
  auto x = random_logits(8 * 900, 3, 5);
  auto y = some_labels(8, 900, 4);
  x[4 * 900] = -kInf;
  y[4 * 900] = 0;
  for_each_target([&] {
    SoftQuestion question(x, y, 8);
    question.weigh({0, -2, 1, 0x1p-110, 0x1p-130, 0x1p101, -0x1p126, 3});
    ASSERT_NO_FATAL_FAILURE(expect_truth(question));
    question.labels[4 * 900] = 1;
    ASSERT_EQ(question.ask(), XENT_OK);
    EXPECT_EQ(question.losses[4], kInf);
    EXPECT_EQ(question.gradient[4 * 900], 0);
  });
}

TEST(SoftLabels, OfMaskedAndUndefinedLogits) {
  for (const int64_t classes : {5, 40, 500}) {
    for (const float special : {-kInf, kInf, kNaN}) {
      for (const int64_t at : {int64_t{0}, classes - 1}) {
        for (const float label : {0.0f, 0.5f}) {
          auto x = random_logits(2 * classes, 2, 8);
          auto y = some_labels(2, classes, 3);
          const auto place = static_cast<size_t>(at);
          x[place] = special;
          y[place] = label;
          for_each_target([&] {
            SoftQuestion question(x, y, 2);
            ASSERT_EQ(question.ask(), XENT_OK);
            if (special == -kInf && label == 0) return expect_truth(question);
            EXPECT_TRUE(are_same(question.losses[0], special == -kInf ? double{kInf} : double{kNaN}));
            EXPECT_TRUE(std::isfinite(question.losses[1]));
            for (int64_t i = 0; i < classes; ++i) {
              const float entry = question.gradient[static_cast<size_t>(i)];
              EXPECT_EQ(std::isnan(entry), special != -kInf);
            }
            if (special == -kInf) {
              EXPECT_EQ(question.gradient[place], 0);
            }
          });
        }
      }
    }
  }
}

TEST(SoftLabels, OfRowsWithOneClassLeftAndWithNone) {
  for (const int64_t classes : {1, 9, 200}) {
    std::vector<float> x(static_cast<size_t>(2 * classes), -kInf);
    x[0] = 7;
    for_each_target([&] {
      std::vector<float> y(x.size());
      y[0] = 0.25f;
      SoftQuestion question(x, y, 2);
      ASSERT_EQ(question.ask(), XENT_OK);
      EXPECT_EQ(question.losses[0], 0);
      EXPECT_TRUE(std::isnan(question.losses[1]));
      for (size_t i = 0; i < static_cast<size_t>(classes); ++i) {
        EXPECT_EQ(question.gradient[i], 0);
        EXPECT_TRUE(std::isnan(question.gradient[static_cast<size_t>(classes) + i]));
      }
    });
  }
}

TEST(SoftLabels, MayBeNothingOrUndefined) {
  for (const int64_t classes : {3, 50, 5000}) {
    const auto x = random_logits(2 * classes, 2, 2);
    std::vector<float> y(x.size());
    y[static_cast<size_t>(classes) + 1] = kNaN;
    for_each_target([&] {
      SoftQuestion question(x, y, 2);
      ASSERT_EQ(question.ask(), XENT_OK);
      EXPECT_EQ(question.losses[0], 0);
      EXPECT_TRUE(std::isnan(question.losses[1]));
      for (size_t i = 0; i < question.classes(); ++i) {
        EXPECT_EQ(question.gradient[i], 0);
        EXPECT_TRUE(std::isnan(question.gradient[question.classes() + i]));
      }
    });
  }
}

// Few long rows, whose classes threads share.
TEST(SoftLabels, OfLongRowsAndThreads) {
  const int64_t classes = 200003;
  const auto x = random_logits(2 * classes, 3, 6);
  const auto y = some_labels(2, classes, 9);
  std::vector<std::vector<float>> gradients;
  for (const int threads : {1, 2}) {
    SoftQuestion question(x, y, 2);
    question.problem.threads = threads;
    ASSERT_EQ(question.ask(), XENT_OK);
    gradients.push_back(question.gradient);
    for (size_t r = 0; r < 2; ++r) {
      // Each row by itself, which has other segments.
      const auto begin = static_cast<std::ptrdiff_t>(r * question.classes());
      const std::vector<float> row(x.begin() + begin, x.begin() + begin + classes);
      const std::vector<float> labels(y.begin() + begin, y.begin() + begin + classes);
      std::vector<double> wide(row.begin(), row.end());
      std::vector<double> wide_gradient(wide.size());
      SoftQuestion exact(row, labels, 1);
      exact.problem.input = {wide.data(), XENT_BINARY64, classes, 1};
      exact.result.grad = {wide_gradient.data(), XENT_BINARY64, classes, 1};
      ASSERT_EQ(exact.ask(), XENT_OK);
      EXPECT_LE(std::fabs(question.losses[r] / exact.losses[0] - 1), kU * kLossError);
      for (size_t i = 0; i < wide.size(); ++i) {
        const auto entry = static_cast<double>(question.gradient[r * wide.size() + i]);
        const auto label = static_cast<double>(labels[i]);
        // soft_labels.h: of p times the masses, two roundings of the mass, one of the entry.
        const double bound =
            kU * ((kSoftEntry + 1) * std::fabs(wide_gradient[i] + label) + 3 * label) + 0x1p-125;
        ASSERT_LE(std::fabs(entry - wide_gradient[i]), bound) << i;
      }
    }
  }
  EXPECT_EQ(gradients[0], gradients[1]);
}

TEST(SoftLabels, OfALongConfidentRow) {
  auto x = random_logits(200003, 1, 3);
  std::vector<float> y(x.size());
  for (const size_t place : {size_t{5}, size_t{150000}, x.size() - 1}) {
    const float logit = std::exchange(x[place], 40.0f);
    y[place] = 1;
    SoftQuestion question(x, y, 1);
    question.problem.threads = 2;
    ASSERT_NO_FATAL_FAILURE(expect_truth(question)) << place;
    x[place] = logit;
    y[place] = 0;
  }
}

// Logits and labels of 16 bits are the same numbers in binary32.
TEST(SoftLabels, OfHalfPrecisionAreThoseOfTheSameNumbers) {
  const int64_t classes = 530;
  const auto truncated = [](std::vector<float> values, std::vector<uint16_t>& narrow) {
    for (float& value : values) {
      const uint32_t bits = std::bit_cast<uint32_t>(value) & 0xffff0000u;
      narrow.push_back(static_cast<uint16_t>(bits >> 16));
      value = std::bit_cast<float>(bits);
    }
    return values;
  };
  std::vector<uint16_t> narrow_logits;
  std::vector<uint16_t> narrow_labels;
  const auto x = truncated(random_logits(8 * classes, 3, 4), narrow_logits);
  const auto y = truncated(some_labels(8, classes, 1), narrow_labels);
  for_each_target([&] {
    SoftQuestion expected(x, y, 8);
    ASSERT_NO_FATAL_FAILURE(expect_truth(expected));
    for (const int narrow : {1, 2, 3}) {
      SoftQuestion question(x, y, 8);
      if (narrow & 1) question.problem.input = {narrow_logits.data(), XENT_BFLOAT16, classes, 1};
      if (narrow & 2) question.problem.target_probs = {narrow_labels.data(), XENT_BFLOAT16, classes, 1};
      ASSERT_EQ(question.ask(), XENT_OK);
      EXPECT_EQ(question.gradient, expected.gradient);
      for (size_t r = 0; r < 8; ++r) {
        const double sizes = question.losses[r];  // no mass is negative
        EXPECT_LE(std::fabs(question.losses[r] - expected.losses[r]), 64 * 0x1p-53 * sizes);
      }
    }
  });
}

// Large gradients go past the caches, and logits may be where they go; neither changes a bit.
TEST(SoftLabels, GradientsMayReplaceLogits) {
  for (const int64_t classes : {300, 5000}) {
    const int64_t rows = (1 << 20) / classes + 1;
    const auto x = random_logits(rows * classes, 3, 4);
    const auto y = some_labels(rows, classes, 6);
    SoftQuestion apart(x, y, rows);
    ASSERT_EQ(apart.ask(), XENT_OK);
    SoftQuestion replaced(x, y, rows);
    replaced.result.grad.data = replaced.logits.data();
    ASSERT_EQ(replaced.ask(), XENT_OK);
    EXPECT_EQ(replaced.logits, apart.gradient);
    EXPECT_EQ(replaced.losses, apart.losses);
    SoftQuestion one(std::vector<float>(x.begin(), x.begin() + classes),
                     std::vector<float>(y.begin(), y.begin() + classes), 1);
    ASSERT_EQ(one.ask(), XENT_OK);
    EXPECT_TRUE(std::equal(one.gradient.begin(), one.gradient.end(), apart.gradient.begin()));
    EXPECT_EQ(one.losses[0], apart.losses[0]);
  }
}

TEST(SoftLabels, TouchNothingBesides) {
  for (const int64_t classes : {1, 3, 7, 15, 16, 33, 100, 1000}) {
    const auto count = static_cast<size_t>(classes);
    GuardedPages x, y, grad;
    const auto size = count * sizeof(float);
    auto* const logits = reinterpret_cast<float*>(x.end() - size);
    auto* const labels = reinterpret_cast<float*>(y.end() - size);
    auto* const entries = reinterpret_cast<float*>(grad.end() - size);
    std::fill_n(logits, count, 1.0f);
    std::fill_n(labels, count, 0.5f);
    for_each_target([&] {
      SoftQuestion question({1}, {1}, 1);
      question.problem.classes = classes;
      question.problem.input = {logits, XENT_BINARY32, classes, 1};
      question.problem.target_probs = {labels, XENT_BINARY32, classes, 1};
      question.result.grad = {entries, XENT_BINARY32, classes, 1};
      ASSERT_EQ(question.ask(), XENT_OK);
      EXPECT_TRUE(std::isfinite(question.losses[0]));
    });
  }
}

// What a mean of soft labels divides by may be what they weigh.
TEST(SoftLabels, MeansDivideByRowsOrByWhatLabelsAddUpTo) {
  const auto x = random_logits(3 * 4, 2, 1);
  const std::vector<float> y = {0.5f, 0.5f, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0.25f};
  SoftQuestion each(x, y, 3);
  ASSERT_EQ(each.ask(), XENT_OK);
  const double sum = each.losses[0] + each.losses[1] + each.losses[2];
  SoftQuestion mean(x, y, 3);
  mean.problem.reduction = XENT_MEAN;
  ASSERT_EQ(mean.ask(), XENT_OK);
  EXPECT_LE(std::fabs(mean.losses[0] - sum / 3), 4 * 0x1p-53 * sum);
  mean.problem.conventions.denominator = XENT_VALID_WEIGHTS;
  ASSERT_EQ(mean.ask(), XENT_OK);
  EXPECT_LE(std::fabs(mean.losses[0] - sum / 3.25), kU * kLossError * sum);
}

}  // namespace
}  // namespace xent::fast
