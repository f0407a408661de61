#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "golden/arb_testing.h"

namespace xent::arb {
namespace {

// P as logarithms.
std::string log_targets(const char* numbers) {
  return std::string(R"("target_probs":{"space":"log_probabilities","numbers":)") + numbers + "},";
}

// The findings of a line that must be refused.
void expect_refused(const Known& known, const char* why) {
  const std::string findings = findings_of(line_of(known, 1));
  EXPECT_NE(findings.find(why), std::string::npos) << line_of(known, 1) << "\n" << findings;
}

constexpr const char* kLogs = "log_probabilities";
constexpr const char* kProbabilities = "probabilities";

// -e^x x and its derivative -e^x (x + 1), both 0 at -inf.
TEST(ArbLogarithms, KnowsTheEntropyOfLogarithmsByHand) {
  const char* wanted = R"("wanted":"gradient",)";
  expect_known(
      {
          {"entropy", kLogs, R"(["-1","-2"])", "", {"0.638550007644668"}},
          {"entropy", kLogs, R"(["-1","3"])", R"("base":"1/2",)", {"86.4011756926020"}},
          {"entropy", kLogs, R"(["-inf","0"])", "", {"=0"}},
          {"entropy",
           kLogs,
           R"(["-inf","0"])",
           R"("conventions":{"zero_weight_times_infinity":"nan"},)",
           {"=0"}},
          {"entropy", kLogs, R"(["nan","0"])", "", {"=nan"}},
          {"entropy", kLogs, R"(["-2","-inf"])", wanted, {"0.135335283236613", "=0"}},
          {"entropy", kLogs, R"(["-1","0"])", wanted, {"=0", "=-1"}},
          {"entropy", kLogs, R"(["nan","0"])", wanted, {"=nan", "=nan"}},
      },
      1);
  expect_refused({"entropy", kLogs, R"(["inf","0"])", "", {"=inf"}}, "input: no logarithms");
  expect_refused({"entropy", kLogs, R"(["-1","0"])", R"("conventions":{"clip":"1/8"},)", {"=0"}}, "clip");
  expect_refused({"entropy", kLogs, R"(["-1","0"])", R"("conventions":{"normalise":["input"]},)", {"=0"}},
                 "normalise");
}

// sum p ln(p / q) - p + q, with p or q (e^-1, e^-2) if given as logarithms and (1/2, 1/4) otherwise.
TEST(ArbLogarithms, KnowsTheGeneralisedDivergenceOfLogarithmsByHand) {
  const std::string p = R"("target_probs":{"space":"probabilities","numbers":["1/2","1/4"]},)";
  const std::string l = log_targets(R"(["-1","-2"])");
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string nan = R"("conventions":{"zero_weight_times_infinity":"nan"},)";
  const char* q = R"(["1/2","1/4"])";
  const char* log_q = R"(["-1","-2"])";
  const std::string none = log_targets(R"(["-inf","0"])");
  const std::string derived = y + none;
  const std::string derived_nan = derived + nan;
  const char* g = "generalised_kl";
  const auto known = [](const char* loss, const char* space, const char* numbers, const std::string& options,
                        std::vector<std::string> values) {
    return Known{loss, space, numbers, options.c_str(), std::move(values)};
  };
  const std::string options[] = {p,     l,    x + p,      x + l,    y + p,
                                 y + l, none, none + nan, x + none, x + none + nan};
  expect_known(
      {
          known(g, kLogs, log_q, options[0], {"0.0600675438481097"}),
          known(g, kProbabilities, q, options[1], {"0.0508444053927102"}),
          known(g, kLogs, R"(["-3","1"])", options[1], {"2.59460720505190"}),
          known(g, kLogs, log_q, options[1], {"=0"}),
          // 1 - p / q, and q - p by ln q.
          known(g, kLogs, log_q, options[2], {"-0.132120558828558", "-0.114664716763387"}),
          known(g, kProbabilities, q, options[3], {"0.264241117657115", "0.458658867053549"}),
          known(g, kLogs, R"(["-1","1"])", options[3], {"=0", "2.58294654522243"}),
          // ln(p / q), and p ln(p / q) by ln p.
          known(g, kLogs, log_q, options[4], {"0.306852819440055", "0.613705638880109"}),
          known(g, kProbabilities, q, options[5], {"-0.112884843737489", "-0.0830560264617459"}),
          known(g, kLogs, R"(["-3","-2"])", options[5], {"0.735758882342885", "=0"}),
          // p = q = 0, and p = 1 beside q = 1.
          known(g, kLogs, R"(["-inf","0"])", options[6], {"=0"}),
          known(g, kProbabilities, R"(["0","1"])", options[6], {"=0"}),
          known(g, kLogs, R"(["-inf","0"])", options[7], {"=nan"}),
          known(g, kProbabilities, R"(["0","1"])", options[7], {"=nan"}),
          known(g, kLogs, R"(["-1","-inf"])", options[6], {"=inf"}),
          known(g, kProbabilities, R"(["1","0"])", options[6], {"=inf"}),
          known(g, kLogs, R"(["-inf","0"])", options[8], {"=0", "=0"}),
          known(g, kProbabilities, R"(["0","0"])", options[8], {"=1", "=-inf"}),
          known(g, kProbabilities, R"(["0","1/2"])", options[9], {"=nan", "=-1"}),
          known(g, kLogs, R"(["-inf","-inf"])", options[9], {"=0", "=-1"}),
          known(g, kLogs, R"(["-inf","-inf"])", derived, {"=0", "=inf"}),
          known(g, kProbabilities, R"(["0","1/2"])", derived_nan, {"=nan", "0.693147180559945"}),
      },
      1);
  expect_refused(known(g, kLogs, R"(["inf","0"])", options[1], {"=inf"}), "input: no logarithms");
  expect_refused(known(g, kLogs, log_q, log_targets(R"(["inf","0"])"), {"=inf"}), "target_probs: no");
  expect_refused({"entropy", kLogs, log_q, options[1].c_str(), {"=0"}}, "target_probs: logarithms");
  expect_refused({"nll", kLogs, log_q, options[1].c_str(), {"=0"}}, "target_probs: logarithms");
}

// Masses (1 - a) w e^l + s with w = (2, 1/2), a = 1/4 and l = (-1, 0): (3/2) e^-1 + 1/4 and 3/8 + 1/16, or
// 1/8 in place of both s.
TEST(ArbLogarithms, KnowsMassesOfLogarithmsByHand) {
  const std::string l = log_targets(R"(["-1","0"])");
  const std::string options = l + R"("class_weights":["2","1/2"],"label_smoothing":"1/4",)";
  const std::string unweighted = options + R"("conventions":{"smoothing_weights":"unweighted"},)";
  const std::string x = R"("wanted":"gradient",)" + options;
  const std::string y = R"("wanted":"target_gradient",)" + options;
  // The second mass is -1/4 - 1/8.
  const std::string negative =
      R"("class_weights":["1/2","-1/2"],"label_smoothing":"1/2",)" + log_targets(R"(["-1","0"])");
  const std::string unsmoothed = R"("class_weights":["-1","1"],"label_smoothing":"1/2",)"
                                 R"("conventions":{"smoothing_weights":"unweighted"},)";
  const std::string near_zero = unsmoothed + log_targets(R"(["-0.693","0"])");
  const std::string cancelled = R"("class_weights":["-1/2","1"],"label_smoothing":"1/2",)"
                                R"("conventions":{"smoothing_weights":"unweighted"},)" +
                                log_targets(R"(["0","-1"])");
  const std::string cancelled_nan =
      R"("class_weights":["-1/2","1"],"label_smoothing":"1/2","conventions":{)"
      R"("smoothing_weights":"unweighted","zero_weight_times_infinity":"nan"},)" +
      log_targets(R"(["0","-1"])");
  const std::string none = log_targets(R"(["-inf","-1"])");
  const std::string none_nan = none + R"("conventions":{"zero_weight_times_infinity":"nan"},)";
  const std::string by_none = R"("wanted":"target_gradient",)" + none;
  const std::string by_none_nan = R"("wanted":"target_gradient",)" + none_nan;
  const std::string weightless = R"("wanted":"target_gradient","class_weights":["0","1"],)" + l;
  const std::string x_cancelled = R"("wanted":"gradient",)" + cancelled;
  const std::string x_near_zero = R"("wanted":"gradient",)" + near_zero;
  const std::string nan_weight = R"("class_weights":["nan","1"],)" + none;
  const char* ce = "cross_entropy";
  expect_known(
      {
          {ce, kProbabilities, R"(["1/2","1/4"])", options.c_str(), {"1.16228247428087"}},
          {ce, kProbabilities, R"(["1/2","1/4"])", unweighted.c_str(), {"1.16228247428087"}},
          {ce, kLogs, R"(["-3","-2"])", options.c_str(), {"3.28045748527149"}},
          {ce, kProbabilities, R"(["1/2","1/4"])", x.c_str(), {"-1.60363832351433", "=-1.75"}},
          {ce, kLogs, R"(["-3","-2"])", x.c_str(), {"-0.801819161757163", "=-0.4375"}},
          {ce, kLogs, R"(["-inf","inf"])", x.c_str(), {"-0.801819161757163", "=-0.4375"}},
          {ce, kLogs, R"(["-3","-2"])", y.c_str(), {"1.65545748527149", "=0.75"}},
          {ce, kProbabilities, R"(["1/2","1/4"])", y.c_str(), {"0.382491896150930", "0.519860385419959"}},
          // The sign of the mass is that of the infinity: (1/2 - e^-0.693) / 2 < 0 < (1/2 - e^-0.694) / 2.
          {ce, kProbabilities, R"(["1","0"])", negative.c_str(), {"=-inf"}},
          {ce, kProbabilities, R"(["0","1"])", near_zero.c_str(), {"=-inf"}},
          {ce, kProbabilities, R"(["0","1"])", x_near_zero.c_str(), {"=inf", "=-0.75"}},
          {ce, kLogs, R"(["-inf","-1"])", with(near_zero, "-0.693", "-0.694").c_str(), {"=inf"}},
          // -1/4 + 1/4, a mass that is 0 by chance.
          {ce, kProbabilities, R"(["0","1"])", cancelled.c_str(), {"=0"}},
          {ce, kProbabilities, R"(["0","1"])", cancelled_nan.c_str(), {"=nan"}},
          {ce, kProbabilities, R"(["0","1"])", x_cancelled.c_str(), {"=0", "-0.433939720585721"}},
          {ce, kProbabilities, R"(["0","1"])", none.c_str(), {"=0"}},
          {ce, kLogs, R"(["-inf","-2"])", none_nan.c_str(), {"=nan"}},
          {ce, kLogs, R"(["-inf","inf"])", none.c_str(), {"=-inf"}},
          {ce, kLogs, R"(["inf","-inf"])", none.c_str(), {"=inf"}},
          {ce, kLogs, R"(["-inf","-2"])", by_none.c_str(), {"=0", "0.735758882342885"}},
          {ce, kLogs, R"(["-inf","-2"])", by_none_nan.c_str(), {"=nan", "0.735758882342885"}},
          {ce, kLogs, R"(["-3","-inf"])", by_none_nan.c_str(), {"=0", "=inf"}},
          {ce, kLogs, R"(["-inf","-2"])", weightless.c_str(), {"=0", "=2"}},
          {ce, kLogs, R"(["-1","-2"])", nan_weight.c_str(), {"=nan"}},
          {"kl", kLogs, R"(["-inf","-1"])", none_nan.c_str(), {"=nan"}},
          {"kl", kLogs, R"(["-inf","-1"])", none.c_str(), {"=0"}},
      },
      1);
  const std::string others = options + R"("conventions":{"smoothing_mass":"others"},)";
  expect_refused({ce, kLogs, R"(["-1","-2"])", others.c_str(), {"=0"}}, "label_smoothing: soft labels");
  const std::string by_target = options + R"("conventions":{"smoothing_weights":"by_target"},)";
  expect_refused({ce, kLogs, R"(["-1","-2"])", by_target.c_str(), {"=0"}}, "label_smoothing: soft labels");
}

// Logits 1 and 3: p = (1 - s, s) with s = 1 / (1 + e^-2), -ln p = (2 + t, t) with t = ln(1 + e^-2). Labels
// e^-1 and e^1, masses of the options m = (3/2) e^-1 + 1/4 and n = (3/8) e + 1/16.
TEST(ArbLogarithms, KnowsTheSoftmaxOfLogarithmicLabelsByHand) {
  const std::string l = log_targets(R"(["-1","1"])");
  const std::string smoothed = l + R"("class_weights":["2","1/2"],"label_smoothing":"1/4",)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string stretched = R"("scale":"3","temperature":"2","softcap":"2",)";
  const std::string unit = R"("conventions":{"gradient_of_unit_mass":true},)";
  const std::string options[] = {l,
                                 smoothed,
                                 l + R"("z_loss":"0.1",)",
                                 l + stretched,
                                 x + log_targets(R"(["-1","2"])"),
                                 x + smoothed,
                                 x + smoothed + unit,
                                 x + smoothed + R"("z_loss":"0.1",)",
                                 x + l + stretched,
                                 y + smoothed,
                                 y + l + stretched,
                                 x + l,
                                 l + R"("base":"2",)",
                                 log_targets(R"(["-1","nan"])")};
  const char* z = R"(["1","3"])";
  expect_known(
      {
          {kCe, "logits", z, options[0].c_str(), {"1.12747919405494"}},
          {kCe, "logits", z, options[1].c_str(), {"1.84272942535020"}},
          {kCe, "logits", z, options[2].c_str(), {"2.10524707267945"}},
          {kCe, "logits", z, options[3].c_str(), {"1.51122956909221"}},
          {kCe, "logits", z, options[4].c_str(), {"0.556769941145940", "-0.556769941145940"}},
          {kCe, "logits", z, options[5].c_str(), {"-0.577279615804024", "0.577279615804024"}},
          {kCe, "logits", z, options[6].c_str(), {"-0.682616239735046", "-0.201058607694260"}},
          {kCe, "logits", z, options[7].c_str(), {"-0.502731824630198", "1.12811742683879"}},
          {kCe, "logits", z, options[8].c_str(), {"0.595915247246517", "-0.0434160644230660"}},
          {kCe, "logits", z, options[9].c_str(), {"1.17367963217156", "0.129384789727710"}},
          {kCe, "logits", z, options[10].c_str(), {"0.402345990885670", "1.10888357820654"}},
          // l = x - 2: A p = e^l in both classes.
          {kCe, "logits", z, options[11].c_str(), {"=0", "=0"}},
          {kCe, "logits", z, options[12].c_str(), {"1.62660864196854"}},
          {kCe, "logits", z, options[13].c_str(), {"=nan"}},
          {kCe, "logits", R"(["-inf","-inf"])", options[0].c_str(), {"=nan"}},
          {kCe, "logits", R"(["-inf","inf"])", options[11].c_str(), {"=nan", "=nan"}},
      },
      1);
}

// Where p A - mass is 0, or tiny beside the masses.
TEST(ArbLogarithms, KnowsWhereTheSoftmaxMeetsItsLabels) {
  const std::string x = R"("wanted":"gradient",)";
  // p = (1, e^-1) / (1 + e^-1), masses (1 + e) / 3 and (1 + e^-1) / 3, which add to (1 + e) (1 + e^-1) / 3.
  const std::string product = x + log_targets(R"(["1","-1"])") + R"("label_smoothing":"2/3",)";
  // A = 1 + e^-200000 beside sum e^-gap = 1 + e^-100000: the derivatives are, up to their signs, e^-100000
  // but for e^-200000.
  const std::string close = x + log_targets(R"(["0","-200000"])");
  // The same, with 1 + e^-1000000 and 1 + e^-500000: far more digits than what any precision would show.
  const std::string closer = x + log_targets(R"(["0","-1000000"])");
  const std::string same = x + log_targets(R"(["5/2","5/2"])");
  const std::string masked = x + log_targets(R"(["-inf","3"])");
  const std::string capped = x + log_targets(R"(["1/3","1/3"])") + R"("softcap":"2",)";
  const std::string single = x + log_targets(R"(["-inf","3"])") + R"("z_loss":"1/2",)";
  expect_known(
      {
          {kCe, "logits", R"(["0","-1"])", product.c_str(), {"=0", "=0"}},
          {kCe, "logits", R"(["1","-1"])", product.c_str(), {"0.253864718651922", "-0.253864718651922"}},
          {kCe,
           "logits",
           R"(["0","-100000"])",
           close.c_str(),
           {"-3.56294956530937e-43430", "3.56294956530937e-43430"}},
          {kCe,
           "logits",
           R"(["0","-500000"])",
           closer.c_str(),
           {"-5.74180413989241e-217148", "5.74180413989241e-217148"}},
          {kCe, "logits", R"(["7","7"])", same.c_str(), {"=0", "=0"}},
          {kCe, "logits", R"(["-inf","7"])", masked.c_str(), {"=0", "=0"}},
          {kCe, "logits", R"(["7","7"])", capped.c_str(), {"=0", "=0"}},
          // (1/2) lse^2 of the one logit that is not masked.
          {kCe, "logits", R"(["-inf","7"])", single.c_str(), {"=0", "=7"}},
      },
      1);
}

// A class that is masked has an infinite -ln p.
TEST(ArbLogarithms, KnowsLogarithmicLabelsOfMaskedClassesByHand) {
  const auto options = [](const char* wanted, const char* l, const char* conventions, const char* more = "") {
    return std::string(R"("wanted":")") + wanted + "\"," + log_targets(l) + more + R"("conventions":{)" +
           conventions + "},";
  };
  const char* zero = R"("masked_labels":"zero")";
  const char* nan = R"("zero_weight_times_infinity":"nan")";
  const char* smoothing = R"("label_smoothing":"1/2",)";
  const struct {
    std::string options;
    std::vector<std::string> values;
  } table[] = {
      {options("loss", R"(["-1","-2"])", ""), {"=inf"}},
      {options("loss", R"(["-1","-2"])", "", R"("class_weights":["-1","1"],)"), {"=-inf"}},
      {options("loss", R"(["-1","-2"])", zero), {"=0"}},
      {options("loss", R"(["-inf","-2"])", ""), {"=0"}},
      {options("loss", R"(["-inf","-2"])", nan), {"=nan"}},
      {options("loss", R"(["-inf","-2"])", "", smoothing), {"=inf"}},
      {options("loss", R"(["-inf","-2"])", zero, smoothing), {"=0"}},
      {options("target_gradient", R"(["-1","-2"])", ""), {"=inf", "=0"}},
      {options("target_gradient", R"(["-1","-2"])", zero), {"=0", "=0"}},
      {options("target_gradient", R"(["-inf","-2"])", ""), {"=0", "=0"}},
      {options("target_gradient", R"(["-inf","-2"])", nan), {"=nan", "=0"}},
      // p = (0, 1): A less the mass, where the masked class counts in A if it counts at all.
      {options("gradient", R"(["-1","-2"])", ""), {"=0", "0.367879441171442"}},
      {options("gradient", R"(["-1","-2"])", zero), {"=0", "=0"}},
  };
  for (const auto& [text, values] : table)
    expect_known({{kCe, "logits", R"(["-inf","3"])", text.c_str(), values}}, 1);
  const std::string all_masked = options("loss", R"(["-1","-2"])", R"("all_masked":"infinity")");
  expect_known({{kCe, "logits", R"(["-inf","-inf"])", all_masked.c_str(), {"=inf"}}}, 1);
}

// Q = (1, 3) as (1/4, 3/4), or (1/16, 1/2) as (1/8, 1/2), beside P = (e^-1, e^-2).
TEST(ArbLogarithms, KnowsPreparedInputsOfLogarithmicTargetsByHand) {
  const std::string l = log_targets(R"(["-1","-2"])");
  const std::string normalise = R"("conventions":{"normalise":["input"]},)";
  const std::string clip = R"("conventions":{"clip":"1/8"},)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string smoothing = R"("label_smoothing":"1/2","class_weights":["2","1"],)";
  const std::string options[] = {
      l + normalise, x + l + normalise, y + l + normalise, x + l + smoothing + normalise,
      l + clip,      x + l + clip,      y + l + clip,      x + log_targets(R"(["-1","-1"])") + normalise};
  const char* q = R"(["1","3"])";
  const char* clipped = R"(["1/16","1/2"])";
  const char* g = "generalised_kl";
  expect_known(
      {
          {"kl", kProbabilities, q, options[0].c_str(), {"-0.0896272780194032"}},
          {"cross_entropy", kProbabilities, q, options[0].c_str(), {"0.548922729625265"}},
          {g, kProbabilities, q, options[0].c_str(), {"0.407157997572542"}},
          // -p_j / r_j + (sum p) / S: each is (b - 3 a) / 4 and its opposite over 3.
          {"kl", kProbabilities, q, options[1].c_str(), {"-0.242075760069429", "0.0806919200231429"}},
          {"cross_entropy",
           kProbabilities,
           q,
           options[1].c_str(),
           {"-0.242075760069429", "0.0806919200231429"}},
          // The sum of q, which is 1 whatever r is, adds nothing.
          {g, kProbabilities, q, options[1].c_str(), {"-0.242075760069429", "0.0806919200231429"}},
          {"cross_entropy",
           kProbabilities,
           q,
           options[3].c_str(),
           {"-0.571492670474005", "0.190497556824668"}},
          {"kl", kProbabilities, q, options[2].c_str(), {"0.509989194867907", "-0.0964017484792552"}},
          {g, kProbabilities, q, options[2].c_str(), {"0.142109753696465", "-0.231737031715868"}},
          {"kl", kProbabilities, clipped, options[4].c_str(), {"0.220241054662933"}},
          {"kl", kProbabilities, clipped, options[5].c_str(), {"=0", "-0.270670566473225"}},
          {g, kProbabilities, clipped, options[5].c_str(), {"=0", "0.729329433526775"}},
          {"cross_entropy",
           kProbabilities,
           clipped,
           options[6].c_str(),
           {"0.764983792301861", "0.0938072700057397"}},
          {"kl", kProbabilities, R"(["2","2"])", options[7].c_str(), {"=0", "=0"}},
          {"kl", kProbabilities, R"(["0","0"])", options[1].c_str(), {"=nan", "=nan"}},
      },
      1);
  for (const char* refused :
       {R"("conventions":{"normalise":["targets"]},)", R"("conventions":{"normalise":["input","targets"]},)",
        R"("conventions":{"clip":"1/8","clip_rules":["targets"]},)"}) {
    const std::string text = l + refused;
    for (const char* loss : {"kl", "cross_entropy", "generalised_kl"})
      expect_refused({loss, kProbabilities, q, text.c_str(), {"=0"}}, "target_probs: logarithms");
  }
  for (const std::string& text : {options[0], options[4]})
    expect_refused({"kl", kLogs, R"(["-1","-2"])", text.c_str(), {"=0"}}, "clip, normalise");
}

// Two rows of labels (e^-1, 1) and (e^-2, e^-1): with sample weights 2 and -1 and class weights 1 and 3,
// D = 2 (e^-1 + 3) - (e^-2 + 3 e^-1) = 6 - e^-1 - e^-2.
TEST(ArbLogarithms, KnowsIrrationalDenominatorsByHand) {
  const std::string l = log_targets(R"(["-1","0","-2","-1"])");
  const std::string mean = R"("reduction":"mean",)";
  const std::string weighted = mean + R"("sample_weights":["2","-1"],"class_weights":["1","3"],)";
  const std::string valid = R"("conventions":{"denominator":"valid_weights"},)";
  const std::string apart =
      R"("z_loss":"0.1","conventions":{"denominator":"valid_weights","z_loss_over_valid_rows":true},)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string opposite = mean + R"("sample_weights":["1","-2"],)" + l + valid;
  const std::string options[] = {mean + l + valid,
                                 weighted + l + valid,
                                 weighted + l + apart,
                                 x + weighted + l + valid,
                                 x + weighted + l + apart,
                                 y + weighted + l + valid,
                                 mean + l + valid + R"("base":"2",)"};
  const char* q = R"(["1/2","1/4","1/2","1/4"])";
  const char* log_q = R"(["-2","-1","-3","-2"])";
  const char* z = R"(["1","3","1","3"])";
  const char* ce = "cross_entropy";
  expect_known(
      {
          {ce, kProbabilities, q, options[0].c_str(), {"1.19987837316149"}},
          {"kl", kProbabilities, q, options[0].c_str(), {"0.661995530421504"}},
          {"generalised_kl", kProbabilities, q, options[0].c_str(), {"0.463665498504289"}},
          {ce, kProbabilities, q, options[6].c_str(), {"1.73105857863000"}},
          {kCe, "logits", z, options[0].c_str(), {"0.664810853782963"}},
          {kCe, "logits", z, options[1].c_str(), {"0.345391556189044"}},
          {kCe, "logits", z, options[2].c_str(), {"0.834275495501302"}},
          {kCe,
           "logits",
           z,
           options[3].c_str(),
           {"0.0122186432799282", "-0.0122186432799282", "-0.00224749383084660", "0.00224749383084660"}},
          {kCe,
           "logits",
           z,
           options[4].c_str(),
           {"0.0867664344537543", "0.538619167754840", "-0.0395213894177597", "-0.273171411686538"}},
          {kCe,
           "logits",
           z,
           options[5].c_str(),
           {"0.284694798462949", "0.138547901741682", "-0.0523666816814830", "-0.0254844623341029"}},
          {ce,
           kProbabilities,
           q,
           options[5].c_str(),
           {"0.0927795373656808", "1.51320558284380", "-0.0170658421791158", "-0.278338612097042"}},
          // D = 1 - e^-1 - 2 e^-2.
          {ce, kLogs, log_q, opposite.c_str(), {"-1.51548096098467"}},
      },
      2);
}

TEST(ArbLogarithms, KnowsWhatDenominatorsCancel) {
  const std::string mean = R"("reduction":"mean",)";
  const std::string valid = R"("conventions":{"denominator":"valid_weights"},)";
  const std::string nan_or_zero = R"("conventions":{"denominator":"valid_weights","all_ignored":"zero"},)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string l = mean + log_targets(R"(["-1","-2"])");
  const std::string negative = l + R"("class_weights":["1","-3"],)";
  const std::string z =
      mean + log_targets(R"(["-inf","3"])") +
      R"("z_loss":"1/2","conventions":{"denominator":"valid_weights","z_loss_over_valid_rows":true},)";
  const std::string options[] = {
      l + valid,
      x + l + valid,
      y + l + valid,
      negative + valid,
      x + negative + valid,
      z,
      x + z,
      mean + log_targets(R"(["nan","0"])") + nan_or_zero,
      mean + log_targets(R"(["-inf","-inf"])") + valid,
      mean + log_targets(R"(["-inf","-inf"])") + nan_or_zero,
      l + R"("sample_weights":["nan"],)" + nan_or_zero,
      l + R"("base":"4",)" + valid,
      mean + log_targets(R"(["-1","-1"])") + R"("class_weights":["1","-1"],)" + valid,
      x + mean + log_targets(R"(["-1","-1"])") + R"("class_weights":["1","-1"],)" + nan_or_zero};
  const char* ce = "cross_entropy";
  expect_known(
      {
          // sum e^l (-x) / sum e^l with one x, and derivatives of it.
          {ce, kLogs, R"(["-3","-3"])", options[0].c_str(), {"=3"}},
          {ce, kProbabilities, R"(["2","2"])", options[11].c_str(), {"=-0.5"}},
          {"kl", kLogs, R"(["-3","-4"])", options[0].c_str(), {"=2"}},
          {"generalised_kl", kLogs, R"(["-1","-2"])", options[0].c_str(), {"=0"}},
          {"generalised_kl", kLogs, R"(["0","-1"])", options[0].c_str(), {"0.718281828459045"}},
          {kCe, "logits", R"(["3","2"])", options[1].c_str(), {"=0", "=0"}},
          {ce, kLogs, R"(["-3","-4"])", options[1].c_str(), {"-0.731058578630005", "-0.268941421369995"}},
          {ce, kLogs, R"(["0","-4"])", options[2].c_str(), {"=0", "1.07576568547998"}},
          {ce, kProbabilities, R"(["0","1"])", options[0].c_str(), {"=inf"}},
          // a - 3 b < 0, and so are infinities over it.
          {ce,
           kProbabilities,
           R"(["0","1"])",
           with(negative, R"("-3"])", R"("-5"])").append(valid).c_str(),
           {"=-inf"}},
          {ce, kLogs, R"(["-2","-2"])", options[3].c_str(), {"=2"}},
          {ce,
           kProbabilities,
           R"(["0","1"])",
           with(options[4], R"("-3"])", R"("-5"])").c_str(),
           {"=inf", "-2.19133110406149"}},
          // (1/2) lse^2 of one logit, whatever D is.
          {kCe, "logits", R"(["-inf","6"])", options[5].c_str(), {"=18"}},
          {kCe, "logits", R"(["-inf","6"])", options[6].c_str(), {"=0", "=6"}},
          {ce, kLogs, R"(["-3","-3"])", options[7].c_str(), {"=nan"}},
          {ce, kLogs, R"(["-3","-3"])", options[8].c_str(), {"=nan"}},
          {ce, kLogs, R"(["-3","-3"])", options[9].c_str(), {"=0"}},
          {ce, kLogs, R"(["-3","-3"])", options[10].c_str(), {"=nan"}},
          // e^-1 - e^-1.
          {ce, kLogs, R"(["-3","-2"])", options[12].c_str(), {"=nan"}},
          {ce, kLogs, R"(["-3","-2"])", options[13].c_str(), {"=0", "=0"}},
      },
      1);
}

TEST(ArbLogarithms, KnowsDenominatorsThatAreNaN) {
  const std::string text = R"("wanted":"gradient","reduction":"mean",)" +
                           log_targets(R"(["nan","0","-1","-2"])") +
                           R"("conventions":{"denominator":"valid_weights"},)";
  expect_known(
      {{"cross_entropy", kLogs, R"(["-1","-2","-3","-4"])", text.c_str(), {"=nan", "=nan", "=nan", "=nan"}}},
      2);
}

// (e^-1 + e^-2) log2(2) / (e^-1 + e^-2).
TEST(ArbLogarithms, SeesThatAQuotientLooksRational) {
  const char* answer =
      R"({"status":"exact","value":"1","lower":"0x1p+0","upper":"0x1p+0",)"
      R"("fp8_e5m2":"0x1p+0","fp8_e4m3":"0x1p+0","binary16":"0x1p+0","bfloat16":"0x1p+0","binary32":"0x1p+0","binary64":"0x1p+0"})";
  const std::string line =
      R"({"id":"x","loss":"cross_entropy","rows":1,"classes":2,"input":{"space":"probabilities","numbers":["1/2","1/2"]},)" +
      log_targets(R"(["-1","-2"])") +
      R"("reduction":"mean","base":"2","conventions":{"denominator":"valid_weights"},"answer":[)" + answer +
      "]}";
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, R"("base":"2")", R"("base":"3")")).find("irrational"), std::string::npos);
}

