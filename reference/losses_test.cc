#include "reference/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "reference/loss_testing.h"

namespace xent::reference {
namespace {

TEST(Losses, CatalogueRowsAreComplete) {
  std::set<std::string> names;
  for (const Loss& loss : losses()) {
    EXPECT_TRUE(names.insert(loss.name).second) << loss.name;
    EXPECT_EQ(find_loss(loss.name), &loss);
    EXPECT_NE(loss.row == nullptr, loss.entries == nullptr);
    EXPECT_NE(loss.input_spaces, 0U);
    for (const char* text : {loss.formula, loss.domain, loss.exact_cases, loss.source})
      EXPECT_GT(std::string(text).size(), 3U);
  }
  EXPECT_EQ(names, (std::set<std::string>{"cross_entropy", "entropy", "generalised_kl", "kl", "log_softmax",
                                          "log_sum_exp", "nll", "perplexity", "sequence", "softmax",
                                          "softmax_cross_entropy"}));
  EXPECT_EQ(find_loss("hinge"), nullptr);
}

TEST(Entropy, IsExactByTheorem) {
  EXPECT_EQ(exact(of_probabilities("entropy", {"0", "1", "0"})), "0");
  EXPECT_EQ(exact(of_probabilities("entropy", {"2", "1/4", "1/4", "1/4", "1/4"})), "0");  // 2^2 (1/4)^1 = 1
  EXPECT_EQ(exact(of_probabilities("entropy", {"0", "0"})), "0");
  EXPECT_EQ(exact(in_base(of_probabilities("entropy", {"1/2", "1/4", "1/4"}), "2")), "3/2");
  EXPECT_EQ(exact(in_base(of_probabilities("entropy", {"1/3", "1/3", "1/3"}), "9")), "1/2");
  EXPECT_EQ(exact(of_probabilities("entropy", {"1/2", "1/2"})), "not exact");
  EXPECT_EQ(exact(in_base(of_probabilities("entropy", {"1/2", "1/3", "1/6"}), "2")), "not exact");
}

TEST(CrossEntropy, IsTheNotesExample) {
  EXPECT_EQ(decimal(of_two("cross_entropy", {"0", "1", "0"}, {"0.1", "0.7", "0.2"}), 30),
            "0.356674943938732378912638711241");
  EXPECT_EQ(decimal(of_two("cross_entropy", {"0", "1"}, {"0", "0.7"}), 5), "0.35667");
}

TEST(CrossEntropy, ZerosFollowTheConventions) {
  EXPECT_EQ(exact(of_two("cross_entropy", {"0", "1"}, {"0", "1"})), "0");
  EXPECT_EQ(decimal(of_two("cross_entropy", {"1e-300", "1"}, {"0", "1"})), "inf");
  EXPECT_EQ(decimal(of_two("cross_entropy", {"1", "1"}, {"nan", "1"})), "nan");
  EXPECT_EQ(decimal(of_two("cross_entropy", {"0", "1"}, {"nan", "1"})), "nan");
  EXPECT_EQ(decimal(of_two("cross_entropy", {"nan", "1"}, {"1", "1"})), "nan");
}

TEST(CrossEntropy, OfOneHotIsTheNegativeLogLikelihood) {
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 30; ++i) {
    const Texts q = {std::to_string(random() % 1000 + 1) + "/1000",
                     std::to_string(random() % 1000 + 1) + "e-3", "0.25"};
    EXPECT_EQ(decimal(of_two("cross_entropy", {"0", "1", "0"}, q), 50),
              decimal(of_probabilities("nll", q, {1}), 50));
  }
}

TEST(CrossEntropy, OfLogarithmsIsRational) {
  Problem p = of_two("cross_entropy", {"1/2", "1/2", "0"}, {"-1", "-2", "-inf"});
  p.input_space = XENT_LOG_PROBABILITIES;
  EXPECT_EQ(exact(p), "3/2");
  EXPECT_EQ(exact(in_base(p, "2")), "not exact");
  p.target_probs[2] = Number(1.0);
  EXPECT_EQ(decimal(p), "inf");
}

TEST(Kl, OfADistributionAndItselfIsZero) {
  EXPECT_EQ(exact(of_two("kl", {"0.7", "0.2", "0.1"}, {"0.7", "0.2", "0.1"})), "0");
  EXPECT_EQ(exact(of_two("kl", {"0", "1"}, {"0", "1"})), "0");
  // No two entries equal, and yet prod (p/q)^p = (1/2)^2 2^2... = 1.
  EXPECT_EQ(exact(of_two("kl", {"1", "1"}, {"2", "1/2"})), "0");
  EXPECT_EQ(exact(in_base(of_two("kl", {"1/2", "1/2"}, {"1/8", "2"}), "2")), "0");
  EXPECT_EQ(exact(in_base(of_two("kl", {"1", "0"}, {"1/8", "7/8"}), "2")), "3");
}

TEST(Kl, ZerosFollowTheConventions) {
  EXPECT_EQ(exact(of_two("kl", {"0", "1"}, {"0.3", "1"})), "0");
  EXPECT_EQ(exact(of_two("kl", {"0", "1"}, {"0", "1"})), "0");
  EXPECT_EQ(decimal(of_two("kl", {"1/2", "1/2"}, {"0", "1"})), "inf");
  EXPECT_EQ(decimal(of_two("kl", {"0", "1"}, {"nan", "1"})), "nan");
  EXPECT_EQ(decimal(of_two("kl", {"1e-300", "1"}, {"1e300", "1"}), 5), "-1.3816e-297");
}

TEST(Kl, IsCrossEntropyMinusEntropy) {
  const Texts p = {"0.5", "0.3", "0.2"};
  const Texts q = {"0.25", "0.7", "0.05"};
  Certified kl = one(of_two("kl", p, q));
  Certified cross = one(of_two("cross_entropy", p, q));
  Certified entropy = one(of_probabilities("entropy", p));
  const Enclosure difference = cross.enclosure(90) - entropy.enclosure(90) - kl.enclosure(90);
  EXPECT_TRUE(difference.contains(0));
  EXPECT_LT(std::max(std::abs(difference.lower_double()), std::abs(difference.upper_double())), 0x1p-80);
  Problem logs = of_two("kl", {"1", "1"}, {"-1", "2"});
  logs.input_space = XENT_LOG_PROBABILITIES;
  EXPECT_EQ(exact(logs), "-1");
}

TEST(Nll, IsExactByTheorem) {
  EXPECT_EQ(exact(in_base(of_probabilities("nll", {"1/1000"}, {0}), "10")), "3");
  EXPECT_EQ(exact(in_base(of_probabilities("nll", {"1/8"}, {0}), "1/2")), "-3");
  EXPECT_EQ(exact(in_base(of_probabilities("nll", {"0.5"}, {0}), "2")), "1");
  EXPECT_EQ(exact(in_base(of_probabilities("nll", {"1/4"}, {0}), "8")), "2/3");
  EXPECT_EQ(exact(of_probabilities("nll", {"1", "0"}, {0})), "0");
  EXPECT_EQ(exact(of_probabilities("nll", {"0.5"}, {0})), "not exact");
  EXPECT_EQ(decimal(of_probabilities("nll", {"1", "0"}, {1})), "inf");
  EXPECT_EQ(decimal(in_base(of_probabilities("nll", {"1", "0"}, {1}), "1/2")), "-inf");
  EXPECT_EQ(decimal(of_probabilities("nll", {"1", "nan"}, {0})), "nan");
  Problem logs = of_probabilities("nll", {"-7/3", "-inf"}, {0});
  logs.input_space = XENT_LOG_PROBABILITIES;
  EXPECT_EQ(exact(logs), "7/3");
  logs.targets = {1};
  EXPECT_EQ(decimal(logs), "inf");
}

TEST(SoftmaxCrossEntropy, IsExactByTheorem) {
  const char* loss = "softmax_cross_entropy";
  EXPECT_EQ(exact(of_logits(loss, {"5"}, {0})), "0");
  EXPECT_EQ(exact(of_logits(loss, {"5", "-inf", "-inf"}, {0})), "0");
  EXPECT_EQ(exact(in_base(of_logits(loss, {"1", "1", "1", "1"}, {2}), "8")), "2/3");
  EXPECT_EQ(exact(in_base(of_logits(loss, {"0.1", "-inf", "0.1"}, {2}), "2")), "1");
  EXPECT_EQ(exact(in_base(of_logits(loss, {"1", "1", "1"}, {2}), "2")), "not exact");
  EXPECT_EQ(exact(of_logits(loss, {"1", "1"}, {0})), "not exact");
  EXPECT_EQ(decimal(of_logits(loss, {"2", "1", "0"}, {0})), "0.40760596444438030448");
}

TEST(SoftmaxCrossEntropy, MaskedAndUndefinedRowsFollowTheConventions) {
  const char* loss = "softmax_cross_entropy";
  EXPECT_EQ(decimal(of_logits(loss, {"1", "-inf"}, {1})), "inf");
  EXPECT_EQ(decimal(of_logits(loss, {"1", "nan"}, {0})), "nan");
  EXPECT_EQ(decimal(of_logits(loss, {"1", "inf"}, {0})), "nan");
  EXPECT_EQ(decimal(of_logits(loss, {"inf", "-inf"}, {0})), "nan");
  Problem masked = of_logits(loss, {"-inf", "-inf"}, {0});
  EXPECT_EQ(decimal(masked), "nan");
  masked.conventions.all_masked = XENT_POLICY_NAN;
  EXPECT_EQ(decimal(masked), "nan");
  masked.conventions.all_masked = XENT_POLICY_ZERO;
  EXPECT_EQ(decimal(masked), "0");
  masked.conventions.all_masked = XENT_POLICY_INFINITY;
  EXPECT_EQ(decimal(masked), "inf");
  // A weight that is NaN is no loss, by convention or not.
  masked.class_weights = numbers({"nan", "1"});
  EXPECT_EQ(decimal(masked), "nan");
  // Inserting masked classes changes nothing.
  EXPECT_EQ(decimal(of_logits(loss, {"-inf", "2", "-inf", "1", "0"}, {1}), 60),
            decimal(of_logits(loss, {"2", "1", "0"}, {0}), 60));
}

TEST(SoftmaxCrossEntropy, SoftLabelsAreLinear) {
  const Texts x = {"2", "1.5", "-0.3"};
  for (std::int64_t t = 0; t < 3; ++t) {
    Texts y = {"0", "0", "0"};
    y[static_cast<std::size_t>(t)] = "1";
    EXPECT_EQ(decimal(soft(x, y), 60), decimal(of_logits("softmax_cross_entropy", x, {t}), 60));
  }
  // y = (1, 1/2, 1/4) is 1, 1/2 and 1/4 of the three hard losses, whatever it sums to.
  Certified whole = one(soft(x, {"1", "0.5", "0.25"}));
  Enclosure sum = -whole.enclosure(90);
  double weight = 1;
  for (std::int64_t t = 0; t < 3; ++t, weight /= 2) {
    Certified part = one(of_logits("softmax_cross_entropy", x, {t}));
    sum += Enclosure(weight) * part.enclosure(90);
  }
  EXPECT_TRUE(sum.contains(0));
  EXPECT_LT(sum.upper_double(), 0x1p-80);
  EXPECT_EQ(exact(soft(x, {"0", "0", "0"})), "0");
  EXPECT_EQ(exact(soft({"7", "-inf"}, {"3", "0"})), "0");
  EXPECT_EQ(decimal(soft(x, {"1", "nan", "0"})), "nan");
}

TEST(SoftmaxCrossEntropy, ZeroWeightOfAMaskedClassFollowsTheConvention) {
  Problem p = soft({"2", "1", "-inf"}, {"0.5", "0.5", "0"});
  const std::string without = decimal(soft({"2", "1"}, {"0.5", "0.5"}), 40);
  EXPECT_EQ(decimal(p, 40), without);
  p.conventions.zero_weight_times_infinity = XENT_POLICY_ZERO;
  EXPECT_EQ(decimal(p, 40), without);
  p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  EXPECT_EQ(decimal(p, 40), "nan");
  EXPECT_EQ(decimal(soft({"2", "1", "-inf"}, {"0.5", "0.4", "0.1"})), "inf");
}

// l = (0.31326.., 1.31326.., inf): what reaches the third class meets the infinity, or is left out.
TEST(SoftmaxCrossEntropy, LabelsOfAMaskedClassFollowTheConvention) {
  const auto under = [](Problem p, xent_policy policy) {
    p.conventions.masked_labels = policy;
    return decimal(p, 12);
  };
  Problem smoothed = of_logits("softmax_cross_entropy", {"2", "1", "-inf"}, {0});
  smoothed.label_smoothing = parsed("0.3");
  const Problem labelled = soft({"2", "1", "-inf"}, {"0.5", "0.4", "0.1"});
  for (const xent_policy policy : {XENT_POLICY_DEFAULT, XENT_POLICY_INFINITY}) {
    EXPECT_EQ(under(smoothed, policy), "inf");
    EXPECT_EQ(under(labelled, policy), "inf");
  }
  EXPECT_EQ(under(smoothed, XENT_POLICY_ZERO), "0.381935518766");  // 0.8 l_0 + 0.1 l_1
  EXPECT_EQ(under(labelled, XENT_POLICY_ZERO), "0.681935518766");  // 0.5 l_0 + 0.4 l_1
  smoothed.conventions.smoothing_mass = XENT_SMOOTH_OTHERS;
  EXPECT_EQ(under(smoothed, XENT_POLICY_ZERO), "0.416272434390");  // 0.7 l_0 + 0.15 l_1
  // What counts nothing is no 0 times infinity either.
  smoothed.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  EXPECT_EQ(under(smoothed, XENT_POLICY_ZERO), "0.416272434390");
}

TEST(SoftmaxCrossEntropy, AHardLabelOfAMaskedClassIsNeverLeftOut) {
  Problem p = of_logits("softmax_cross_entropy", {"2", "1", "-inf"}, {2});
  p.conventions.masked_labels = XENT_POLICY_ZERO;
  EXPECT_EQ(decimal(p), "inf");
  p.label_smoothing = parsed("0.3");
  EXPECT_EQ(decimal(p), "inf");
  // All of it smoothed away: 0 times infinity is left, beside a third of l_0 and of l_1.
  p.label_smoothing = parsed("1");
  EXPECT_EQ(decimal(p, 12), "0.542174458345");
  p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  EXPECT_EQ(decimal(p), "nan");
  // Rows without classes have a convention of their own; a cap leaves no class masked.
  Problem none = of_logits("softmax_cross_entropy", {"-inf", "-inf"}, {0});
  none.label_smoothing = parsed("0.5");
  none.conventions.masked_labels = XENT_POLICY_ZERO;
  EXPECT_EQ(decimal(none), "nan");
  Problem capped = of_logits("softmax_cross_entropy", {"2", "-inf"}, {0});
  capped.label_smoothing = parsed("0.5");
  capped.softcap = parsed("1");
  const std::string counted = decimal(capped, 12);
  capped.conventions.masked_labels = XENT_POLICY_ZERO;
  EXPECT_EQ(decimal(capped, 12), counted);
}

TEST(SoftmaxCrossEntropy, SoftLabelsBesideAFloatAreDecided) {
  Certified value = one(soft({"200000", "0"}, {"0.5", "0.5"}));  // 100000 + e^-200000
  const Format& f = format(XENT_BINARY32);
  EXPECT_EQ(value.rounded(f, Rounding::downward), 100000.0);
  EXPECT_EQ(value.rounded(f, Rounding::upward), double{std::nextafter(100000.0F, HUGE_VALF)});
}

TEST(LogSumExp, IsTheMaximumPlusATail) {
  EXPECT_EQ(exact(of_logits("log_sum_exp", {"5/3"}, {})), "5/3");
  EXPECT_EQ(exact(of_logits("log_sum_exp", {"-inf", "-7", "-inf"}, {})), "-7");
  EXPECT_EQ(decimal(of_logits("log_sum_exp", {"-inf", "-inf"}, {})), "-inf");
  EXPECT_EQ(decimal(of_logits("log_sum_exp", {"-inf", "inf"}, {})), "nan");
  EXPECT_EQ(decimal(of_logits("log_sum_exp", {"0", "nan"}, {})), "nan");
  EXPECT_EQ(exact(in_base(of_logits("log_sum_exp", {"0", "0", "0", "0"}, {}), "2")), "2");
  EXPECT_EQ(exact(in_base(of_logits("log_sum_exp", {"1", "1"}, {}), "2")), "not exact");
  Certified large = one(of_logits("log_sum_exp", {"0x1p1000", "-1e300"}, {}));
  EXPECT_EQ(large.rounded(format(XENT_BINARY64), Rounding::upward), std::nextafter(0x1p1000, HUGE_VAL));
  Certified negative = one(of_logits("log_sum_exp", {"-100000", "-300000"}, {}));
  EXPECT_EQ(negative.rounded(format(XENT_BINARY64), Rounding::upward), std::nextafter(-100000.0, 0.0));
  EXPECT_EQ(negative.rounded(format(XENT_BINARY64), Rounding::toward_zero), std::nextafter(-100000.0, 0.0));
  EXPECT_EQ(negative.rounded(format(XENT_BINARY64), Rounding::downward), -100000.0);
}

TEST(Sequence, IsTheMeanOfItsSteps) {
  Problem p = reduced(of_probabilities("sequence", {"0.7", "0.6"}, {0, 0}), XENT_MEAN);
  EXPECT_EQ(decimal(p, 10), "0.4337502839");  // -ln(0.42) / 2
  EXPECT_EQ(exact(in_base(reduced(of_probabilities("sequence", {"1/2", "1/8"}, {0, 0}), XENT_MEAN), "2")),
            "2");
  EXPECT_EQ(exact(in_base(reduced(of_probabilities("sequence", {"1/2", "1/4"}, {0, 0}), XENT_MEAN), "2")),
            "3/2");
  // Irrational terms, whose mean is rational: 2/3 * 3/8 = 1/4.
  EXPECT_EQ(exact(in_base(reduced(of_probabilities("sequence", {"2/3", "3/8"}, {0, 0}), XENT_MEAN), "2")),
            "1");
  Problem logits = reduced(of_logits("sequence", {"1", "1", "5", "-inf"}, {0, 0}), XENT_MEAN);
  EXPECT_EQ(exact(in_base(logits, "2")), "1/2");
  EXPECT_EQ(decimal(reduced(of_probabilities("sequence", {"0.7", "0"}, {0, 0}), XENT_MEAN)), "inf");
}

TEST(Perplexity, IsExactByTheorem) {
  const auto perplexity = [](const Texts& q, std::vector<std::int64_t> t) {
    return reduced(of_probabilities("perplexity", q, std::move(t)), XENT_MEAN);
  };
  EXPECT_EQ(exact(perplexity({"1/8", "1/2"}, {0, 0})), "4");
  EXPECT_EQ(exact(perplexity({"2/3", "3/8"}, {0, 0})), "2");
  EXPECT_EQ(exact(perplexity({"4/9", "1", "2/3"}, {0, 0, 0})), "3/2");
  EXPECT_EQ(exact(perplexity({"0.1"}, {0})), "10");
  EXPECT_EQ(exact(perplexity({"1", "1"}, {0, 0})), "1");
  EXPECT_EQ(exact(perplexity({"1/2", "1/4"}, {0, 0})), "not exact");  // 2^(3/2)
  EXPECT_EQ(decimal(perplexity({"1/2", "1/4"}, {0, 0}), 12), "2.82842712475");
  EXPECT_EQ(decimal(perplexity({"1/2", "0"}, {0, 0})), "inf");
  EXPECT_EQ(decimal(in_base(perplexity({"1/8", "1/2"}, {0, 0}), "10")), "4");  // in every base
  const Problem logits =
      reduced(of_logits("perplexity", {"1", "1", "-inf", "0", "-inf", "-inf"}, {0, 0}), XENT_MEAN);
  EXPECT_EQ(exact(logits), "not exact");  // sqrt 2
  EXPECT_EQ(exact(reduced(of_logits("perplexity", {"3", "3", "3", "3"}, {1}), XENT_MEAN)), "4");
}

TEST(Perplexity, IrrationalRootsBesideAFloatAreRounded) {
  // The root of 1 + 2^-60 + 2^-121, a little above 1 + 2^-61.
  Problem p = reduced(of_probabilities("perplexity", {"1", "1"}, {0, 0}), XENT_MEAN);
  const Integer scale = Integer(1) << 121;
  p.input[0] = Number(Rational(scale, Integer(scale + (Integer(1) << 61) + 1)));
  Certified value = one(p);
  EXPECT_EQ(value.rounded(format(XENT_BINARY64), Rounding::upward), std::nextafter(1.0, 2.0));
  EXPECT_EQ(value.rounded(format(XENT_BINARY64)), 1.0);
}

TEST(Reduction, SumsAndMeansAreThoseOfTheRows) {
  const Texts x = {"2", "1", "0", "0", "0", "0", "1", "5", "3"};
  const Problem p = of_logits("softmax_cross_entropy", x, {0, 1, 2});
  auto rows = certify(p);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3U);
  Enclosure sum;
  for (Certified& row : *rows) sum += row.enclosure(90);
  Certified total = one(reduced(p, XENT_SUM));
  Certified mean = one(reduced(p, XENT_MEAN));
  for (const Enclosure& difference : {sum - total.enclosure(90), sum - Enclosure(3L) * mean.enclosure(90)}) {
    EXPECT_TRUE(difference.contains(0));
    EXPECT_LT(difference.upper_double(), 0x1p-80);
  }
  for (std::int64_t row = 0; row < 3; ++row) {
    EXPECT_EQ(certify_row(p, row).decimal(50), (*rows)[static_cast<std::size_t>(row)].decimal(50));
  }
}

