// Derivatives against differences of the loss itself: exact inputs are moved by h = 2^-80, and the quotient
// (f(x + h) - f(x - h)) / 2h is the derivative up to h^2 / 6 times the third derivative. For the numbers
// drawn here that is below 2^40: of logits it is at most 1 for lse, with masses up to 2^4, and below 2^9 for
// z lse^2 (z <= 2, |lse| <= 85); scale and temperature, of slope up to 4, and softcap of 5 give 2^6 and 2^3;
// of probabilities it is 2 p / q^3 <= 2^5, and of those that are prepared, as of P in log space, below 2^12
// (sums of 1 and more, quotients above 1/16, clips above 1/8, |l| <= 5/4). Upstream, sample and class weights
// are below 2^5 each, which is 2^15, and three rows below 2^2: 2^9 2^4 2^6 2^3 2^15 2^2 = 2^39, and 1 / ln 2
// < 2 makes it 2^40. For a perplexity e^L logits are at most 5/4, hence L <= 10 + ln 4 and e^L < 2^17; of L,
// the first three derivatives are at most 1 and 2^6 by the slopes, so that of e^L is below 2^17 5 2^6 2^5 =
// 2^31. Both sides are enclosed to 2^-190.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "reference/certify.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

constexpr int kBits = 320;
const Rational kStep = power_of_two(-80);
const Rational kTruncation = power_of_two(-2 * 80 + 40);

Number near_zero(std::mt19937_64& random) {
  return Number(Rational(static_cast<long>(random() % 41) - 20, 1 + static_cast<long>(random() % 5)));
}

// But not 1, where clips end.
Number between_half_and_two(std::mt19937_64& random) {
  return Number(Rational(17 + 2 * static_cast<long>(random() % 24), 32));
}

bool flip(std::mt19937_64& random) {
  return random() % 2 == 0;
}

void draw_labels(const Loss& loss, Problem& p, std::mt19937_64& random, bool soft) {
  if (soft) {
    p.target_probs = several(p.rows * p.classes, [&] { return between_half_and_two(random); });
  } else if (loss.needs_targets) {
    for (std::int64_t r = 0; r < p.rows; ++r)
      p.targets.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(p.classes)));
  }
}

// Clips at a number that nothing drawn here is or is divided to, so that no step crosses an end.
void draw_preparation(Problem& p, std::mt19937_64& random) {
  if (p.input_space != XENT_PROBABILITIES || flip(random)) return;
  if (flip(random)) p.conventions.clip = 0.137;
  p.conventions.clip_rules = static_cast<std::uint32_t>(random() % 8);
  p.conventions.normalise = static_cast<std::uint32_t>(random() % 4);
}

void draw_log_targets(Problem& p, std::mt19937_64& random) {
  if (p.target_probs.empty() || flip(random)) return;
  p.target_space = XENT_LOG_PROBABILITIES;
  for (Number& l : p.target_probs) l = Number(Rational(near_zero(random).rational() / 16));
}