TEST(ArbLogarithms, ComparesQuotientsWithFloatsThatAreCloseBeyondMeasure) {
  // (1 + e^-200000 * 3) / (1 + e^-200000) = 1 + 2 e^-200000 - ...
  const std::string answer =
      R"({"status":"rounded","value":"1.0000000000","lower":"0x1p+0","upper":"0x1.00000001p+0",)"
      R"("fp8_e5m2":"0x1p+0","fp8_e4m3":"0x1p+0","binary16":"0x1p+0","bfloat16":"0x1p+0","binary32":"0x1p+0","binary64":"0x1p+0"})";
  const std::string line =
      R"({"id":"x","loss":"cross_entropy","rows":1,"classes":2,"input":{"space":"log_probabilities",)"
      R"("numbers":["-1","-3"]},"target_probs":{"space":"log_probabilities","numbers":["0","-200000"]},)"
      R"("reduction":"mean","conventions":{"denominator":"valid_weights"},"answer":[)" +
      answer + "]}";
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "\"rounded\"", "\"exact\"")).find("irrational"), std::string::npos);
  EXPECT_NE(findings_of(with(line, R"("upper":"0x1.00000001p+0")", R"("upper":"0x1p+0")")).find("upper"),
            std::string::npos);
  EXPECT_NE(findings_of(with(line, R"(["-1","-3"])", R"(["-3","-1"])")).find("binary64"), std::string::npos);
}