TEST(Reduction, IgnoredRowsCountOnlyWhereTheDenominatorSaysSo) {
  // -log2 of 1/2, 1/4 (ignored, its probabilities NaN) and 1/8.
  Problem p = of_probabilities("nll", {"1/2", "nan", "1/8"}, {0, -100, 0});
  p.ignore_index = -100;
  p.base = Number(2.0);
  auto rows = certify(p);
  ASSERT_TRUE(rows);
  EXPECT_EQ((*rows)[1].decimal(5), "0");
  EXPECT_EQ(exact(reduced(p, XENT_SUM)), "4");
  EXPECT_EQ(exact(reduced(p, XENT_MEAN)), "2");
  p.conventions.denominator = XENT_ALL_ROWS;
  EXPECT_EQ(exact(reduced(p, XENT_MEAN)), "4/3");
  p.conventions.denominator = XENT_VALID_WEIGHTS;
  EXPECT_EQ(exact(reduced(p, XENT_MEAN)), "2");
  p.conventions.denominator = XENT_GIVEN;
  p.conventions.denominator_value = 16;
  EXPECT_EQ(exact(reduced(p, XENT_MEAN)), "1/4");
  EXPECT_EQ(exact(reduced(p, XENT_SUM)), "4");
}

TEST(Reduction, TheMeanOfNoRowFollowsTheConvention) {
  Problem ignored = of_probabilities("nll", {"1/2", "1/4"}, {7, 7});
  ignored.ignore_index = 7;
  Problem empty = of_probabilities("nll", {}, {});
  empty.rows = 0;
  empty.classes = 3;
  for (Problem p : {ignored, empty}) {
    EXPECT_EQ(exact(reduced(p, XENT_SUM)), "0");
    for (const xent_denominator denominator :
         {XENT_VALID_ROWS, XENT_ALL_ROWS, XENT_VALID_WEIGHTS, XENT_GIVEN}) {
      p.conventions.denominator = denominator;
      p.conventions.denominator_value = 2;
      p.conventions.all_ignored = XENT_POLICY_DEFAULT;
      EXPECT_EQ(decimal(reduced(p, XENT_MEAN)), "nan");
      p.conventions.all_ignored = XENT_POLICY_ZERO;
      EXPECT_EQ(decimal(reduced(p, XENT_MEAN)), "0");
    }
  }
  const auto none = certify(empty);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(Reduction, OneUndefinedOrInfiniteRowDecidesTheSum) {
  EXPECT_EQ(decimal(reduced(of_probabilities("nll", {"1/2", "nan"}, {0, 0}), XENT_SUM)), "nan");
  EXPECT_EQ(decimal(reduced(of_probabilities("nll", {"1/2", "0"}, {0, 0}), XENT_SUM)), "inf");
  EXPECT_EQ(decimal(reduced(of_probabilities("nll", {"0", "nan", "1"}, {0, 0, 0}), XENT_MEAN)), "nan");
  EXPECT_EQ(decimal(reduced(of_probabilities("nll", {"nan", "0"}, {0, 0}), XENT_MEAN)), "nan");
}

// log2(1 + 1 + e) = 1 + e', and the perplexity 2 + e: the tie must be seen beside the tail.
TEST(SoftmaxCrossEntropy, TiesBesideATailBelowAllPrecisionAreDecided) {
  const Problem p = of_logits("softmax_cross_entropy", {"0", "-3600000", "0"}, {2});
  Certified bits = one(in_base(p, "2"));
  EXPECT_EQ(bits.rounded(format(XENT_BINARY32)), 1.0);
  EXPECT_EQ(bits.rounded(format(XENT_BINARY32), Rounding::upward), 1 + 0x1p-23);
  Problem perplexity = reduced(p, XENT_MEAN);
  perplexity.loss = "perplexity";
  EXPECT_EQ(one(perplexity).rounded(format(XENT_FP8_E5M2), Rounding::downward), 2.0);
  EXPECT_EQ(one(perplexity).rounded(format(XENT_FP8_E5M2), Rounding::upward), 2.5);
}

// A number as its order is easiest seen: the five roundings of one value lie around it.
void expect_consistent(Certified& value, const std::string& what) {
  const Exactness& exactness = value.settle();
  if (exactness.is_special()) {
    for (const Format& f : formats()) {
      for (const Rounding direction : kRoundings) {
        const auto rounded = value.rounded(f, direction);
        ASSERT_TRUE(rounded && !std::isfinite(*rounded)) << what;
      }
    }
    return;
  }
  for (const Format& f : formats()) {
    const auto rounded = [&](Rounding direction) { return value.rounded(f, direction); };
    const auto down = rounded(Rounding::downward);
    const auto up = rounded(Rounding::upward);
    const auto nearest = rounded(Rounding::nearest_even);
    const auto away = rounded(Rounding::nearest_away);
    const auto zero = rounded(Rounding::toward_zero);
    ASSERT_TRUE(down && up && nearest && away && zero) << what << " undecided in " << f.name;
    const Enclosure& enclosure = value.enclosure();
    // RD <= value <= RU.
    if (std::isfinite(*down)) {
      ASSERT_FALSE((enclosure - Enclosure(*down)).upper().significand < 0) << what;
    }
    if (std::isfinite(*up)) {
      ASSERT_FALSE((enclosure - Enclosure(*up)).lower().significand > 0) << what;
    }
    if (std::isnan(*down) || std::isnan(*up)) {
      ASSERT_FALSE(f.has_infinity) << what;
      continue;
    }
    ASSERT_TRUE(*nearest == *down || *nearest == *up) << what;
    ASSERT_TRUE(*away == *down || *away == *up) << what;
    // Equality exactly when the value is the float; otherwise the two are neighbours.
    const bool is_float =
        exactness.kind == Kind::rational && std::isfinite(*down) && Rational(*down) == exactness.value;
    ASSERT_EQ(*down == *up, is_float) << what;
    if (!is_float) {
      const Bits low = encode(f, *down);
      const Bits high = encode(f, *up);
      const Bits sign = Bits{1} << (f.width - 1);
      ASSERT_TRUE((low & sign) != 0 ? ((low == high + 1) || (low == (sign | 1U) && high == sign))
                                    : low + 1 == high)
          << what << " " << f.name << " " << *down << " " << *up;
      ASSERT_EQ(*zero, (low & sign) != 0 ? *up : *down) << what;
    }
    // The nearer of the two, which only a tie leaves open.
    if (std::isfinite(*down) && std::isfinite(*up) && !is_float) {
      const Enclosure twice_past_middle =
          enclosure + enclosure - Enclosure(Rational(Rational(*down) + Rational(*up)));
      if (twice_past_middle.lower().significand > 0) {
        ASSERT_EQ(*nearest, *up) << what;
        ASSERT_EQ(*away, *up) << what;
      } else if (twice_past_middle.upper().significand < 0) {
        ASSERT_EQ(*nearest, *down) << what;
        ASSERT_EQ(*away, *down) << what;
      }
    }
  }
}

Number random_number(std::mt19937_64& random, bool probability) {
  const auto small = static_cast<long>(random() % 65);
  switch (random() % (probability ? 6 : 8)) {
    case 0:
      return Number(0.0);
    case 1:
      return Number(Rational(small, 64));
    case 2:
      return Number(Rational(small, 1 + static_cast<long>(random() % 100)));
    case 3:
      return Number(std::ldexp(1.0, -static_cast<int>(random() % 300)));
    case 4:
    case 5:
      return Number(std::ldexp(static_cast<double>(random() >> 11), -53));
    case 6:
      return Number(random() % 4 == 0 ? -HUGE_VAL
                                      : std::ldexp(static_cast<double>(random() >> 11), -30) - 0x1p22);
    default:
      return Number(static_cast<double>(small) - 32);
  }
}

Problem random_problem(const Loss& loss, std::mt19937_64& random) {
  Problem p;
  p.loss = loss.name;
  p.rows = loss.always_mean ? 1 + static_cast<std::int64_t>(random() % 5) : 1;
  p.classes = 1 + static_cast<std::int64_t>(random() % 5);
  do {
    p.input_space = static_cast<xent_space>(random() % 3);
  } while ((loss.input_spaces & XENT_BIT(p.input_space)) == 0);
  p.reduction = loss.always_mean          ? XENT_MEAN
                : loss.entries != nullptr ? XENT_NONE
                                          : static_cast<xent_reduction>(random() % 3);
  const bool probability = p.input_space == XENT_PROBABILITIES;
  for (std::int64_t i = 0; i < p.rows * p.classes; ++i) p.input.push_back(random_number(random, probability));
  const bool labels = loss.needs_target_probs && (!loss.needs_targets || random() % 2 == 0);
  if (labels) {
    for (std::int64_t i = 0; i < p.rows * p.classes; ++i)
      p.target_probs.push_back(random_number(random, true));
  } else if (loss.needs_targets) {
    for (std::int64_t i = 0; i < p.rows; ++i)
      p.targets.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(p.classes)));
  }
  const char* bases[] = {"0", "0", "0", "2", "10", "1/2", "8", "1.0001"};
  p.base = *parse_number(bases[random() % 8]);
  return p;
}

