// Laws that tie the options of row.h to each other and to the plain loss: each is checked on exact inputs, so
// that both sides are the same real number and have the same digits.
#include <gtest/gtest.h>

#include <random>

#include "reference/certify.h"
#include "reference/row.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

constexpr int kDigits = 40;

std::vector<std::string> values_of(const Problem& p) {
  auto values = certify(p);
  if (!values) return {values.error().message};
  std::vector<std::string> texts;
  for (Certified& value : *values) texts.push_back(value.decimal(kDigits).value_or("undecided"));
  return texts;
}

Number simple(std::mt19937_64& random, long range) {
  return Number(Rational(static_cast<long>(random() % static_cast<std::uint64_t>(2 * range + 1)) - range,
                         1 + static_cast<long>(random() % 9)));
}

Number positive(std::mt19937_64& random) {
  return Number(Rational(1 + static_cast<long>(random() % 9), 1 + static_cast<long>(random() % 9)));
}

// Logits with hard labels.
Problem any_problem(std::mt19937_64& random) {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1 + static_cast<std::int64_t>(random() % 4);
  p.classes = 2 + static_cast<std::int64_t>(random() % 4);
  p.input = several(p.rows * p.classes, [&] { return simple(random, 40); });
  for (std::int64_t r = 0; r < p.rows; ++r)
    p.targets.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(p.classes)));
  return p;
}

Problem with_soft_labels(Problem p, const std::vector<Number>& labels) {
  p.targets.clear();
  p.target_probs = labels;
  return p;
}

class Options : public testing::Test {
 protected:
  static constexpr int kRounds = 40;
  std::mt19937_64 random_{kSeed};
};

TEST_F(Options, SmoothingIsSoftLabelsOfTheDeclaredMass) {
  for (int round = 0; round < kRounds; ++round) {
    for (const xent_smoothing_mass mass : {XENT_SMOOTH_ALL, XENT_SMOOTH_OTHERS}) {
      Problem p = any_problem(random_);
      const Rational alpha(1 + static_cast<long>(random_() % 10), 10);
      p.label_smoothing = Number(alpha);
      p.conventions.smoothing_mass = mass;
      std::vector<Number> labels;
      for (const std::int64_t t : p.targets) {
        for (std::int64_t c = 0; c < p.classes; ++c) {
          const Rational others =
              mass == XENT_SMOOTH_ALL ? Rational(alpha / p.classes) : Rational(alpha / (p.classes - 1));
          const Rational own = mass == XENT_SMOOTH_ALL ? Rational(1 - alpha + others) : Rational(1 - alpha);
          labels.emplace_back(c == t ? own : others);
        }
      }
      Problem soft = with_soft_labels(p, labels);
      soft.label_smoothing = Number(0.0);
      ASSERT_EQ(values_of(p), values_of(soft)) << round;
    }
  }
}

TEST_F(Options, FullSmoothingOnAllClassesForgetsTheTarget) {
  Problem p = any_problem(random_);
  p.label_smoothing = Number(1.0);
  const auto before = values_of(p);
  for (std::int64_t& t : p.targets) t = (t + 1) % p.classes;
  EXPECT_EQ(values_of(p), before);
}

TEST_F(Options, OneHotSoftLabelsAreHardLabelsWithAnyWeights) {
  for (int round = 0; round < kRounds; ++round) {
    Problem p = any_problem(random_);
    p.class_weights = several(p.classes, [&] { return positive(random_); });
    p.sample_weights = several(p.rows, [&] { return positive(random_); });
    p.reduction = static_cast<xent_reduction>(random_() % 3);
    p.conventions.denominator = random_() % 2 == 0 ? XENT_VALID_WEIGHTS : XENT_ALL_ROWS;
    std::vector<Number> labels(static_cast<std::size_t>(p.rows * p.classes));
    for (std::int64_t r = 0; r < p.rows; ++r)
      labels[static_cast<std::size_t>(r * p.classes + p.targets[static_cast<std::size_t>(r)])] = Number(1.0);
    ASSERT_EQ(values_of(p), values_of(with_soft_labels(p, labels))) << round;
  }
}

