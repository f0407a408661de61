// The bounds are the formulas of bounds.h, evaluated here once more by hand, and not wider.
#include "properties/bounds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "properties/testing.h"

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

constexpr double u = 0x1p-24;
constexpr double kExp = 2 * u;
constexpr double kLog = 2 * u;
constexpr double kSmallest = 0x1p-149;

// Of n terms, one after the other.
double s(double n) {
  return (n - 1) * u / (1 - (n - 1) * u);
}

// What the relative error of a sum is worth in its logarithm.
double in_logarithm(double relative) {
  return -std::log1p(-relative);
}

Problem logits(std::vector<double> x, std::int64_t target) {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = static_cast<std::int64_t>(x.size());
  for (const double value : x) p.input.emplace_back(value);
  p.targets = {target};
  p.input_format = p.loss_format = XENT_BINARY32;
  return p;
}

Problem probabilities(const char* loss, std::vector<double> q, std::vector<double> labels) {
  Problem p;
  p.loss = loss;
  p.rows = 1;
  p.classes = static_cast<std::int64_t>(q.size());
  p.input_space = p.target_space = XENT_PROBABILITIES;
  for (const double value : q) p.input.emplace_back(value);
  for (const double value : labels) p.target_probs.emplace_back(value);
  p.input_format = p.target_format = p.loss_format = XENT_BINARY32;
  return p;
}

std::vector<double> bounds(const Problem& p, Grade grade) {
  xent_claim claim = kPlainClaim;
  claim.loss = p.loss.c_str();
  claim.grad_formats = XENT_BIT(XENT_BINARY32);
  return error_bounds(p, claim, {grade, 0});
}

// Each is enlarged by 2^-20 of itself, for its own evaluation, and by half a quantum, for storing.
void expect_bound(double bound, double formula) {
  EXPECT_GE(bound, formula);
  EXPECT_LE(bound, formula * (1 + 0x1.01p-20) + kSmallest);
}

// Logits 3, 1, 0.
const double kSum = 1 + std::exp(-2.0) + std::exp(-3.0);
const double kSpread = (2 * std::exp(-2.0) + 3 * std::exp(-3.0)) / kSum;
const double kLoss = 2 + std::log(kSum);  // of the second
const double kOfSum = in_logarithm(u * kSpread + kExp + s(3));
const double kShifted = u * (2 + kLoss) + kOfSum + kLog * std::log(kSum) + 3 * kSmallest;

TEST(Bounds, OfTheFormsOfTheLoss) {
  const Problem leading = logits({3, 1, 0}, 0);
  const double loss = std::log1p(std::exp(-2.0) + std::exp(-3.0));
  const double spread_of_rest = std::exp(-1.0) / (1 + std::exp(-1.0)) + 2;
  expect_bound(bounds(leading, Grade::log1p)[0],
               loss * (u * spread_of_rest + kExp + s(3) + kLog + 2 * u) + 3 * kSmallest);
  expect_bound(bounds(leading, Grade::shifted)[0], u * loss + kOfSum + kLog * std::log(kSum) + 3 * kSmallest);
  const Problem trailing = logits({3, 1, 0}, 1);
  expect_bound(bounds(trailing, Grade::shifted)[0], kShifted);
  expect_bound(bounds(trailing, Grade::log1p)[0], kShifted);
  expect_bound(bounds(trailing, Grade::lse)[0], kShifted + u * (3 + std::log(kSum)));
  // The maximum changes twice more.
  EXPECT_NEAR(bounds(logits({0, 1, 3}, 1), Grade::online)[0] - bounds(trailing, Grade::online)[0],
              2 * (kExp + 2 * u), 0x1p-18 * kShifted);
}