TEST(Losses, FormatsAndDirectionsAgreeOnRandomProblems) {
  std::mt19937_64 random(kSeed);
  int exact_values = 0;
  int irrational = 0;
  for (int i = 0; i < 400; ++i) {
    for (const Loss& loss : losses()) {
      const Problem p = random_problem(loss, random);
      auto values = certify(p);
      ASSERT_TRUE(values) << values.error().message;
      for (Certified& value : *values) {
        ASSERT_NO_FATAL_FAILURE(expect_consistent(value, std::string(loss.name) + " " + std::to_string(i)));
        exact_values += value.exactness().kind == Kind::rational;
        irrational += value.exactness().kind == Kind::irrational;
      }
    }
  }
  EXPECT_GT(exact_values, 200);
  EXPECT_GT(irrational, 1500);
}

TEST(Losses, DecimalsAgreeWithBinary64OnRandomProblems) {
  std::mt19937_64 random(kSeed + 1);
  for (int i = 0; i < 60; ++i) {
    for (const Loss& loss : losses()) {
      auto values = certify(random_problem(loss, random));
      for (Certified& value : *values) {
        // A rational may be a midpoint of binary64, which its thirty digits miss.
        if (value.settle().is_special() || value.settle().kind == Kind::rational) continue;
        // Thirty digits, rounded to binary64, are the value rounded, but for one case in 10^13.
        const auto text = value.decimal(30);
        ASSERT_TRUE(text) << loss.name << " " << i;
        const auto shown = parse_number(*text);
        // Exponents beyond those that can be typed are beyond every format.
        const double magnitude = text->find("e-") == std::string::npos ? HUGE_VAL : 0;
        const double beyond = text->starts_with('-') ? -magnitude : magnitude;
        const Bits nearest = shown ? round(shown->rational(), format(XENT_BINARY64), Rounding::nearest_even)
                                   : encode(format(XENT_BINARY64), beyond);
        ASSERT_EQ(nearest, value.round(format(XENT_BINARY64), Rounding::nearest_even))
            << loss.name << " " << i << " " << *text;
      }
    }
  }
}