TEST_F(Options, IntegerSampleWeightsAreReplication) {
  for (int round = 0; round < kRounds; ++round) {
    Problem p = any_problem(random_);
    p.reduction = random_() % 2 == 0 ? XENT_SUM : XENT_MEAN;
    p.z_loss = p.rows == 1 ? positive(random_) : Number(0.0);
    Problem repeated = p;
    repeated.rows = 0;
    repeated.input.clear();
    repeated.targets.clear();
    for (std::int64_t r = 0; r < p.rows; ++r) {
      const auto times = static_cast<long>(random_() % 4);
      p.sample_weights.emplace_back(Rational(times));
      for (long i = 0; i < times; ++i, ++repeated.rows) {
        const auto x = p.input_row(r);
        repeated.input.insert(repeated.input.end(), x.begin(), x.end());
        repeated.targets.push_back(p.targets[static_cast<std::size_t>(r)]);
      }
    }
    p.conventions.denominator = XENT_VALID_WEIGHTS;
    if (p.z_loss.is_zero() || repeated.rows <= 1) {
      ASSERT_EQ(values_of(p), values_of(repeated)) << round;
    }
  }
}

TEST_F(Options, TemperatureAndScaleAreTransformedLogits) {
  for (int round = 0; round < kRounds; ++round) {
    Problem p = any_problem(random_);
    p.scale = positive(random_);
    p.temperature = positive(random_);
    Problem plain = p;
    plain.scale = plain.temperature = Number(0.0);
    for (Number& x : plain.input)
      x = Number(Rational(x.rational() * p.scale.rational() / p.temperature.rational()));
    ASSERT_EQ(values_of(p), values_of(plain)) << round;
    p.loss = plain.loss = "log_softmax";
    p.targets.clear();
    plain.targets.clear();
    ASSERT_EQ(values_of(p), values_of(plain)) << round;
  }
}

// |cap tanh(x / cap) - x| <= |x|^3 / (3 cap^2): with a cap of 10^40 the digits are those of no cap.
TEST_F(Options, AVastSoftcapIsNone) {
  for (int round = 0; round < kRounds; ++round) {
    Problem p = any_problem(random_);
    const auto plain = values_of(p);
    p.softcap = parsed("1e40");
    ASSERT_EQ(values_of(p), plain) << round;
  }
}

TEST_F(Options, SoftcapMakesInfinitiesNumbers) {
  Problem p;
  p.loss = "log_sum_exp";
  p.rows = 1;
  p.classes = 2;
  p.input = {Number(HUGE_VAL), Number(HUGE_VAL)};
  p.softcap = Number(30.0);
  EXPECT_EQ(values_of(p)[0].substr(0, 21), "30.693147180559945309");
}

TEST_F(Options, ZLossAddsTheSquareOfLse) {
  for (int round = 0; round < kRounds; ++round) {
    Problem p = any_problem(random_);
    const auto plain = values_of(p);
    Problem lse = p;
    lse.loss = "log_sum_exp";
    lse.targets.clear();
    p.z_loss = positive(random_);
    auto with = certified(p);
    auto without = certified([&] {
      Problem q = p;
      q.z_loss = Number(0.0);
      return q;
    }());
    auto logarithms = certified(lse);
    for (std::size_t r = 0; r < with.size(); ++r) {
      const PrecisionScope scope(200);
      const Enclosure expected =
          without[r].enclosure(180) + Enclosure(p.z_loss) * square(logarithms[r].enclosure(180));
      ASSERT_TRUE((with[r].enclosure(180) - expected).contains_zero()) << round;
      ASSERT_EQ(with[r].settle().kind, Kind::irrational);
    }
  }
}

TEST_F(Options, NormalisedInputsAreDividedByTheirSum) {
  for (int round = 0; round < kRounds; ++round) {
    Problem p;
    p.loss = round % 2 == 0 ? "kl" : "generalised_kl";
    p.rows = 1;
    p.classes = 3;
    p.input_space = XENT_PROBABILITIES;
    p.input = several(3, [&] { return positive(random_); });
    p.target_probs = several(3, [&] { return positive(random_); });
    Problem plain = p;
    p.conventions.normalise = XENT_BIT(XENT_NORMALISE_INPUT) | XENT_BIT(XENT_NORMALISE_TARGETS);
    const Rational q = sum(plain.input);
    const Rational total = sum(plain.target_probs);
    for (Number& x : plain.input) x = Number(Rational(x.rational() / q));
    for (Number& x : plain.target_probs) x = Number(Rational(x.rational() / total));
    ASSERT_EQ(values_of(p), values_of(plain)) << round;
  }
}