TEST(Bounds, OfSumsMeansWeightsAndBases) {
  Problem p = logits({3, 1, 0}, 1);
  p.base = Number(2.0);
  expect_bound(bounds(p, Grade::shifted)[0],
               kShifted / std::log(2.0) + kLoss / std::log(2.0) * (kLog + 2 * u));
  p.base = Number(0.0);
  p.sample_weights = {Number(3.0)};
  expect_bound(bounds(p, Grade::shifted)[0], 3 * kShifted + u * 3 * kLoss + kSmallest);
  p = logits({3, 1, 0}, 1);
  p.rows = 2;
  p.input.insert(p.input.end(), p.input.begin(), p.input.begin() + 3);
  p.targets.push_back(1);
  p.reduction = XENT_SUM;
  const double sum = 2 * kShifted + s(2) * 2 * kLoss;
  expect_bound(bounds(p, Grade::shifted)[0], sum);
  p.reduction = XENT_MEAN;
  const double division = 3 * u / (1 - 3 * u);
  expect_bound(bounds(p, Grade::shifted)[0], sum / 2 + division * kLoss);
}

TEST(Bounds, OfProbabilities) {
  const double terms = 0.5 * std::log(2.0) + 0.5 * std::log(4.0);
  expect_bound(bounds(probabilities("entropy", {0.5, 0.25, 0.25}, {}), Grade::shifted)[0],
               terms * (kLog + 2 * u) + s(3) * terms + 3 * kSmallest);
  // Clipped to 7/8, which is rounded.
  Problem clipped = probabilities("nll", {1, 0}, {});
  clipped.target_format = XENT_NO_FORMAT;
  clipped.targets = {0};
  clipped.conventions.clip = 0.125;
  const double loss = std::log(8.0 / 7);
  expect_bound(bounds(clipped, Grade::shifted)[0], loss * (kLog + 2 * u) + s(2) + 3 * u + kSmallest);
  // KL of 1/2, 1/2 and 1/4, 3/4.
  const double logs = 0.5 * (2 * std::log(2.0) + std::log(4.0) + std::log(4.0 / 3));
  const double parts = 0.5 * (std::log(2.0) + std::log(1.5));
  expect_bound(bounds(probabilities("kl", {0.25, 0.75}, {0.5, 0.5}), Grade::shifted)[0],
               logs * (kLog + 2 * u) + u + s(2) * parts + 2 * kSmallest);
}

// P = (e^-1, e^-2, 0), whose entries are off by kExp, in entropy; Q beside P = (1/2, 1/2, 0) in the
// generalised divergence.
TEST(Bounds, OfLogarithms) {
  Problem p = probabilities("entropy", {-1, -2, -HUGE_VAL}, {});
  p.input_space = XENT_LOG_PROBABILITIES;
  const double terms = std::exp(-1.0) + 2 * std::exp(-2.0);
  expect_bound(bounds(p, Grade::shifted)[0], terms * (kLog + 2 * u + kExp) + s(2) * terms);
  p.wanted = reference::Wanted::gradient;
  expect_bound(bounds(p, Grade::shifted)[1], std::exp(-2.0) * (3 * (kExp + 3 * u) + 2 * u));
  p = probabilities("generalised_kl", {-1, -2, -HUGE_VAL}, {0.5, 0.5, 0});
  p.input_space = XENT_LOG_PROBABILITIES;
  const double logs = 0.5 * (3 + 2 * std::log(2.0));
  const double parts = 0.5 * ((1 - std::log(2.0)) + (2 - std::log(2.0)));
  const double masses = 1 + std::exp(-1.0) + std::exp(-2.0);
  expect_bound(bounds(p, Grade::shifted)[0], logs * (kLog + 2 * u) + u + (masses - 1) * kExp +
                                                 3 * u * (masses + parts) + s(6) * (masses + parts));
  p.wanted = reference::Wanted::gradient;
  const double q = std::exp(-2.0);
  expect_bound(bounds(p, Grade::shifted)[1], q * kExp + u * (q + 0.5) + 2 * u * (0.5 - q));
}