// A problem of a loss with every option that it has, half of the time each.
Problem differentiable(const Loss& loss, std::mt19937_64& random, Wanted wanted) {
  Problem p;
  p.loss = loss.name;
  p.rows = 1 + static_cast<std::int64_t>(random() % 3);
  p.classes = 2 + static_cast<std::int64_t>(random() % 3);
  do {
    p.input_space = static_cast<xent_space>(random() % 3);
  } while ((loss.input_spaces & XENT_BIT(static_cast<unsigned>(p.input_space))) == 0);
  const bool logits = p.input_space == XENT_LOGITS;
  p.input = several(p.rows * p.classes, [&] {
    if (p.input_space == XENT_PROBABILITIES) return between_half_and_two(random);
    const Number x = near_zero(random);
    return loss.exponentiate || loss.counts_input ? Number(Rational(x.rational() / 16)) : x;
  });
  const bool soft =
      loss.needs_target_probs && (!loss.needs_targets || wanted == Wanted::target_gradient || flip(random));
  draw_labels(loss, p, random, soft);
  const auto has = [&](int option) { return (loss.options & XENT_BIT(option)) != 0 && flip(random); };
  if (has(XENT_OPTION_CLASS_WEIGHTS))
    p.class_weights = several(p.classes, [&] { return between_half_and_two(random); });
  if (has(XENT_OPTION_SAMPLE_WEIGHTS) && !loss.exponentiate)
    p.sample_weights = several(p.rows, [&] { return near_zero(random); });
  if (has(XENT_OPTION_LABEL_SMOOTHING)) p.label_smoothing = Number(Rational(1, 10));
  if (logits && has(XENT_OPTION_TEMPERATURE)) p.temperature = between_half_and_two(random);
  if (logits && has(XENT_OPTION_SCALE)) p.scale = between_half_and_two(random);
  if (logits && has(XENT_OPTION_SOFTCAP)) p.softcap = Number(5.0);
  if (has(XENT_OPTION_Z_LOSS)) p.z_loss = between_half_and_two(random);
  if (flip(random)) p.conventions.z_loss_over_valid_rows = 1;
  if (p.z_loss.is_zero() && has(XENT_OPTION_BASE)) p.base = Number(2.0);
  p.reduction = loss.always_mean ? XENT_MEAN : static_cast<xent_reduction>(random() % 3);
  if (flip(random)) p.conventions.denominator = XENT_ALL_ROWS;
  // Weights that are made of P count as given, and near_zero weights may add up to 0.
  if (wanted == Wanted::gradient && p.sample_weights.empty() && flip(random))
    p.conventions.denominator = XENT_VALID_WEIGHTS;
  if (!soft && flip(random)) p.conventions.smoothing_mass = XENT_SMOOTH_OTHERS;
  draw_preparation(p, random);
  draw_log_targets(p, random);
  p.wanted = wanted;
  return p;
}

// sum upstream * loss at inputs moved by `step` in one place: what the gradient is the derivative of.
Enclosure objective(Problem p, std::size_t place, const Rational& step) {
  auto& moved = p.wanted == Wanted::gradient ? p.input : p.target_probs;
  moved[place] = Number(Rational(moved[place].rational() + step));
  p.wanted = Wanted::loss;
  const std::vector<Number> upstream = std::move(p.upstream);
  p.upstream.clear();
  auto values = certified(p);
  Enclosure total;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Enclosure& value = values[i].enclosure(kBits);
    total += upstream.empty() ? value : Enclosure(upstream[i]) * value;
  }
  return total;
}

void expect_derivatives(const Problem& p, const std::string& what) {
  auto gradient = certify(p);
  ASSERT_TRUE(gradient) << what << gradient.error().message;
  ASSERT_EQ(gradient->size(), static_cast<std::size_t>(p.rows * p.classes));
  const PrecisionScope scope(2 * kBits);
  for (std::size_t i = 0; i < gradient->size(); ++i) {
    const Enclosure difference = objective(p, i, kStep) - objective(p, i, -kStep);
    const Enclosure quotient = difference / Enclosure(Rational(2 * kStep));
    const Enclosure error = quotient - (*gradient)[i].enclosure(kBits);
    const Enclosure allowed = Enclosure::hull(Enclosure(Rational(-kTruncation)), Enclosure(kTruncation));
    ASSERT_TRUE((error - allowed).contains_zero())
        << what << " entry " << i << ": " << error.lower_decimal(5);
    // Not for want of digits: values below 2^40, known to 2^-320 of themselves, divided by 2h.
    ASSERT_LT(error.upper_double() - error.lower_double(), 0x1p-190) << what;
  }
}

const char* preparation_of(const Problem& p) {
  if (p.target_space == XENT_LOG_PROBABILITIES)
    return p.conventions.denominator == XENT_VALID_WEIGHTS ? "mean by logarithms" : "logarithms";
  if (p.conventions.clip != 0) return p.conventions.normalise != 0 ? "both" : "clip";
  return p.conventions.normalise != 0 ? "normalise" : "none";
}

