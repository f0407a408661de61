// Distributions given as their logarithms: sums of powers of e.

#include <gtest/gtest.h>

#include <cmath>

#include "reference/loss_testing.h"

namespace xent::reference {
namespace {

Problem of_logs(const char* loss, const Texts& p_logs, const Texts& q, xent_space space) {
  Problem p = of_two(loss, p_logs, q);
  p.input_space = space;
  p.target_space = XENT_LOG_PROBABILITIES;
  return p;
}

// P as logarithms: sums of powers of e, which are rational only where they cancel or the power is 0.
TEST(LogTargets, AreSumsOfPowers) {
  const auto of_both = [](const char* loss, const Texts& p_logs, const Texts& q_logs) {
    return of_logs(loss, p_logs, q_logs, XENT_LOG_PROBABILITIES);
  };
  EXPECT_EQ(decimal(of_both("kl", {"-1", "-2"}, {"-2", "-1"})), "0.23254415793482962970");
  EXPECT_EQ(exact(of_both("kl", {"-1", "-2"}, {"-2", "-1"})), "not exact");
  EXPECT_EQ(exact(of_both("kl", {"-1", "-2.5"}, {"-1", "-2.5"})), "0");
  EXPECT_EQ(exact(of_both("kl", {"-1", "-1"}, {"0", "-2"})), "0");
  EXPECT_EQ(exact(of_both("kl", {"0", "-inf"}, {"-3", "0"})), "3");
  EXPECT_EQ(exact(of_both("cross_entropy", {"0", "-7"}, {"-3", "0"})), "3");
  EXPECT_EQ(decimal(of_both("kl", {"-1", "-2"}, {"-2", "-inf"})), "inf");
  EXPECT_EQ(decimal(of_both("kl", {"-1", "nan"}, {"-2", "-1"})), "nan");
  const auto of_probabilities_too = [](const char* loss, const Texts& p_logs, const Texts& q) {
    return of_logs(loss, p_logs, q, XENT_PROBABILITIES);
  };
  EXPECT_EQ(decimal(of_probabilities_too("cross_entropy", {"-1", "-2"}, {"1/2", "1/4"})),
            "0.44260913744543294363");
  EXPECT_EQ(decimal(of_probabilities_too("kl", {"-1", "-2"}, {"1/2", "1/4"})), "-0.19594087019923476175");
  EXPECT_EQ(exact(of_probabilities_too("cross_entropy", {"-5", "-2"}, {"1", "1"})), "0");
  Problem impossible = of_probabilities_too("kl", {"0", "-inf"}, {"1", "0"});
  EXPECT_EQ(exact(impossible), "0");
  impossible.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  EXPECT_EQ(decimal(impossible), "nan");
}

TEST(LogTargets, HaveGradientsByTheOtherDistribution) {
  Problem p = of_logs("kl", {"-1", "-inf", "0"}, {"1/2", "1/4", "1/4"}, XENT_PROBABILITIES);
  p.wanted = Wanted::gradient;
  auto gradient = certified(p);
  EXPECT_EQ(gradient[0].decimal(20), "-0.73575888234288464319");
  EXPECT_EQ(rational_value(gradient[1]), 0);
  EXPECT_EQ(rational_value(gradient[2]), -4);
}

// e^l (l + 1 - ln q), and without the entropy e^l (-ln q).
TEST(LogTargets, HaveGradientsByThemselves) {
  Problem p = of_logs("kl", {"-1", "-inf", "0", "-2"}, {"1/2", "0", "1", "0"}, XENT_PROBABILITIES);
  p.wanted = Wanted::target_gradient;
  auto gradient = certified(p);
  EXPECT_EQ(gradient[0].decimal(20), "0.25499459743395350926");
  EXPECT_EQ(rational_value(gradient[1]), 0);
  EXPECT_EQ(rational_value(gradient[2]), 1);
  EXPECT_EQ(gradient[3].decimal(3), "inf");
  p.loss = "cross_entropy";
  p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  gradient = certified(p);
  EXPECT_EQ(gradient[0].decimal(20), "0.25499459743395350926");
  EXPECT_EQ(gradient[1].decimal(3), "nan");
  EXPECT_EQ(rational_value(gradient[2]), 0);
  p = of_logs("kl", {"-1"}, {"-3"}, XENT_LOG_PROBABILITIES);
  p.wanted = Wanted::target_gradient;
  EXPECT_EQ(certified(p)[0].decimal(20), "1.1036383235143269648");
}

// -sum l e^l; derivatives -e^l (l + 1).
TEST(LogSpace, HasEntropies) {
  Problem p = of_probabilities("entropy", {"-1", "-1/2", "0", "-inf"});
  p.input_space = XENT_LOG_PROBABILITIES;
  EXPECT_EQ(decimal(p), "0.67114477102775903340");
  EXPECT_EQ(exact(p), "not exact");
  p.wanted = Wanted::gradient;
  auto gradient = certified(p);
  EXPECT_EQ(rational_value(gradient[0]), 0);
  EXPECT_EQ(gradient[1].decimal(20), "-0.30326532985631671180");
  EXPECT_EQ(rational_value(gradient[2]), -1);
  EXPECT_EQ(rational_value(gradient[3]), 0);
  p.input[0] = Number(HUGE_VAL);
  expect_refused(p, "input", "inf", "logarithms of finite probabilities");
}

Problem divergence(const Texts& p_values, xent_space p_space, const Texts& q_values, xent_space q_space) {
  Problem p = of_two("generalised_kl", p_values, q_values);
  p.input_space = q_space;
  p.target_space = p_space;
  return p;
}

std::vector<std::string> decimals(Problem p, Wanted wanted) {
  p.wanted = wanted;
  std::vector<std::string> entries;
  for (Certified& entry : certified(p)) entries.push_back(*entry.decimal(20));
  return entries;
}

// p ln(p/q) - p + q; by q 1 - p/q, by ln q q - p, by p ln(p/q), by ln p p ln(p/q): P = (1/e, 2) or (1/e, 1).
TEST(LogSpace, HasGeneralisedDivergences) {
  constexpr xent_space kPlain = XENT_PROBABILITIES, kLogs = XENT_LOG_PROBABILITIES;
  using Entries = std::vector<std::string>;
  const Problem q_logs = divergence({"1/2", "2"}, kPlain, {"-1", "0"}, kLogs);
  EXPECT_EQ(decimal(q_logs), "0.40760021201136028572");
  EXPECT_EQ(decimals(q_logs, Wanted::gradient), (Entries{"-0.13212055882855767840", "-1"}));
  EXPECT_EQ(decimals(q_logs, Wanted::target_gradient),
            (Entries{"0.30685281944005469058", "0.69314718055994530942"}));
  const Problem p_logs = divergence({"-1", "0"}, kLogs, {"1/2", "2"}, kPlain);
  EXPECT_EQ(decimal(p_logs), "0.32608853453112355665");
  EXPECT_EQ(decimals(p_logs, Wanted::gradient), (Entries{"0.26424111765711535681", "0.5"}));
  EXPECT_EQ(decimals(p_logs, Wanted::target_gradient),
            (Entries{"-0.11288484373748881233", "-0.69314718055994530942"}));
  const Problem both = divergence({"-1", "-2"}, kLogs, {"-2", "0"}, kLogs);
  EXPECT_EQ(decimal(both), "0.72932943352677461621");
  EXPECT_EQ(decimals(both, Wanted::gradient), (Entries{"-0.23254415793482962970", "0.86466471676338730811"}));
  EXPECT_EQ(decimals(both, Wanted::target_gradient),
            (Entries{"0.36787944117144232160", "-0.27067056647322538379"}));
  EXPECT_EQ(exact(divergence({"-1", "-2.5", "-inf"}, kLogs, {"-1", "-2.5", "-inf"}, kLogs)), "0");
  EXPECT_EQ(decimal(divergence({"-1"}, kLogs, {"-inf"}, kLogs)), "inf");
  expect_refused(divergence({"-1"}, kLogs, {"inf"}, kLogs), "input", "inf", "finite");
}

// Masses (1 - a) w e^l + a w / C.
TEST(LogTargets, TakeClassWeightsAndSmoothing) {
  Problem p = of_logs("cross_entropy", {"-1", "0"}, {"-2", "-3"}, XENT_LOG_PROBABILITIES);
  p.class_weights = numbers({"2", "3"});
  p.label_smoothing = *parse_number("1/4");
  // 2 (2 (3/4 e^-1 + 1/8)) + 3 (3 (3/4 + 1/8)).
  EXPECT_EQ(decimal(p), "9.4786383235143269648");
  EXPECT_EQ(decimals(p, Wanted::gradient), (std::vector<std::string>{"-0.80181916175716348239", "-2.625"}));
  EXPECT_EQ(decimals(p, Wanted::target_gradient),
            (std::vector<std::string>{"1.1036383235143269648", "6.75"}));
}

// A mass of e^-1 - 1/2 < 0, or e^-1 / 2 - 1/8 > 0, decides the sign of its infinity.
TEST(LogTargets, SignsOfMassesAreFound) {
  Problem p = of_logs("cross_entropy", {"-1", "0"}, {"0", "1"}, XENT_PROBABILITIES);
  p.label_smoothing = Number(0.5);
  p.conventions.smoothing_weights = XENT_SMOOTH_UNWEIGHTED;
  p.class_weights = numbers({"-2", "1"});
  EXPECT_EQ(decimal(p), "-inf");
  p.class_weights = numbers({"-1", "1"});
  EXPECT_EQ(decimal(p), "inf");
  // e^l (1/2) = 1/4 but for the last of 200 digits of l = ln(1/2).
  p.class_weights = numbers({"-1", "1"});
  p.target_probs[0] = *parse_number("-0.693147180559945309417232121458176568075500134360255254120680009");
  EXPECT_EQ(decimal(p), "-inf");
  p.target_probs[0] = *parse_number("-0.693147180559945309417232121458176568075500134360255254120680010");
  EXPECT_EQ(decimal(p), "inf");
  p.target_probs[0] = Number(-1e300);
  EXPECT_EQ(decimal(p), "inf");
  // And a weight of 0 makes no mass of anything.
  p.label_smoothing = Number(0.0);
  p.class_weights = numbers({"0", "1"});
  EXPECT_EQ(exact(p), "0");
  p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  EXPECT_EQ(decimal(p), "nan");
}

Problem soft_logs(const Texts& logits, const Texts& label_logs) {
  Problem p = soft(logits, label_logs);
  p.target_space = XENT_LOG_PROBABILITIES;
  return p;
}

// sum e^l (lse - x).
TEST(LogTargets, AreLabelsOfLogits) {
  EXPECT_EQ(decimal(soft_logs({"1", "2", "4"}, {"-1", "-inf", "-2"})), "1.1891073414371483698");
  EXPECT_EQ(one(soft_logs({"1", "2", "4"}, {"-1", "-inf", "-2"})).settle().kind, Kind::unknown);
  EXPECT_EQ(decimal(soft_logs({"1", "2", "4"}, {"0", "-inf", "-inf"})), "3.1698460195562856488");
  EXPECT_EQ(exact(soft_logs({"3"}, {"-1"})), "0");
  EXPECT_EQ(exact(in_base(soft_logs({"3", "3"}, {"0", "-inf"}), "2")), "1");
  EXPECT_EQ(decimal(soft_logs({"3", "3"}, {"-1", "-2"})), "0.34880186743969322645");
  EXPECT_EQ(decimal(soft_logs({"1", "-inf"}, {"-1", "-2"})), "inf");
  EXPECT_EQ(exact(soft_logs({"1", "-inf"}, {"-1", "-inf"})), "0");
  Problem left_out = soft_logs({"1", "-inf", "2"}, {"-inf", "-1", "0"});
  left_out.conventions.masked_labels = XENT_POLICY_ZERO;
  EXPECT_EQ(decimal(left_out), "0.31326168751822283405");
  EXPECT_EQ(decimals(left_out, Wanted::target_gradient)[1], "0");
  Problem far = soft_logs({"100000", "0"}, {"-1", "-inf"});
  EXPECT_EQ(one(far).rounded(format(XENT_BINARY32), Rounding::upward), 0x1p-149);
}

// p lse is 3, or (3 + ln 2) / 2, beside powers of e.
TEST(LogTargets, HaveARationalZLossBesideOneLogit) {
  Problem p = soft_logs({"3", "-inf"}, {"-1", "-inf"});
  p.z_loss = Number(0.5);
  p.wanted = Wanted::gradient;
  EXPECT_EQ(rational_value(certified(p)[0]), 3);
  p = soft_logs({"3", "3"}, {"-1", "-1"});
  p.z_loss = Number(0.5);
  EXPECT_EQ(decimals(p, Wanted::gradient), (std::vector<std::string>(2, "1.8465735902799726547")));
}

TEST(LogTargets, GradientsOfEqualCappedLogitsAreZero) {
  Problem p = soft_logs({"3", "3"}, {"-1", "-1"});
  p.softcap = Number(5.0);
  p.wanted = Wanted::gradient;
  for (Certified& entry : certified(p)) EXPECT_EQ(rational_value(entry), 0);
}

// e^-1 (lse - x) of a masked class, whose weight is negative.
TEST(LogTargets, InfiniteDerivativesHaveTheirSigns) {
  Problem p = soft_logs({"3", "-inf"}, {"-1", "-1"});
  p.class_weights = numbers({"1", "-2"});
  EXPECT_EQ(decimal(p), "-inf");
  EXPECT_EQ(decimals(p, Wanted::target_gradient), (std::vector<std::string>{"0", "-inf"}));
  p.class_weights = numbers({"1", "2"});
  EXPECT_EQ(decimals(p, Wanted::target_gradient), (std::vector<std::string>{"0", "inf"}));
}

// Where P is proportional to the softmax of the logits, as a student's is to its teacher's: exactly 0.
TEST(LogTargets, GradientsOfAStudentLikeItsTeacherAreZero) {
  Problem p = soft_logs({"1", "-2.5", "4", "4", "-inf"}, {"-9", "-12.5", "-6", "-6", "-inf"});
  p.wanted = Wanted::gradient;
  for (Certified& entry : certified(p)) EXPECT_EQ(rational_value(entry), 0);
  p.target_probs[1] = *parse_number("-12.25");
  auto entries = certified(p);
  for (std::size_t c = 0; c < 4; ++c) EXPECT_EQ(entries[c].settle().kind, Kind::not_zero) << c;
  EXPECT_EQ(rational_value(entries[4]), 0);
  // A p = (e^-2 + 1) 2 e^x / (2 (e^x + e^(x-2))) = e^x: 1 - 0, and e^-2 - e^-2 with what smoothing takes.
  p = soft_logs({"0", "-2"}, {"0", "-2"});
  p.label_smoothing = Number(0.5);
  p.wanted = Wanted::gradient;
  entries = certified(p);
  EXPECT_EQ(entries[0].settle().kind, Kind::not_zero);
  EXPECT_EQ(entries[0].decimal(20), "0.19039853898894122203");
}

// The gradient adds up to 0, also beside a class that takes nearly all.
TEST(LogTargets, GradientsOfConfidentRowsKeepTheirAccuracy) {
  Problem p = soft_logs({"100000", "0"}, {"-1", "-inf"});
  p.wanted = Wanted::gradient;
  auto entries = certified(p);
  EXPECT_EQ(entries[0].rounded(format(XENT_BINARY32), Rounding::downward), -0x1p-149);
  EXPECT_EQ(entries[1].rounded(format(XENT_BINARY32), Rounding::upward), 0x1p-149);
  EXPECT_EQ(entries[0].precision_bits(), kFirstPrecision);
}

// A mean by the sum of P: e^l of both rows.
TEST(LogTargets, AreWeightsOfMeans) {
  Problem p = soft_logs({"1", "2", "4", "1", "0", "0", "3", "1", "2"},
                        {"-1", "-2", "-inf", "1/2", "-3", "-1", "-inf", "0", "-inf"});
  p.rows = p.classes = 3;
  const auto with = [&](xent_reduction reduction, Wanted wanted) {
    Problem asked = p;
    asked.reduction = reduction;
    asked.wanted = wanted;
    asked.conventions.denominator = XENT_VALID_WEIGHTS;
    return certified(asked);
  };
  const PrecisionScope scope(256);
  const Enclosure weight = exp(Enclosure(-1L)) + exp(Enclosure(-2L)) + exp(Enclosure(q(1, 2))) +
                           exp(Enclosure(-3L)) + exp(Enclosure(-1L)) + Enclosure(1L);
  for (const char* smoothing : {"0", "1/8", "unit mass"}) {
    const bool has_unit_mass = smoothing == std::string("unit mass");
    p.label_smoothing = has_unit_mass ? Number(0.0) : *parse_number(smoothing);
    p.conventions.gradient_of_unit_mass = has_unit_mass ? 1 : 0;
    for (const Wanted wanted : {Wanted::loss, Wanted::gradient, Wanted::target_gradient}) {
      auto sums = with(XENT_SUM, wanted);
      auto means = with(XENT_MEAN, wanted);
      ASSERT_EQ(sums.size(), means.size());
      for (std::size_t i = 0; i < sums.size(); ++i) {
        const Enclosure difference = means[i].enclosure(200) * weight - sums[i].enclosure(200);
        EXPECT_TRUE(difference.contains_zero()) << smoothing << " " << i;
        EXPECT_LT(difference.upper_double() - difference.lower_double(), 0x1p-190);
      }
    }
  }
}

TEST(LogTargets, MeansByThemAreExactWhereTheyCancel) {
  const auto mean = [](Problem p) {
    p.reduction = XENT_MEAN;
    p.conventions.denominator = XENT_VALID_WEIGHTS;
    return p;
  };
  EXPECT_EQ(exact(mean(of_logs("cross_entropy", {"-1", "-2"}, {"-3", "-3"}, XENT_LOG_PROBABILITIES))), "3");
  EXPECT_EQ(exact(mean(of_logs("cross_entropy", {"-1", "-1"}, {"-3", "-4"}, XENT_LOG_PROBABILITIES))), "7/2");
  EXPECT_EQ(exact(mean(of_logs("cross_entropy", {"-1", "-2"}, {"-3", "-4"}, XENT_LOG_PROBABILITIES))),
            "not exact");
  EXPECT_EQ(exact(mean(of_logs("kl", {"-1", "-1"}, {"1/2", "2"}, XENT_PROBABILITIES))), "-1");
  EXPECT_EQ(exact(in_base(mean(soft_logs({"3", "3"}, {"-1", "-2"})), "4")), "1/2");
  Problem p = mean(soft_logs({"1", "1"}, {"-7", "-7"}));
  p.class_weights = numbers({"1", "3"});
  p.wanted = Wanted::gradient;
  auto gradient = certified(p);
  EXPECT_EQ(rational_value(gradient[0]), q(1, 4));
  EXPECT_EQ(rational_value(gradient[1]), q(-1, 4));
  // Of equal labels that are smoothed, over equal logits: (3 e^-7 / 2 + 1/2) / 2 - (e^-7 / 2 + 1/4) is e^-7 /
  // 4, over 3 e^-7.
  p.label_smoothing = Number(0.5);
  p.conventions.smoothing_weights = XENT_SMOOTH_UNWEIGHTED;
  p.class_weights = numbers({"1", "2"});
  gradient = certified(p);
  EXPECT_EQ(rational_value(gradient[0]), q(1, 12));
  EXPECT_EQ(rational_value(gradient[1]), q(-1, 12));
  // And by the labels: e^-7 (1/2, 1) ln 2 over 3 e^-7, in bits.
  p = in_base(p, "2");
  p.wanted = Wanted::target_gradient;
  gradient = certified(p);
  EXPECT_EQ(rational_value(gradient[0]), q(1, 6));
  EXPECT_EQ(rational_value(gradient[1]), q(1, 3));
  // 3 e^-1 - 3 e^-1 divides nothing; e^-1 - e^-2 > 0 and its negative turn infinities over.
  p = mean(of_logs("cross_entropy", {"-1", "-1"}, {"1", "0"}, XENT_PROBABILITIES));
  p.class_weights = numbers({"3", "-3"});
  EXPECT_EQ(decimal(p), "nan");
  p.conventions.all_ignored = XENT_POLICY_ZERO;
  EXPECT_EQ(exact(p), "0");
  p.target_probs = numbers({"-1", "-2"});
  p.class_weights = numbers({"-1", "1"});
  EXPECT_EQ(decimal(p), "-inf");
  p.class_weights = numbers({"2", "1"});
  EXPECT_EQ(decimal(p), "inf");
  p.target_probs = numbers({"nan", "-2"});
  EXPECT_EQ(decimal(p), "nan");
}

// e^-1 (-ln(1/2) - ln 2), and what is beside it, in any base; and powers whose logarithms cancel within them
// alone.
TEST(LogTargets, KnowWhereTheirLogarithmsCancel) {
  EXPECT_EQ(exact(of_logs("cross_entropy", {"-1", "-1"}, {"1/2", "2"}, XENT_PROBABILITIES)), "0");
  EXPECT_EQ(exact(in_base(
                of_logs("cross_entropy", {"-1", "-1", "0"}, {"1/2", "2", "1/8"}, XENT_PROBABILITIES), "2")),
            "3");
  EXPECT_EQ(exact(of_logs("cross_entropy", {"-1", "-2"}, {"1/2", "2"}, XENT_PROBABILITIES)), "not exact");
  // Powers are irrational, but their quotients by a logarithm are only known not to be 0.
  EXPECT_EQ(one(of_logs("cross_entropy", {"-1"}, {"-3"}, XENT_LOG_PROBABILITIES)).settle().kind,
            Kind::irrational);
  Certified in_bits = one(in_base(of_logs("cross_entropy", {"-1"}, {"-3"}, XENT_LOG_PROBABILITIES), "2"));
  EXPECT_EQ(in_bits.settle().kind, Kind::not_zero);
  EXPECT_EQ(one(of_logs("cross_entropy", {"-1"}, {"1/2"}, XENT_PROBABILITIES)).settle().kind, Kind::unknown);
}

// The z-loss by its own divisor, or by theirs.
TEST(LogTargets, WeighTheZLossOrNot) {
  Problem p = soft_logs({"1", "2"}, {"-1", "-2"});
  p.reduction = XENT_MEAN;
  p.conventions.denominator = XENT_VALID_WEIGHTS;
  const Problem plain = p;
  p.z_loss = Number(0.5);
  Problem apart = p;
  apart.conventions.z_loss_over_valid_rows = 1;
  const PrecisionScope scope(256);
  const Enclosure weight = exp(Enclosure(-1L)) + exp(Enclosure(-2L));
  const Enclosure lse = log(exp(Enclosure(1L)) + exp(Enclosure(2L)));
  const Enclosure z = square(lse) / Enclosure(2L);
  const Enclosure loss = one(plain).enclosure(200);
  EXPECT_TRUE((one(p).enclosure(200) - loss - z / weight).contains_zero());
  EXPECT_TRUE((one(apart).enclosure(200) - loss - z).contains_zero());
  for (const bool is_apart : {false, true}) {
    Problem with_z = is_apart ? apart : p;
    Problem without = plain;
    with_z.wanted = without.wanted = Wanted::gradient;
    auto entries = certified(with_z);
    auto base = certified(without);
    for (std::size_t c = 0; c < 2; ++c) {
      const Enclosure share = exp(Enclosure(static_cast<long>(c + 1)) - lse);
      const Enclosure of_z = is_apart ? lse * share : lse * share / weight;
      EXPECT_TRUE((entries[c].enclosure(200) - base[c].enclosure(200) - of_z).contains_zero()) << c;
    }
  }
}

TEST(LogTargets, AreNeitherClippedNorNormalised) {
  Problem p = of_logs("cross_entropy", {"-1", "-2"}, {"1/2", "1/4"}, XENT_PROBABILITIES);
  Problem changed = p;
  changed.target_probs[0] = Number(HUGE_VAL);
  expect_refused(changed, "target_probs", "inf", "finite");
  changed = p;
  changed.target_space = XENT_LOGITS;
  expect_refused(changed, "target_space", "0", "probabilities or their logarithms");
  changed = p;
  changed.conventions.normalise = XENT_BIT(XENT_NORMALISE_TARGETS);
  expect_refused(changed, "clip, normalise", "of targets", "logarithms");
  changed = p;
  changed.conventions.clip = 0.125;
  changed.conventions.clip_rules = XENT_BIT(XENT_CLIP_TARGETS);
  expect_refused(changed, "clip, normalise", "of targets", "logarithms");
  changed = of_probabilities("nll", {"1/2"}, {0});
  changed.target_probs = numbers({"-1"});
  changed.target_space = XENT_LOG_PROBABILITIES;
  expect_refused(changed, "target_space", "2", "probabilities");
  // But Q may be: (2/3, 1/3).
  changed = p;
  changed.conventions.normalise = XENT_BIT(XENT_NORMALISE_INPUT);
  EXPECT_EQ(decimal(changed), "0.29784328263947188897");
}

}  // namespace
}  // namespace xent::reference