// Of the entry of the class with p = e^-2 / S, which is no target; plain, and with factors.
TEST(Bounds, OfGradients) {
  Problem p = logits({3, 1, 0}, 0);
  p.wanted = reference::Wanted::gradient;
  const double probability = std::exp(-2.0) / kSum;
  const double relative = std::expm1(u * (2 + kLoss) + kExp + kOfSum + kLog * std::log(kSum) + 2 * u);
  // p_c, the subtraction of 0, and the rounding of the entry.
  const double plain = probability * relative + 5 * kSmallest + 2 * u * probability;
  expect_bound(bounds(p, Grade::shifted)[1], plain);
  p.upstream = {Number(2.0)};
  const double f = 2;
  const double tiny = f * kSmallest;
  expect_bound(bounds(p, Grade::shifted)[1],
               f * (probability * relative + 5 * kSmallest + u * probability) + u * f * probability +
                   u * f * probability + 3 * u * f * probability + tiny * probability + 4 * kSmallest);
}

// 1 - p = 2/3 of three equal logits, made of the two others: their exponentials, their sum, and S.
TEST(Bounds, OfGradientsAtTheTarget) {
  Problem p = logits({1, 1, 1}, 0);
  p.wanted = reference::Wanted::gradient;
  const double others = 2.0 / 3;
  const double relative = kExp + s(3) + in_logarithm(kExp + s(3)) + 2 * u + (u + kLog) * std::log(3);
  const auto formula = [others](double e) { return others * std::expm1(e) + 5 * kSmallest + 2 * u * others; };
  expect_bound(bounds(p, Grade::shifted)[0], formula(relative));
  // e^(z - lse) of a rounded lse = 1 + ln 3.
  expect_bound(bounds(p, Grade::lse)[0], formula(relative + u * (1 + std::log(3))));
}

// 1 - p = 1 - e^-5 / S: the others lead, and their distance to the target does not make them better known.
TEST(Bounds, OfGradientsAtATargetBehind) {
  Problem p = logits({0, 5, 5}, 0);
  p.wanted = reference::Wanted::gradient;
  const double sum = 2 + std::exp(-5.0);
  const double others = 2 / sum;
  const double spread = 5 * std::exp(-5.0) / sum;
  const double relative =
      kExp + s(3) + in_logarithm(u * spread + kExp + s(3)) + 2 * u + (u + kLog) * std::log(sum);
  expect_bound(bounds(p, Grade::shifted)[0], others * std::expm1(relative) + 5 * kSmallest + 2 * u * others);
}

// The same of a smoothed label: a = 1/2 + 1/6 of three equal logits, and p = 1/3.
TEST(Bounds, OfGradientsAtASmoothedTarget) {
  Problem p = logits({1, 1, 1}, 0);
  p.wanted = reference::Wanted::gradient;
  p.label_smoothing = Number(0.5);
  const double of_sum = in_logarithm(kExp + s(3));
  const double of_p = 2.0 / 3 * std::expm1(kExp + s(3) + of_sum + 2 * u + (u + kLog) * std::log(3));
  const double share = 0.5 / 3;
  const double of_share = 3 * u * share + u * share + 2 * kSmallest;
  const double a = 0.5 + share;
  const double of_a = u * 0.5 + 3 * u * 0.5 + 3 * u * share + u * a + 2 * kSmallest;
  const double of_total = of_a + 2 * of_share + s(3);
  const double probability = 1.0 / 3;
  const double of_probability = std::expm1(u * std::log(3) + kExp + of_sum + kLog * std::log(3) + 2 * u);
  const double value = a - probability;
  expect_bound(bounds(p, Grade::shifted)[0], of_p + 5 * kSmallest +
                                                 probability * of_total * (1 + of_probability) + of_a +
                                                 2 * u * value + 3 * u * (probability + a) + 4 * kSmallest);
}

