// Losses of rows of probabilities. The oracle has the formulas in binary80, whose errors are below 2^-63
// times the number of terms.
#include "fast/information.h"

#include <cmath>

#include "fast/full_kernel.h"
#include "fast/testing.h"

namespace xent::fast {
namespace {

constexpr long double kUnit = 0x1p-53L;

// A row of a loss of P and Q, or of Q alone; every number that a test may want to change is a vector.
struct InformationQuestion {
  std::vector<double> p, q;
  int64_t target = 0;
  double loss = -77;
  xent_problem problem = {};
  xent_result result = {};

  InformationQuestion(const char* name, std::vector<double> of_p, std::vector<double> of_q)
      : p(std::move(of_p)), q(std::move(of_q)) {
    problem.struct_size = sizeof problem;
    problem.loss = name;
    problem.rows = 1;
    problem.classes = static_cast<int64_t>(q.size());
    problem.input_space = XENT_PROBABILITIES;
    problem.target_space = XENT_PROBABILITIES;
    result.struct_size = sizeof result;
  }

  double ask() {
    problem.input = {q.data(), XENT_BINARY64, problem.classes, 1};
    if (!p.empty()) problem.target_probs = {p.data(), XENT_BINARY64, problem.classes, 1};
    problem.targets = {&target, XENT_INT64, 1, 0};
    result.loss = {&loss, XENT_BINARY64, 1, 0};
    EXPECT_EQ(fast_implementation()->compute(&problem, &result), XENT_OK);
    return loss;
  }
};

std::vector<double> random_probabilities(int64_t classes, uint32_t seed, double least_exponent) {
  std::mt19937 bits(seed);
  std::uniform_real_distribution<double> exponent(least_exponent, 0);
  std::vector<double> p(static_cast<size_t>(classes));
  for (double& value : p) value = bits() % 5 == 0 ? 0 : std::exp2(exponent(bits));
  return p;
}

// sum p (ln p - ln q), or without the ln p; and what rounding may do to it.
struct Sum {
  long double value = 0;
  long double bound = 0;

  void add(long double p, long double q, bool has_ratio) {
    if (p == 0) return;
    const long double of_p = has_ratio ? std::log(p) : 0;
    const long double of_q = std::log(q);
    value += p * (of_p - of_q);
    bound += p * (std::fabs(of_p) + std::fabs(of_q)) * (kLogError + 2) * kUnit;
  }
};

void expect_near(double computed, const Sum& expected, int64_t classes) {
  ASSERT_LE(std::fabs(computed - expected.value), expected.bound + kUnit * std::fabs(expected.value))
      << classes << " classes: " << computed << " instead of " << static_cast<double>(expected.value);
}

TEST(Information, EveryNumberOfClasses) {
  for (int64_t classes = 1; classes <= 1100; classes += classes < 140 ? 1 : 53) {
    for (const double least : {-3.0, -60.0, -1070.0}) {
      const auto p = random_probabilities(classes, static_cast<uint32_t>(classes), least);
      auto q = random_probabilities(classes, static_cast<uint32_t>(classes) + 5, least);
      for (double& value : q) value = value == 0 ? std::exp2(least) : value;
      Sum cross, kl, entropy;
      for (size_t c = 0; c < q.size(); ++c) {
        cross.add(p[c], q[c], false);
        kl.add(p[c], q[c], true);
        entropy.add(p[c], p[c], false);
      }
      for_each_target([&] {
        expect_near(InformationQuestion("cross_entropy", p, q).ask(), cross, classes);
        expect_near(InformationQuestion("kl", p, q).ask(), kl, classes);
        expect_near(InformationQuestion("entropy", {}, p).ask(), entropy, classes);
      });
    }
  }
}

// Every exponent, on both sides of the powers of two and of the square roots where the reduction changes.
TEST(Information, LogarithmsOfEverySize) {
  std::vector<double> q;
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    for (const double fraction :
         {1.0, 1.0000000000000002, 1.41421356237309, 1.4142135623731, 1.9999999999999998})
      q.push_back(std::ldexp(fraction, exponent));
  }
  for (const double value : q) {
    Sum expected;
    expected.add(1, value, false);
    for_each_target(
        [&] { expect_near(InformationQuestion("cross_entropy", {1}, {value}).ask(), expected, 1); });
  }
}

TEST(Information, ZerosAndInfinity) {
  for_each_target([] {
    EXPECT_EQ(InformationQuestion("entropy", {}, {0, 1, 0}).ask(), 0);
    EXPECT_EQ(InformationQuestion("cross_entropy", {0, 1}, {0, 0.5}).ask(), std::log(2.0));
    EXPECT_EQ(InformationQuestion("cross_entropy", {0.5, 0.5}, {0, 1}).ask(), kInf);
    EXPECT_EQ(InformationQuestion("kl", {0.5, 0.5}, {0, 1}).ask(), kInf);
    EXPECT_EQ(InformationQuestion("kl", {0, 0.5}, {0, 0.5}).ask(), 0);
    EXPECT_EQ(InformationQuestion("nll", {}, {0, 1}).ask(), kInf);
    EXPECT_FALSE(std::signbit(InformationQuestion("entropy", {}, {0, 1, 0}).ask()));
    EXPECT_FALSE(std::signbit(InformationQuestion("nll", {}, {1, 0}).ask()));
  });
}

TEST(Information, NaNAnywhereMakesTheRowNaN) {
  for (const size_t classes : {1, 5, 8, 300}) {
    for (size_t at = 0; at < classes; at += classes / 5 + 1) {
      std::vector<double> good(classes, 0.25);
      std::vector<double> zeros(classes, 0.0);
      auto bad = good;
      bad[at] = std::nan("");
      for_each_target([&] {
        EXPECT_TRUE(std::isnan(InformationQuestion("entropy", {}, bad).ask()));
        EXPECT_TRUE(std::isnan(InformationQuestion("cross_entropy", good, bad).ask()));
        EXPECT_TRUE(std::isnan(InformationQuestion("cross_entropy", zeros, bad).ask()));
        EXPECT_TRUE(std::isnan(InformationQuestion("kl", bad, good).ask()));
        EXPECT_TRUE(std::isnan(InformationQuestion("kl", zeros, bad).ask()));
        EXPECT_TRUE(std::isnan(InformationQuestion("nll", {}, bad).ask()));
      });
    }
  }
}

TEST(Information, NllIsTheLogarithmOfTheLabelled) {
  InformationQuestion question("nll", {}, {0.1, 0.7, 0.2});
  for (const int64_t target : {0, 1, 2}) {
    question.target = target;
    EXPECT_EQ(question.ask(), -std::log(question.q[static_cast<size_t>(target)]));
  }
}

}  // namespace
}  // namespace xent::fast