TEST(Gradient, IsTheDerivativeOfTheLoss) {
  std::mt19937_64 random(kSeed);
  std::map<std::string, int> checked;
  for (const Loss& loss : losses()) {
    for (const Wanted wanted : {Wanted::gradient, Wanted::target_gradient}) {
      if ((wanted == Wanted::gradient ? loss.gradient : loss.target_gradient) == nullptr) continue;
      for (int round = 0; round < 100; ++round) {
        Problem p = differentiable(loss, random, wanted);
        if (flip(random))
          p.upstream = several(p.reduction == XENT_NONE ? p.rows : 1, [&] { return near_zero(random); });
        if (check(p)) continue;
        ASSERT_NO_FATAL_FAILURE(expect_derivatives(p, std::string(loss.name) + " " + std::to_string(round)));
        ++checked[preparation_of(p)];
      }
    }
  }
  for (const char* kind : {"none", "clip", "normalise", "both", "logarithms", "mean by logarithms"})
    EXPECT_GT(checked[kind], 15) << kind;
}

Problem hard_row(std::vector<Number> logits, std::int64_t target) {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = static_cast<std::int64_t>(logits.size());
  p.input = std::move(logits);
  p.targets = {target};
  p.wanted = Wanted::gradient;
  return p;
}

double rounded(Certified& value, Rounding direction = Rounding::nearest_even) {
  return *value.rounded(format(XENT_BINARY32), direction);
}

TEST(Gradient, KeepsItsRelativeAccuracyOnConfidentRows) {
  auto entries = certified(hard_row({Number(50.0), Number(0.0)}, 0));
  EXPECT_EQ(entries[0].decimal(10), "-1.928749848e-22");
  EXPECT_EQ(entries[1].decimal(10), "1.928749848e-22");
}

// p_t - 1 = -1 + e^-100000, beside -1; and -e^-100000, below every float.
TEST(Gradient, IsDecidedBesideTheFloatsThatItNearlyIs) {
  auto entries = certified(hard_row({Number(100000.0), Number(0.0)}, 1));
  EXPECT_EQ(rounded(entries[1]), -1);
  EXPECT_EQ(rounded(entries[1], Rounding::upward), -1 + 0x1p-24);
  EXPECT_EQ(rounded(entries[0], Rounding::downward), 1 - 0x1p-24);
  entries = certified(hard_row({Number(1e30), Number(0.0)}, 0));
  EXPECT_EQ(rounded(entries[0], Rounding::downward), -0x1p-149);
  EXPECT_EQ(rounded(entries[1], Rounding::upward), 0x1p-149);
}

// (p - 1) / cosh^2 1 with 1 - p = e^-(1.5 cap), and below every exponent; p / cosh^2 of a huge logit.
TEST(Gradient, OfConfidentCappedLogitsIsDecidedAtOnce) {
  for (const double cap : {1e5, 1e30}) {
    Problem p = hard_row({Number(cap), Number(-cap)}, 0);
    p.softcap = Number(cap);
    auto entries = certified(p);
    EXPECT_EQ(rounded(entries[0], Rounding::downward), -0x1p-149) << cap;
    EXPECT_EQ(rounded(entries[1], Rounding::upward), 0x1p-149) << cap;
    for (Certified& entry : entries) EXPECT_EQ(entry.precision_bits(), kFirstPrecision) << cap;
  }
  Problem p = hard_row({Number(1e30), Number(0.0)}, 0);
  p.softcap = Number(1.0);
  auto entries = certified(p);
  EXPECT_EQ(rounded(entries[0]), 0);
  EXPECT_EQ(rounded(entries[0], Rounding::downward), -0x1p-149);
  EXPECT_EQ(entries[0].precision_bits(), kFirstPrecision);
}