TEST_F(Options, ClippingComesBeforeOrAfterNormalising) {
  Problem p;
  p.loss = "nll";
  p.rows = 1;
  p.classes = 2;
  p.input_space = XENT_PROBABILITIES;
  p.input = {Number(Rational(1, 8)), Number(Rational(3, 8))};
  p.targets = {0};
  p.conventions.clip = 0.25;
  p.conventions.normalise = XENT_BIT(XENT_NORMALISE_INPUT);
  p.base = Number(2.0);
  EXPECT_EQ(values_of(p), std::vector<std::string>{"2"});  // normalised to (1/4, 3/4), which no clip changes
  p.conventions.clip_rules = XENT_BIT(XENT_CLIP_FIRST);
  p.base = Number(Rational(5, 2));
  EXPECT_EQ(values_of(p), std::vector<std::string>{"1"});  // clipped to (1/4, 3/8), normalised to (2/5, 3/5)
}

TEST_F(Options, AClipMayEndAtOne) {
  Problem p;
  p.loss = "nll";
  p.rows = 1;
  p.classes = 2;
  p.input_space = XENT_PROBABILITIES;
  p.input = {Number(1.0), Number(2.0)};
  p.targets = {0};
  p.base = Number(2.0);
  p.conventions.clip = 0.5 - 0x1p-10;
  p.conventions.clip_rules = XENT_BIT(XENT_CLIP_UP_TO_ONE);
  EXPECT_EQ(values_of(p), std::vector<std::string>{"0"});
  p.conventions.clip = 0.25;
  p.conventions.clip_rules = 0;
  p.base = Number(Rational(4, 3));
  EXPECT_EQ(values_of(p), std::vector<std::string>{"1"});
}

TEST_F(Options, GeneralisedDivergenceIsNeverNegativeAndZeroForEqualMeasures) {
  for (int round = 0; round < kRounds; ++round) {
    Problem p;
    p.loss = "generalised_kl";
    p.rows = 1;
    p.classes = 3;
    p.input_space = XENT_PROBABILITIES;
    p.input = several(3, [&] { return positive(random_); });
    p.target_probs = several(3, [&] { return positive(random_); });
    ASSERT_GE(certified(p).front().rounded(format(XENT_BINARY64)), 0);
    p.input = p.target_probs;
    ASSERT_EQ(values_of(p), std::vector<std::string>{"0"});
  }
}

TEST_F(Options, NegativeWeightsAreComputedAndLeaveRationalityOpen) {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 2;
  p.classes = 2;
  p.input = {Number(1.0), Number(0.0), Number(1.0), Number(0.0)};
  p.targets = {0, 0};
  p.sample_weights = {Number(1.0), Number(-2.0)};
  p.reduction = XENT_SUM;
  EXPECT_EQ(certified(p).front().decimal(5), "-0.31326");
  p.sample_weights = {Number(1.0), Number(-1.0)};  // 0, which no theorem tells
  Certified zero = certified(p, 512).front();
  EXPECT_FALSE(zero.decimal(5));
  EXPECT_TRUE(zero.enclosure().contains_zero());
}

TEST_F(Options, SoftmaxAddsUpToOneAndIsRationalForEqualLogits) {
  Problem p;
  p.loss = "softmax";
  p.rows = 1;
  p.classes = 4;
  p.input = {Number(7.0), Number(-HUGE_VAL), Number(7.0), Number(7.0)};
  auto values = certified(p);
  EXPECT_EQ(rational_value(values[0]), Rational(1, 3));
  EXPECT_EQ(rational_value(values[1]), 0);
  p.input = several(4, [&] { return simple(random_, 30); });
  const PrecisionScope scope(200);
  Enclosure total;
  for (Certified& value : certified(p)) total += value.enclosure(150);
  EXPECT_TRUE(total.contains(1));
  EXPECT_LT(total.relative_width_exponent(), -140);
}

}  // namespace
}  // namespace xent::reference
