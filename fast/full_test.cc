// What is answered in binary64: options, soft labels, softmax and log_softmax, binary64 logits. The oracle
// has the formulas of xent.h in binary80, whose errors are below 2^-63 times the number of classes.
#include <cmath>

#include "fast/elements.h"
#include "fast/full_kernel.h"
#include "fast/testing.h"

namespace xent::fast {
namespace {

constexpr long double kU64 = 0x1p-53L;
using Reals = std::vector<long double>;

// A row as the oracle sees it, and what the judge of a sum of `terms` terms allows: every term is off by
// kFullExpError, its difference from the maximum, and a few roundings; the sums are compensated.
struct Oracle {
  Reals x;     // after scale and temperature
  Reals mass;  // what xent.h multiplies lse - x by
  long double lse = 0;
  long double terms = 0;  // sum |mass| (lse - x)

  long double loss() const {
    long double sum = 0;
    for (size_t c = 0; c < x.size(); ++c) sum += mass[c] == 0 ? 0 : mass[c] * (lse - x[c]);
    return sum;
  }
  long double bound() const {
    long double largest = 0;
    for (const long double value : x)
      largest = std::isinf(value) ? largest : std::max(largest, std::fabs(value));
    return kU64 * (16 * terms + 4 * largest + 8);
  }
};

// Options of one trial, drawn at random.
struct Options {
  double smoothing = 0, temperature = 0, scale = 0, z_loss = 0;
  bool soft = false, weighted = false;
  xent_smoothing_mass mass = XENT_SMOOTH_ALL;
  xent_smoothing_weights weights = XENT_SMOOTH_WEIGHTED;

  explicit Options(std::mt19937& random) {
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    soft = one_in(3);
    weighted = one_in(2);
    if (one_in(2)) smoothing = static_cast<double>(random() % 5) / 8;
    if (one_in(3)) temperature = 0.75;
    if (one_in(3)) scale = 1.5;
    if (one_in(3)) z_loss = 0.001;
    if (!soft && one_in(2)) mass = XENT_SMOOTH_OTHERS;
    weights = static_cast<xent_smoothing_weights>(random() % (soft ? 2 : 3));
  }
};

struct Trial {
  Options options;
  std::vector<double> x, y, class_weights, sample_weights;
  std::vector<int64_t> targets;
  int64_t rows, classes;

  Trial(std::mt19937& random, int64_t of_rows, int64_t of_classes)
      : options(random), rows(of_rows), classes(of_classes) {
    std::normal_distribution<double> normal(0, 3);
    std::uniform_real_distribution<double> uniform(0, 2);
    for (int64_t i = 0; i < rows * classes; ++i) {
      x.push_back(normal(random));
      y.push_back(random() % 4 == 0 ? 0 : uniform(random));
    }
    for (int64_t c = 0; c < classes; ++c) class_weights.push_back(uniform(random));
    for (int64_t r = 0; r < rows; ++r) {
      sample_weights.push_back(uniform(random));
      targets.push_back(static_cast<int64_t>(random() % static_cast<uint64_t>(classes)));
    }
  }

  xent_problem problem() const {
    xent_problem p = {};
    p.struct_size = sizeof p;
    p.loss = "softmax_cross_entropy";
    p.rows = rows;
    p.classes = classes;
    p.input = {x.data(), XENT_BINARY64, classes, 1};
    if (options.soft) {
      p.target_probs = {y.data(), XENT_BINARY64, classes, 1};
      p.target_space = XENT_PROBABILITIES;
    } else {
      p.targets = {targets.data(), XENT_INT64, 1, 0};
    }
    if (options.weighted) {
      p.class_weights = {class_weights.data(), XENT_BINARY64, 0, 1};
      p.sample_weights = {sample_weights.data(), XENT_BINARY64, 1, 0};
    }
    p.label_smoothing = options.smoothing;
    p.temperature = options.temperature;
    p.scale = options.scale;
    p.z_loss = options.z_loss;
    p.conventions.smoothing_mass = options.mass;
    p.conventions.smoothing_weights = options.weights;
    return p;
  }

  long double factor() const {
    const long double scale = options.scale == 0 ? 1 : options.scale;
    return options.temperature == 0 ? scale : scale / options.temperature;
  }
  long double weight(size_t c) const { return options.weighted ? class_weights[c] : 1; }
  long double sample_weight(size_t r) const { return options.weighted ? sample_weights[r] : 1; }