// 2^-126 is e^-87.3365; what is computed may be below it where the probability itself is not.
TEST(Bounds, EndWhereAProbabilityMayUnderflow) {
  const double largest = 126 * std::log(2.0);
  const Problem near = logits({largest - 87 * u, 0}, 1);
  EXPECT_TRUE(std::isinf(bounds(near, Grade::probability)[0]));
  EXPECT_TRUE(std::isfinite(bounds(near, Grade::shifted)[0]));
  EXPECT_TRUE(std::isfinite(bounds(logits({largest - 1000 * u, 0}, 1), Grade::probability)[0]));
}

// What smoothing multiplies may overflow before it does.
TEST(Bounds, AreInfiniteWhereSumsOfSmoothingOverflow) {
  Problem p = logits({2.7e37, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0);
  EXPECT_TRUE(std::isfinite(bounds(p, Grade::shifted)[0]));
  p.label_smoothing = Number(0.1);
  EXPECT_TRUE(std::isinf(bounds(p, Grade::shifted)[0]));
}

// The perplexity is a factor beside that of the mean.
TEST(Bounds, OfGradientsOfPerplexities) {
  Problem p = logits({3, 1, 0}, 0);
  p.loss = "perplexity";
  p.reduction = XENT_MEAN;
  p.wanted = reference::Wanted::gradient;
  const double loss = std::log(kSum);
  const double division = 3 * u / (1 - 3 * u);
  const double of_loss = u * loss + kOfSum + kLog * loss + 3 * kSmallest + division * loss;
  const double of_power = std::expm1(of_loss) + kExp + u;
  const double probability = std::exp(-2.0) / kSum;
  const double relative = std::expm1(u * (2 + kLoss) + kExp + kOfSum + kLog * std::log(kSum) + 2 * u);
  const double f = kSum;
  const double tiny = 2 * f * kSmallest;
  expect_bound(bounds(p, Grade::shifted)[1],
               f * (probability * relative + 5 * kSmallest + u * probability) + u * f * probability +
                   (of_power + u + division) * f * probability + 3 * u * f * probability +
                   tiny * probability + 4 * kSmallest);
}

// The square of the log-sum-exp is 1e38 and below the largest float, 3.4e38, or 4e38 and not, though the
// small factor makes a float of it.
TEST(Bounds, EndWhereIntermediatesOverflow) {
  for (const auto& [logit, overflows] : {std::pair(1e19, false), std::pair(2e19, true)}) {
    Problem p = logits({logit, logit}, 0);
    p.z_loss = 0x1p-100;
    EXPECT_EQ(std::isinf(bounds(p, Grade::shifted)[0]), overflows) << logit;
  }
}

TEST(Bounds, AreOfTheLabelsThatTheConventionsPrepare) {
  const auto of_labels = [](std::vector<double> labels) {
    Problem p = probabilities("cross_entropy", {0.5, 0.125}, std::move(labels));
    p.class_weights = {Number(0.5), Number(2.0)};
    p.conventions.normalise = XENT_BIT(XENT_NORMALISE_TARGETS);
    return bounds(p, Grade::shifted);
  };
  EXPECT_EQ(of_labels({2, 6}), of_labels({0.25, 0.75}));
  EXPECT_EQ(of_labels({0x1p-20, 3 * 0x1p-20}), of_labels({0.25, 0.75}));
}

TEST(Bounds, OfDerivativesLeaveOutLabelsThatDoNotCount) {
  const auto of_first = [](double of_masked, xent_policy policy) {
    Problem p = logits({1, 0, -HUGE_VAL}, 0);
    p.targets.clear();
    p.target_format = XENT_BINARY32;
    p.target_probs = {Number(0.25), Number(0.125), Number(of_masked)};
    p.conventions.masked_labels = policy;
    p.wanted = reference::Wanted::gradient;
    return bounds(p, Grade::shifted)[0];
  };
  EXPECT_EQ(of_first(0.625, XENT_POLICY_ZERO), of_first(0, XENT_POLICY_DEFAULT));
}

}  // namespace
}  // namespace xent::properties
