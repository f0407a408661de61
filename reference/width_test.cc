// Enclosures are as narrow as the problem allows: at p bits at most 4 units of the last place times the
// condition of the value, however many terms it has.
//
// The condition is that of the sum that the value is, |d value| / |value| for relative changes of the inputs
// and of the terms by one unit: sum |x_i dL/dx_i| / |L| of logits, sum (|term| + |mass|) / |L| of
// probabilities, and at least 1. It is computed in binary64, whose errors are far below the factors of 2 that
// are at stake.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include "reference/certify.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

constexpr int kPrecisions[] = {kFirstPrecision, 128, 1000};

// The width of the row's value in units of the last bit that enclosures have, who ask for p bits or more.
double width_in_ulps(const LogForm& form, int asked) {
  const PrecisionScope scope(asked);
  const int p = asked == kFirstPrecision ? asked : Enclosure().precision();
  const Enclosure value = form.enclose(0);
  const Rational lower = expanded(value.lower());
  const Rational width = expanded(value.upper()) - lower;
  const Rational size = abs(lower);
  return static_cast<double>(Rational(width * (Integer(1) << static_cast<unsigned>(p - 1)) / size));
}

void expect_narrow(const Problem& p, double condition, const char* what) {
  ASSERT_FALSE(check(p)) << check(p)->message;
  const LogForm form = row_form(p, 0);
  for (const int precision : kPrecisions)
    EXPECT_LE(width_in_ulps(form, precision), 4 * std::max(condition, 1.0)) << what << ' ' << precision;
}

Problem problem(const char* loss, xent_space space, const std::vector<double>& input) {
  Problem p;
  p.loss = loss;
  p.rows = 1;
  p.classes = static_cast<std::int64_t>(input.size());
  p.input_space = space;
  for (const double x : input) p.input.emplace_back(x);
  return p;
}

// Logits of softmax cross-entropy: x_i p_i, and x_t (p_t - 1). With o = sum of e^(x_i - x_t) over the others,
// p_i is that term over 1 + o and the loss is log1p(o), which is o where both underflow; hence terms are
// relative to the largest of them.
double condition_of_logits(const std::vector<double>& x, std::size_t target) {
  double largest = -HUGE_VAL;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i != target) largest = std::max(largest, x[i]);
  }
  double terms = 0;
  double moved = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i == target) continue;
    const double term = std::exp(x[i] - largest);
    terms += term;
    moved += (std::abs(x[i]) + std::abs(x[target])) * term;
  }
  const double gap = largest - x[target];
  if (gap < -700) return moved / terms;
  const double loss = gap > 700 ? gap + std::log(terms) : std::log1p(terms * std::exp(gap));
  return moved / (std::exp(-gap) + terms) / loss;
}

std::vector<double> normal(std::mt19937_64& random, std::size_t n, double mean, double deviation) {
  std::normal_distribution<double> draw(mean, deviation);
  std::vector<double> x(n);
  for (double& value : x) value = static_cast<float>(draw(random));
  return x;
}

std::vector<double> probabilities(std::mt19937_64& random, std::size_t n, double spread) {
  std::vector<double> p = normal(random, n, 0, spread);
  for (double& value : p) value = std::exp(value);
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& value : p) value = static_cast<float>(value / sum);
  return p;
}

TEST(Width, OfSoftmaxCrossEntropyIsOfItsCondition) {
  std::mt19937_64 random(11);
  for (const std::size_t classes : {2U, 3U, 10U, 300U}) {
    for (const double deviation : {0.01, 1.0, 30.0, 1000.0}) {
      for (const double mean : {0.0, -7.0, 1e6}) {
        for (int i = 0; i < 5; ++i) {
          const auto x = normal(random, classes, mean, deviation);
          Problem p = problem("softmax_cross_entropy", XENT_LOGITS, x);
          p.targets = {static_cast<std::int64_t>(random() % classes)};
          if (*std::max_element(x.begin(), x.end()) == *std::min_element(x.begin(), x.end())) continue;
          expect_narrow(p, condition_of_logits(x, static_cast<std::size_t>(p.targets[0])), "logits");
        }
      }
    }
  }
}

// 20000 different terms: each addition that lost a unit would show.
TEST(Width, DoesNotGrowWithTheNumberOfTerms) {
  std::mt19937_64 random(12);
  const auto x = normal(random, 20000, 0, 1);
  Problem logits = problem("softmax_cross_entropy", XENT_LOGITS, x);
  logits.targets = {0};
  expect_narrow(logits, condition_of_logits(x, 0), "logits");
}

TEST(Width, OfProbabilitiesIsOfItsCondition) {
  std::mt19937_64 random(13);
  for (const std::size_t classes : {2U, 10U, 300U, 4000U}) {
    for (const double spread : {0.01, 1.0, 5.0}) {
      const auto q = probabilities(random, classes, spread);
      const auto y = probabilities(random, classes, spread);
      double entropy = 0, cross = 0, kl = 0, cross_terms = 0, kl_terms = 0;
      for (std::size_t c = 0; c < classes; ++c) {
        entropy -= q[c] * std::log(q[c]);
        cross -= y[c] * std::log(q[c]);
        kl += y[c] * std::log(y[c] / q[c]);
        cross_terms += y[c] * (std::abs(std::log(q[c])) + 1);
        kl_terms += y[c] * (std::abs(std::log(q[c])) + std::abs(std::log(y[c])) + 2);
      }
      const auto with_targets = [&](const char* loss) {
        Problem p = problem(loss, XENT_PROBABILITIES, q);
        for (const double v : y) p.target_probs.emplace_back(v);
        return p;
      };
      expect_narrow(problem("entropy", XENT_PROBABILITIES, q), 1 + 1 / entropy, "entropy");
      expect_narrow(with_targets("cross_entropy"), cross_terms / cross, "cross-entropy");
      expect_narrow(with_targets("kl"), kl_terms / std::abs(kl), "kl");
    }
  }
}

}  // namespace
}  // namespace xent::reference