// 1/2 - e^-10^6 / 4 and its difference from the label 1/2.
TEST(Gradient, IsDecidedWhereATieHidesTheTail) {
  Problem p = hard_row({Number(1e6), Number(1e6), Number(0.0)}, 0);
  p.targets.clear();
  p.target_probs = {Number(0.5), Number(0.5), Number(0.0)};
  auto entries = certified(p);
  EXPECT_EQ(rounded(entries[0]), 0);
  EXPECT_EQ(rounded(entries[0], Rounding::downward), -0x1p-149);
  EXPECT_EQ(rounded(entries[2], Rounding::upward), 0x1p-149);
  p.loss = "softmax";
  p.wanted = Wanted::loss;
  p.target_probs.clear();
  entries = certified(p);
  EXPECT_EQ(rounded(entries[0], Rounding::upward), 0.5);
  EXPECT_EQ(rounded(entries[0], Rounding::toward_zero), 0.5 - 0x1p-25);
}

TEST(Gradient, OfAMeanByUndefinedWeightsIsUndefined) {
  Problem p = hard_row({Number(1.0), Number(0.0)}, 0);
  p.sample_weights = {Number(std::nan(""))};
  p.reduction = XENT_MEAN;
  p.conventions.denominator = XENT_VALID_WEIGHTS;
  EXPECT_EQ(certified(p)[0].settle().kind, Kind::nan);
  p.wanted = Wanted::loss;
  EXPECT_EQ(certified(p)[0].settle().kind, Kind::nan);
}

TEST(Gradient, IsRationalForEqualLogitsAlone) {
  auto entries = certified(hard_row({Number(3.0), Number(3.0), Number(3.0)}, 0));
  EXPECT_EQ(rational_value(entries[0]), Rational(-2, 3));
  EXPECT_EQ(rational_value(entries[1]), Rational(1, 3));
  entries = certified(hard_row({Number(3.0), Number(3.0), Number(2.0)}, 0));
  EXPECT_EQ(entries[0].settle().kind, Kind::irrational);
}

// w (1/3 - d) with d some e^-60000 / 9, which 65536 bits do not tell from 0: 1/4 less 86000 bits' worth, and
// 1/8 less that, half way between two decimals.
TEST(Gradient, BesideAFloatThatIsAMultipleOfAThirdIsDecided) {
  Problem p = hard_row({Number(0.0), Number(-60000.0), Number(0.0), Number(0.0)}, 3);
  p.wanted = Wanted::gradient;
  for (const double weight : {0.75, 0.375}) {
    p.sample_weights = {Number(weight)};
    auto entries = certified(p);
    const double limit = weight / 3;
    for (const Format& f : formats()) {
      EXPECT_EQ(entries[0].rounded(f), limit) << f.name;
      EXPECT_EQ(entries[0].rounded(f, Rounding::upward), limit) << f.name;
      const auto below = entries[0].rounded(f, Rounding::downward);
      ASSERT_TRUE(below) << f.name;
      EXPECT_LT(*below, limit) << f.name;
      EXPECT_EQ(entries[0].rounded(f, Rounding::toward_zero), below) << f.name;
    }
    EXPECT_EQ(entries[0].settle().kind, Kind::irrational);
  }
  EXPECT_EQ(certified(p)[0].decimal(2), "0.12");
  EXPECT_EQ(certified(p)[0].decimal(4), "0.1250");
}

Problem perplexity(std::vector<Number> input, std::vector<std::int64_t> targets, xent_space space) {
  Problem p;
  p.loss = "perplexity";
  p.rows = static_cast<std::int64_t>(targets.size());
  p.classes = static_cast<std::int64_t>(input.size()) / p.rows;
  p.input_space = space;
  p.input = std::move(input);
  p.targets = std::move(targets);
  p.reduction = XENT_MEAN;
  p.wanted = Wanted::gradient;
  return p;
}