// A sum A of 40 powers of e is more than what is multiplied out for each class.
std::string long_row(const std::vector<std::string>& x, const std::vector<std::string>& l,
                     const char* options, const std::vector<std::string>& answers) {
  const auto joined = [](const std::vector<std::string>& texts, const char* quote) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ",") + (quote + text + quote);
    return all;
  };
  return R"({"id":"x","loss":"softmax_cross_entropy","wanted":"gradient","rows":1,"classes":40,)"
         R"("input":{"space":"logits","numbers":[)" +
         joined(x, "\"") + R"(]},"target_probs":{"space":"log_probabilities","numbers":[)" + joined(l, "\"") +
         "]}," + options + R"("answer":[)" + joined(answers, "") + "]}";
}

TEST(ArbLogarithms, KnowsLongRows) {
  std::vector<std::string> x;
  std::vector<std::string> alternating;
  std::vector<std::string> l;
  for (int c = 0; c < 40; ++c) {
    x.push_back(std::to_string(c + 100) + "/16");
    alternating.push_back(std::to_string(c % 2));
    l.push_back(std::to_string(c) + "/16");
  }
  const char* valid = R"("reduction":"mean","conventions":{"denominator":"valid_weights"},)";
  const std::vector<std::string> zeros(40, answer_of("=0"));
  for (const char* options : {"", valid}) {
    const std::string line = long_row(x, l, options, zeros);
    EXPECT_EQ(findings_of(line), "");
    EXPECT_NE(findings_of(with(line, "139/16", "139.1/16")), "");
  }
  // Logits 0 and 1 in turn: A p = A (1, e) / (20 + 20 e), less 1 and e^(39/16) in the first and the last
  // class.
  const auto expect_ends = [&](const char* options, const char* first, const char* last) {
    std::vector<std::string> answers(40, R"({"status":"undecided","lower":"-inf","upper":"inf"})");
    answers.front() = answer_of(first);
    answers.back() = answer_of(last);
    EXPECT_EQ(findings_of(long_row(alternating, l, options, answers)), "");
    answers.front() = answer_of(wrong(first));
    answers.back() = answer_of(wrong(last));
    EXPECT_EQ(count(findings_of(long_row(alternating, l, options, answers)), "more than half"), 2u);
  };
  expect_ends("", "1.33154589612363", "-5.10659512268001");
  expect_ends(valid, "0.00767962248820093", "-0.0294520247904617");  // over A
}

}  // namespace
}  // namespace xent::arb