TEST(Losses, LargeProblemsAreCertifiedInReasonableTime) {
  std::mt19937_64 random(kSeed);
  const auto uniform = [&] { return Number(static_cast<double>((random() >> 11) + 1) * 0x1p-53); };
  Problem kl;
  kl.loss = "kl";
  kl.rows = 1;
  kl.classes = 50000;
  kl.input_space = XENT_PROBABILITIES;
  for (int i = 0; i < kl.classes; ++i) {
    kl.input.push_back(uniform());
    kl.target_probs.push_back(uniform());
  }
  EXPECT_TRUE(one(kl).rounded(format(XENT_BINARY64)));
  kl.input = kl.target_probs;
  EXPECT_EQ(exact(kl), "0");
  Problem perplexity;
  perplexity.loss = "perplexity";
  perplexity.rows = 50000;
  perplexity.classes = 1;
  perplexity.reduction = XENT_MEAN;
  perplexity.input_space = XENT_PROBABILITIES;
  perplexity.targets.assign(50000, 0);
  perplexity.input = kl.input;
  EXPECT_TRUE(one(perplexity).rounded(format(XENT_BINARY64)));
  for (Number& q : perplexity.input) q = Number(0.25);
  EXPECT_EQ(exact(perplexity), "4");
  Problem row;
  row.loss = "softmax_cross_entropy";
  row.rows = 1;
  row.classes = 200000;
  for (int i = 0; i < row.classes; ++i) row.input.push_back(uniform());
  row.targets = {5};
  EXPECT_TRUE(one(row).rounded(format(XENT_BINARY64)));
}

}  // namespace
}  // namespace xent::reference