// e^(x_c - x_t), and the negative sum of the others at the target.
TEST(Gradient, OfThePerplexityOfOneStepKnowsItsExactCases) {
  auto values = certified(perplexity({0, 0, -1, -HUGE_VAL}, {0}, XENT_LOGITS));
  EXPECT_EQ(values[0].decimal(20), "-1.3678794411714423216");
  EXPECT_EQ(values[0].settle().kind, Exactness::Kind::irrational);
  EXPECT_EQ(rational_value(values[1]), 1);
  EXPECT_EQ(values[2].decimal(20), "0.36787944117144232160");
  EXPECT_EQ(rational_value(values[3]), 0);
  auto confident = certified(perplexity({100000, 0}, {0}, XENT_LOGITS));
  EXPECT_EQ(confident[0].decimal(4), "-3.563e-43430");
  auto lost = certified(perplexity({0, -100000}, {1}, XENT_LOGITS));
  EXPECT_EQ(lost[0].decimal(4), "2.807e43429");
}

TEST(Gradient, OfAPerplexityThatIsRationalIsExact) {
  auto values = certified(perplexity({0.125, 0.875, 0.5, 0.5}, {0, 0}, XENT_PROBABILITIES));
  EXPECT_EQ(rational_value(values[0]), -16);
  EXPECT_EQ(rational_value(values[1]), 0);
  EXPECT_EQ(rational_value(values[2]), -4);
  auto root = certified(perplexity({0.5, 0.5, 1, 0}, {0, 0}, XENT_PROBABILITIES));
  EXPECT_EQ(root[0].settle().kind, Exactness::Kind::irrational);
  EXPECT_EQ(root[0].decimal(20), "-1.4142135623730950488");
  EXPECT_EQ(root[2].decimal(20), "-0.70710678118654752440");
}

// What makes a single step more than that, or less.
TEST(Gradient, OfAPerplexityIsTheDerivativeWhateverTheMeanIs) {
  const Problem one = perplexity({0, 1, -0.5}, {0}, XENT_LOGITS);
  const Problem two = perplexity({0, 1, -0.5, 0.25, 0, 1}, {0, 2}, XENT_LOGITS);
  const auto expect = [](Problem p, const char* what, auto change) {
    change(p);
    ASSERT_NO_FATAL_FAILURE(expect_derivatives(p, what));
  };
  expect(one, "plain", [](Problem&) {});
  expect(one, "temperature", [](Problem& p) { p.temperature = 0.5; });
  expect(one, "scale", [](Problem& p) { p.scale = 0.5; });
  expect(one, "softcap", [](Problem& p) { p.softcap = 5.0; });
  expect(one, "sample weight", [](Problem& p) { p.sample_weights = {0.5}; });
  expect(one, "upstream", [](Problem& p) { p.upstream = {-3.0}; });
  expect(two, "a row ignored", [](Problem& p) {
    p.ignore_index = 2;
    p.conventions.denominator = XENT_ALL_ROWS;
  });
  expect(two, "a sum", [](Problem& p) {
    p.conventions.denominator = XENT_GIVEN;
    p.conventions.denominator_value = 1;
  });
}

// e^L p_1 / 2 of two steps that are the same is e^0 / 2, as no theorem here sees.
TEST(Gradient, OfAPerplexityOfSeveralStepsIsNotSaidToBeIrrational) {
  auto values = certified(perplexity({0, 0, -1, 0, 0, -1}, {0, 0}, XENT_LOGITS));
  EXPECT_EQ(values[1].settle().kind, Exactness::Kind::not_zero);
  EXPECT_TRUE(values[1].enclosure(200).contains(Rational(1, 2)));
}

TEST(Gradient, OfAPerplexityHasNoBase) {
  Problem p = perplexity({1, 2, -3, 5}, {0, 1}, XENT_LOGITS);
  auto natural = certified(p);
  p.base = 2.0;
  auto binary = certified(p);
  for (std::size_t i = 0; i < natural.size(); ++i) EXPECT_EQ(natural[i].decimal(30), binary[i].decimal(30));
}