  Oracle oracle(int64_t row) const {
    Oracle oracle;
    const auto begin = static_cast<size_t>(row * classes);
    const auto t = static_cast<size_t>(targets[static_cast<size_t>(row)]);
    const long double a = options.smoothing;
    long double sum = 0;
    for (size_t c = 0; c < static_cast<size_t>(classes); ++c) {
      oracle.x.push_back(x[begin + c] * factor());
      sum += std::exp(oracle.x.back());
      const long double label = options.soft ? static_cast<long double>(y[begin + c]) : c == t ? 1 : 0;
      long double smoothing = a / static_cast<long double>(classes);
      if (options.mass == XENT_SMOOTH_OTHERS)
        smoothing = c == t ? 0 : a / static_cast<long double>(classes - 1);
      long double smoothing_weight = weight(c);
      if (options.weights == XENT_SMOOTH_UNWEIGHTED) smoothing_weight = 1;
      const bool by_target = options.weights == XENT_SMOOTH_BY_TARGET;
      if (by_target) smoothing_weight = weight(t);
      oracle.mass.push_back((1 - a) * label * weight(c) + smoothing * smoothing_weight);
    }
    oracle.lse = std::log(sum);
    for (size_t c = 0; c < oracle.x.size(); ++c) oracle.terms += oracle.mass[c] * (oracle.lse - oracle.x[c]);
    return oracle;
  }
};

TEST(Full, EveryCombinationOfOptionsHasItsLossAndGradient) {
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    const auto classes = static_cast<int64_t>(2 + random() % (i % 10 == 0 ? 700 : 40));
    const Trial trial(random, 3, classes);
    std::vector<double> losses(3), gradient(static_cast<size_t>(3 * classes));
    const xent_problem problem = trial.problem();
    xent_result result = {};
    result.struct_size = sizeof result;
    result.loss = {losses.data(), XENT_BINARY64, 1, 0};
    result.grad = {gradient.data(), XENT_BINARY64, classes, 1};
    ASSERT_EQ(fast_implementation()->compute(&problem, &result), XENT_OK);
    for (int64_t row = 0; row < 3; ++row) {
      const auto r = static_cast<size_t>(row);
      const Oracle oracle = trial.oracle(row);
      const long double lambda = trial.options.z_loss;
      const long double weight = trial.sample_weight(r);
      const long double loss = weight * (oracle.loss() + lambda * oracle.lse * oracle.lse);
      const long double bound =
          weight *
          (oracle.bound() + lambda * kU64 * (16 * oracle.lse * oracle.lse + 16 * std::fabs(oracle.lse) + 8));
      ASSERT_LE(std::fabs(losses[r] - loss), bound) << "trial " << i << ", row " << row;
      long double mass = 0;
      for (const long double m : oracle.mass) mass += m;
      for (size_t c = 0; c < oracle.x.size(); ++c) {
        const long double p = std::exp(oracle.x[c] - oracle.lse);
        const long double of_p = weight * trial.factor() * (mass + 2 * lambda * oracle.lse);
        const long double of_mass = weight * trial.factor() * oracle.mass[c];
        const long double allowed =
            kU64 * (std::fabs(of_p * p) * (std::fabs(oracle.x[c]) * 8 + 64) + 8 * std::fabs(of_mass));
        ASSERT_LE(std::fabs(gradient[r * oracle.x.size() + c] - (of_p * p - of_mass)), allowed)
            << "trial " << i << ", row " << row << ", class " << c;
      }
    }
  }
}

TEST(Full, DenominatorsOfMeans) {
  std::mt19937 random(11);
  for (int i = 0; i < 100; ++i) {
    const Trial trial(random, 4, 6);
    long double sum = 0, squares = 0, label_weights = 0, bound = 0;
    for (int64_t row = 0; row < 4; ++row) {
      const auto r = static_cast<size_t>(row);
      const Oracle oracle = trial.oracle(row);
      sum += trial.sample_weight(r) * oracle.loss();
      squares +=
          trial.sample_weight(r) * static_cast<long double>(trial.options.z_loss) * oracle.lse * oracle.lse;
      bound += trial.sample_weight(r) * (oracle.bound() + kU64 * 64);
      long double label = 0;
      for (size_t c = 0; c < 6; ++c)
        label += trial.options.soft ? static_cast<long double>(trial.y[r * 6 + c]) * trial.weight(c) : 0;
      label_weights += trial.sample_weight(r) *
                       (trial.options.soft ? label : trial.weight(static_cast<size_t>(trial.targets[r])));
    }
    const struct {
      xent_denominator rule;
      long double value;
    } rules[] = {
        {XENT_VALID_ROWS, 4}, {XENT_ALL_ROWS, 4}, {XENT_VALID_WEIGHTS, label_weights}, {XENT_GIVEN, 2.5L}};
    for (const auto& [rule, value] : rules) {
      for (const int32_t apart : {0, 1}) {
        xent_problem problem = trial.problem();
        problem.reduction = XENT_MEAN;
        problem.conventions.denominator = rule;
        problem.conventions.denominator_value = 2.5;
        problem.conventions.z_loss_over_valid_rows = apart;
        double loss = -1;
        xent_result result = {};
        result.struct_size = sizeof result;
        result.loss = {&loss, XENT_BINARY64, 1, 0};
        ASSERT_EQ(fast_implementation()->compute(&problem, &result), XENT_OK);
        const long double expected = sum / value + squares / (apart != 0 ? 4 : value);
        EXPECT_LE(std::fabs(loss - expected), (bound + 8 * kU64 * sum) / std::min(value, 4.0L) + 4 * kU64)
            << "trial " << i << ", rule " << rule;
      }
    }
  }
}

// Small losses of binary64 logits keep their relative accuracy, down to the end of the range.
TEST(Full, SmallLossesOfBinary64) {
  for (const double gap : {1.0, 30.0, 100.0, 600.0, 700.0}) {
    const std::vector<double> x = {gap, 0.0, 0.25};
    const int64_t target = 0;
    double loss = -1;
    double gradient[3];
    for_each_target([&] {
      Question question({0.0f, 0.0f, 0.0f}, {target});
      question.problem.input = {x.data(), XENT_BINARY64, 3, 1};
      question.result.loss = {&loss, XENT_BINARY64, 1, 0};
      question.result.grad = {gradient, XENT_BINARY64, 3, 1};
      ASSERT_EQ(question.ask(), XENT_OK);
      const long double z =
          std::exp(-static_cast<long double>(gap)) + std::exp(0.25L - static_cast<long double>(gap));
      // exp twice, its argument, and log1p.
      const long double bound = (16 + static_cast<long double>(gap)) * kU64;
      EXPECT_LE(std::fabs(loss / std::log1p(z) - 1), bound) << gap;
      EXPECT_LE(std::fabs(gradient[0] / (-z / (1 + z)) - 1), bound) << gap;
      EXPECT_LE(std::fabs(gradient[2] / (std::exp(0.25L - static_cast<long double>(gap)) / (1 + z)) - 1),
                bound);
    });
  }
}

TEST(Full, SoftmaxAndLogSoftmaxOfEveryFormat) {
  std::mt19937 random(3);
  for (const int64_t classes : {1, 2, 7, 255, 256, 257, 1000}) {
    const auto x = random_logits(classes, 2, static_cast<uint32_t>(classes));
    long double sum = 0;
    for (const float value : x) sum += std::exp(static_cast<long double>(value));
    for_each_target([&] {
      for (const char* const loss : {"softmax", "log_softmax"}) {
        std::vector<double> values(x.size());
        Question question(x, {0});
        question.problem.loss = loss;
        question.problem.targets = {};
        question.result.loss = {values.data(), XENT_BINARY64, classes, 1};
        ASSERT_EQ(question.ask(), XENT_OK);
        for (size_t c = 0; c < x.size(); ++c) {
          const long double lp = static_cast<long double>(x[c]) - std::log(sum);
          const bool is_log = std::string(loss) == "log_softmax";
          const long double expected = is_log ? lp : std::exp(lp);
          const long double allowed = kU64 * (is_log ? 16 + 2 * std::fabs(lp) : expected * (32 - lp));
          ASSERT_LE(std::fabs(values[c] - expected), allowed) << loss << " " << c << " of " << classes;
        }
      }
    });
  }
}

TEST(Full, ConventionsOfMaskedAndUndefinedRows) {
  // Labels of binary64 are not answered in binary32 lanes.
  const auto ask = [](std::vector<float> x, std::vector<double> y, double smoothing,
                      std::vector<float>* gradient) {
    Question question(x, {0});
    if (!y.empty()) {
      question.problem.targets = {};
      question.problem.target_probs = {y.data(), XENT_BINARY64, static_cast<int64_t>(y.size()), 1};
      question.problem.target_space = XENT_PROBABILITIES;
    }
    question.problem.label_smoothing = smoothing;
    gradient->assign(x.size(), -7);
    question.result.grad = {gradient->data(), XENT_BINARY32, static_cast<int64_t>(x.size()), 1};
    EXPECT_EQ(question.ask(), XENT_OK);
    return question.losses[0];
  };
  std::vector<float> gradient;
  // A label of 0 on a masked class counts nothing, any other an infinity; neither moves the masked logit.
  // Two exponentials, log1p, and the rounding of std::log; of ln 2 < 1.
  EXPECT_NEAR(ask({1, -kInf, 1}, {1, 0, 0}, 0, &gradient), std::log(2.0), (kFullExpError + 2 + 1) * 0x1p-53);
  EXPECT_EQ(gradient[1], 0);
  EXPECT_EQ(ask({1, -kInf, 1}, {0.5, 0.5, 0}, 0, &gradient), kInf);
  EXPECT_EQ(gradient[1], 0);
  EXPECT_EQ(gradient[2], 0.5f);
  EXPECT_EQ(ask({1, -kInf, 1}, {}, 0.1, &gradient), kInf);
  EXPECT_TRUE(std::isnan(ask({1, kNaN, 1}, {}, 0.1, &gradient)));
  EXPECT_TRUE(std::isnan(gradient[0]));
  EXPECT_TRUE(std::isnan(ask({1, kInf, 1}, {1, 0, 0}, 0, &gradient)));
  EXPECT_TRUE(std::isnan(ask({1, 2, 1}, {1, kNaN, 0}, 0, &gradient)));
  EXPECT_TRUE(std::isnan(ask({-kInf, -kInf, -kInf}, {1, 0, 0}, 0, &gradient)));
  for (const float g : gradient) EXPECT_TRUE(std::isnan(g));
  // No mass, no loss.
  EXPECT_EQ(ask({1, 2, 1}, {0, 0, 0}, 0, &gradient), 0);
}

TEST(Full, WhatMeansNothingIsRefused) {
  const auto expect_status = [](xent_status expected, auto change) {
    Question question(random_logits(6, 1, 1), {0, 1});
    question.problem.label_smoothing = 0.1;
    change(question.problem);
    EXPECT_EQ(question.ask(), expected);
  };
  expect_status(XENT_OK, [](xent_problem&) {});
  expect_status(XENT_INVALID, [](xent_problem& p) { p.label_smoothing = 1.5; });
  expect_status(XENT_INVALID, [](xent_problem& p) { p.label_smoothing = -0.1; });
  expect_status(XENT_INVALID, [](xent_problem& p) { p.temperature = -1; });
  expect_status(XENT_INVALID, [](xent_problem& p) { p.scale = kInf; });
  expect_status(XENT_INVALID, [](xent_problem& p) { p.z_loss = kNaN; });
  expect_status(XENT_UNSUPPORTED, [](xent_problem& p) { p.conventions.smoothing_mass = 7; });
  expect_status(XENT_UNSUPPORTED, [](xent_problem& p) { p.conventions.smoothing_weights = 7; });
  expect_status(XENT_UNSUPPORTED, [](xent_problem& p) { p.conventions.gradient_of_unit_mass = 1; });
}

TEST(Full, ReadsAndWritesEveryFormatAndStride) {
  const double values[] = {1.5, -0.0, 65504.0, kInf, 0x1p-24, 3.0, 0.0, -2.25};
  for (const xent_format format : {XENT_BINARY16, XENT_BFLOAT16, XENT_BINARY32, XENT_BINARY64}) {
    for (const int64_t stride : {1, 3}) {
      alignas(8) char bytes[8 * 8 * 3 + 8];
      double read[8];
      write_elements({bytes, format, 0, stride}, 0, 0, 8, values);
      read_elements({bytes, format, 0, stride}, 0, 0, 8, read);
      for (int i = 0; i < 8; ++i) {
        // bfloat16 has 8 bits of precision: 65504 rounds to 65536.
        const double expected = format == XENT_BFLOAT16 && i == 2 ? 65536 : values[i];
        EXPECT_EQ(read[i], expected);
        EXPECT_EQ(std::signbit(read[i]), std::signbit(expected));
      }
    }
  }
}

}  // namespace
}  // namespace xent::fast
