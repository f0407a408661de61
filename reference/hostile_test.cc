// Large and extreme problems whose values have a closed form: they end with the right answer, within the time
// and the memory that certify.h states.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <functional>

#include "reference/testing.h"

namespace xent::reference {
namespace {

constexpr std::int64_t kMillion = 1000000;

Problem problem_of(const char* loss, std::int64_t rows, std::int64_t classes, const Number& each) {
  Problem p;
  p.loss = loss;
  p.rows = rows;
  p.classes = classes;
  p.input.assign(static_cast<std::size_t>(rows * classes), each);
  return p;
}

Problem one_row(std::int64_t classes, const Number& each, std::int64_t target) {
  Problem p = problem_of("softmax_cross_entropy", 1, classes, each);
  p.targets = {target};
  return p;
}

Problem probabilities(const char* loss, std::int64_t classes, const Number& each) {
  Problem p = problem_of(loss, 1, classes, each);
  p.input_space = XENT_PROBABILITIES;
  return p;
}

// Sanitizers and unoptimised code take a multiple of both; there it is enough that problems end.
#if defined(__OPTIMIZE__) && !defined(XENT_SANITIZED)
constexpr bool kIsMeasured = true;
constexpr std::int64_t kManyRows = kMillion;
#else
constexpr bool kIsMeasured = false;
constexpr std::int64_t kManyRows = kMillion / 20;
#endif

// Does the work in a process of its own, whose time and memory are what the work took, problem included.
void within_the_cost_of(const Size& size, const std::function<void()>& work) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    work();
    std::fflush(stdout);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  rusage usage{};
  ASSERT_EQ(wait4(child, &status, 0, &usage), child);
  EXPECT_EQ(status, 0);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  const double time = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  const double bytes = 1024.0 * static_cast<double>(usage.ru_maxrss);
  const Cost stated = stated_cost(size);
  std::printf("%.2f s of %.2f, %.0f MiB of %.0f\n", time, stated.seconds, bytes / 0x1p20,
              stated.bytes / 0x1p20);
  if (!kIsMeasured) return;
  EXPECT_LE(time, stated.seconds);
  EXPECT_LE(bytes, stated.bytes);
}

// The only value of the problem is the one of the form, to 30 digits.
void expect_value(const Problem& p, const std::function<void(LogForm&)>& add_terms) {
  auto values = certified(p);
  ASSERT_EQ(values.size(), 1U);
  LogForm form;
  add_terms(form);
  Certified expected(Quantity::logarithm(std::move(form), 0));
  EXPECT_EQ(values[0].decimal(30), expected.decimal(30));
}

TEST(Hostile, AMillionClasses) {
  within_the_cost_of({.logits = 3 * kMillion, .rows = 3}, [] {
    Problem p = one_row(kMillion, Number(-7.25), 3);
    expect_value(p, [](LogForm& form) { form.add_log(1, Number(1e6)); });
    // Different logits, in fixed point: half of them ln 2 lower would make 3/4 of a million; so near that, as
    // near.
    const Number lower(-7.25 - 0x1.62e42fefa39efp-1);
    for (std::size_t c = 1; c < p.input.size(); c += 2) p.input[c] = lower;
    p.targets = {0};
    auto values = certified(p);
    EXPECT_EQ(values[0].rounded(format(XENT_BINARY64)), std::log(750000.0));
    p.wanted = Wanted::gradient;
    auto gradient = certified(p);
    EXPECT_EQ(gradient[2].rounded(format(XENT_BINARY32)), 1 / 750000.0F);
    EXPECT_EQ(gradient[3].rounded(format(XENT_BINARY32)), 1 / 1500000.0F);
  });
}

TEST(Hostile, ExponentsAtBothEnds) {
  within_the_cost_of({.logits = 2 * kMillion, .rows = 2}, [] {
    Problem p = one_row(kMillion, Number(0x1p1023), 1);
    for (std::size_t c = 1; c < p.input.size(); c += 2) p.input[c] = Number(-0x1p1023);
    auto values = certified(p);
    EXPECT_EQ(values[0].rounded(format(XENT_BINARY64)), HUGE_VAL);
    EXPECT_EQ(values[0].rounded(format(XENT_BINARY64), Rounding::toward_zero), 0x1.fffffffffffffp1023);
    p = one_row(kMillion, Number(0x1p-1074), 0);
    for (std::size_t c = 1; c < p.input.size(); c += 2) p.input[c] = Number(-0x1p-1074);
    EXPECT_EQ(certified(p)[0].rounded(format(XENT_BINARY64)), std::log(1e6));
  });
}

TEST(Hostile, AllMaskedAndAllButOne) {
  within_the_cost_of({.logits = 3 * kMillion, .rows = 3}, [] {
    Problem p = one_row(kMillion, Number(-HUGE_VAL), 7);
    EXPECT_EQ(certified(p)[0].exactness().kind, Kind::nan);
    p.input[8] = Number(3.0);
    EXPECT_EQ(certified(p)[0].exactness().kind, Kind::positive_infinity);
    p.targets = {8};
    EXPECT_EQ(certified(p)[0].settle().kind, Kind::rational);
    EXPECT_EQ(certified(p)[0].decimal(5), "0");
  });
}

TEST(Hostile, ProbabilitiesBelowEveryNormalNumber) {
  within_the_cost_of({.probabilities = 20000, .rows = 1}, [] {
    Problem p = probabilities("cross_entropy", 10000, Number(0x1p-149));
    p.target_probs.assign(10000, Number(Rational(1, 10000)));
    expect_value(p, [](LogForm& form) { form.add_log(149, Number(2.0)); });
  });
}

TEST(Hostile, ManyTinyTerms) {
  within_the_cost_of({.probabilities = 300000, .rows = 2}, [] {
    const std::int64_t terms = 100000;
    const Rational each = power_of_two(-140);
    expect_value(probabilities("entropy", terms, Number(each)),
                 [&](LogForm& form) { form.add_log(140 * terms * each, Number(2.0)); });
    Problem p = probabilities("kl", terms, Number(each));
    p.target_probs.assign(static_cast<std::size_t>(terms), Number(Rational(3 * each)));
    expect_value(p, [&](LogForm& form) { form.add_log(3 * terms * each, Number(3.0)); });
  });
}

// All different, and each has a part in every derivative: p_j = (j + 1) / S gives (-ln p_j - H) / S.
TEST(Hostile, GradientsOfManyProbabilities) {
  static constexpr std::int64_t kClasses = kIsMeasured ? 100000 : 5000;
  within_the_cost_of({.probabilities = 2 * kClasses, .derivatives = kClasses, .rows = 2}, [] {
    Problem p = probabilities("entropy", kClasses, Number(1.0));
    for (std::int64_t c = 0; c < kClasses; ++c)
      p.input[static_cast<std::size_t>(c)] = Number(static_cast<double>(c + 1));
    p.conventions.normalise = XENT_BIT(XENT_NORMALISE_INPUT);
    auto entropy = certified(p);
    p.wanted = Wanted::gradient;
    auto gradient = certified(p);
    for (Certified& entry : gradient) EXPECT_TRUE(entry.rounded(format(XENT_BINARY64)));
    const PrecisionScope scope(kFirstPrecision);
    const Rational total = Rational(kClasses) * (kClasses + 1) / 2;
    for (const std::int64_t c : {std::int64_t{0}, kClasses / 2, kClasses - 1}) {
      const Enclosure surprisal = -log(Enclosure(Rational((c + 1) / total)));
      const Enclosure error = Enclosure(total) * gradient[static_cast<std::size_t>(c)].enclosure(50) -
                              (surprisal - entropy[0].enclosure(50));
      EXPECT_TRUE(error.contains_zero());
      EXPECT_LT(error.upper_double() - error.lower_double(), 0x1p-40);
    }
  });
}

// Labels as logarithms, all different, over logits, and of a Q that is normalised: a mean by their sum, in
// which each has a part.
TEST(Hostile, GradientsOfManyLogarithms) {
  static constexpr std::int64_t kClasses = kIsMeasured ? 100000 : 2000;
  within_the_cost_of({.probabilities = 4 * kClasses, .derivatives = 3 * kClasses, .rows = 3}, [] {
    Problem p = problem_of("softmax_cross_entropy", 1, kClasses, Number(0.5));
    for (std::int64_t c = 0; c < kClasses; ++c)
      p.target_probs.emplace_back(std::ldexp(static_cast<double>(-c), -16));
    p.target_space = XENT_LOG_PROBABILITIES;
    p.reduction = XENT_MEAN;
    p.conventions.denominator = XENT_VALID_WEIGHTS;
    // Equal logits: the mean is ln C, whatever the labels are.
    EXPECT_EQ(certified(p)[0].rounded(format(XENT_BINARY64)), std::log(static_cast<double>(kClasses)));
    const PrecisionScope scope(kFirstPrecision);
    for (const Wanted wanted : {Wanted::gradient, Wanted::target_gradient}) {
      p.wanted = wanted;
      Enclosure total;
      for (Certified& entry : certified(p)) {
        EXPECT_TRUE(entry.rounded(format(XENT_BINARY64)));
        total += entry.enclosure(50);
      }
      const Enclosure error = wanted == Wanted::gradient ? total : total - log(Enclosure(long{kClasses}));
      EXPECT_TRUE(error.contains_zero());
      EXPECT_LT(error.upper_double() - error.lower_double(), 0x1p-30);
    }
    p.loss = "cross_entropy";
    p.input_space = XENT_PROBABILITIES;
    p.conventions.normalise = XENT_BIT(XENT_NORMALISE_INPUT);
    p.wanted = Wanted::gradient;
    for (Certified& entry : certified(p)) EXPECT_TRUE(entry.rounded(format(XENT_BINARY64)));
  });
}

TEST(Hostile, DenormalWeightsDivideOut) {
  within_the_cost_of({.logits = 3000, .rows = 1000}, [] {
    Problem p = problem_of("softmax_cross_entropy", 1000, 3, Number(0.5));
    p.targets.assign(1000, 1);
    p.class_weights.assign(3, Number(0x1p-1074));
    p.sample_weights.assign(1000, Number(0x1p-1074));
    p.reduction = XENT_MEAN;
    p.conventions.denominator = XENT_VALID_WEIGHTS;
    expect_value(p, [](LogForm& form) { form.add_log(1, Number(3.0)); });
  });
}

TEST(Hostile, ManyRows) {
  within_the_cost_of({.logits = 4 * kManyRows, .rows = 2 * kManyRows}, [] {
    Problem p = problem_of("softmax_cross_entropy", kManyRows, 2, Number(0.0));
    p.targets.assign(kManyRows, 1);
    p.reduction = XENT_SUM;
    expect_value(p, [](LogForm& form) { form.add_log(kManyRows, Number(2.0)); });
    p.reduction = XENT_NONE;
    auto rows = certified(p);
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(kManyRows));
    EXPECT_EQ(rows.back().decimal(10), "0.6931471806");
  });
}

TEST(Hostile, WhatIsTooLargeIsRefused) {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = kMaxElements;
  p.classes = 2;
  const auto refused = certify(p);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("at most 67108864 elements"), std::string::npos)
      << refused.error().message;
}

}  // namespace
}  // namespace xent::reference