// What is multiplied by an infinite perplexity is infinite, but for what is 0.
TEST(Gradient, OfAnInfinitePerplexityHasTheSignsOfThatOfTheLoss) {
  Problem p = perplexity({0, 1, 0, -HUGE_VAL}, {0, 1}, XENT_LOGITS);
  const auto kinds_of = [](const Problem& problem) {
    std::vector<Exactness::Kind> kinds;
    for (Certified& value : certified(problem)) kinds.push_back(value.settle().kind);
    return kinds;
  };
  using Kind = Exactness::Kind;
  EXPECT_EQ(kinds_of(p), (std::vector{Kind::negative_infinity, Kind::positive_infinity,
                                      Kind::positive_infinity, Kind::rational}));
  p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  EXPECT_EQ(kinds_of(p).back(), Kind::nan);
  p = perplexity({0, 1, 0.5, 0.5}, {0, 1}, XENT_PROBABILITIES);
  EXPECT_EQ(kinds_of(p),
            (std::vector{Kind::negative_infinity, Kind::rational, Kind::rational, Kind::negative_infinity}));
  p.input[0] = std::nan("");
  EXPECT_EQ(kinds_of(p), std::vector(4, Kind::nan));
  p.ignore_index = 0;
  EXPECT_EQ(kinds_of(p), (std::vector{Kind::rational, Kind::rational, Kind::rational, Kind::rational}));
}

// Whether e^-(10^30) / ln 2 or its product with a root of 2 is rational nobody knows, but it is not 0.
TEST(Gradient, BelowEveryExponentIsDecidedInAnyBaseAndBesideAnyPower) {
  Problem in_bits = hard_row({Number(1e30), Number(0.0)}, 0);
  in_bits.base = 2.0;
  for (const Problem& p : {in_bits, perplexity({1e30, 0, 0, 0}, {0, 1}, XENT_LOGITS)}) {
    auto entries = certified(p);
    EXPECT_EQ(rounded(entries[0]), 0) << p.loss;
    EXPECT_EQ(rounded(entries[0], Rounding::downward), -0x1p-149) << p.loss;
    EXPECT_EQ(rounded(entries[1], Rounding::upward), 0x1p-149) << p.loss;
    for (int c : {0, 1})
      EXPECT_EQ(entries[static_cast<std::size_t>(c)].precision_bits(), kFirstPrecision) << p.loss;
  }
}

// e^-(10^100) is no number of MPFR, and 10^100 times nearer to 1 than any precision resolves.
TEST(Gradient, OfAnInfinitePerplexityNeedsNoSizeForASign) {
  const Problem p = perplexity({1e100, 0, 0, -HUGE_VAL}, {0, 1}, XENT_LOGITS);
  std::vector<std::string> values;
  for (Certified& value : certified(p)) values.push_back(value.decimal(5).value_or("undecided"));
  EXPECT_EQ(values, (std::vector<std::string>{"-inf", "inf", "inf", "0"}));
}

TEST(Gradient, OfMaskedClassesAndIgnoredRowsIsZero) {
  Problem p = hard_row({Number(1.0), Number(-HUGE_VAL), Number(0.0)}, 0);
  EXPECT_EQ(rational_value(certified(p)[1]), 0);
  p.ignore_index = 0;
  for (Certified& entry : certified(p)) EXPECT_EQ(rational_value(entry), 0);
  p.ignore_index.reset();
  p.input[0] = Number(std::nan(""));
  for (Certified& entry : certified(p)) EXPECT_EQ(entry.settle().kind, Kind::nan);
}

TEST(Gradient, OfProbabilitiesIsRational) {
  Problem p;
  p.loss = "nll";
  p.rows = 1;
  p.classes = 2;
  p.input_space = XENT_PROBABILITIES;
  p.input = {Number(Rational(1, 3)), Number(0.0)};
  p.targets = {0};
  p.wanted = Wanted::gradient;
  auto entries = certified(p);
  EXPECT_EQ(rational_value(entries[0]), -3);
  EXPECT_EQ(rational_value(entries[1]), 0);
  p.targets = {1};
  EXPECT_EQ(certified(p)[1].settle().kind, Kind::negative_infinity);
}

}  // namespace
}  // namespace xent::reference
