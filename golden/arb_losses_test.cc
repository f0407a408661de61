#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "golden/arb_testing.h"

namespace xent::arb {
namespace {

// Logits 1 and 3: lse = 3.12692801104297, -ln p = (2.12692801104297, 0.126928011042972). The values are what
// mpmath makes of the formulas at 40 digits.
TEST(ArbLosses, KnowsOptionsByHand) {
  const char* q = "probabilities";
  expect_known(
      {
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],)",
           {"4.25385602208594"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4",)",
           {"3.73005702001539"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4","conventions":{"smoothing_weights":"unweighted"},)",
           {"3.4721240193252"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4","conventions":{"smoothing_weights":"by_target"},)",
           {"3.75385602208594"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4","conventions":{"smoothing_mass":"others"},)",
           {"3.20625801794483"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("target_probs":{"space":"probabilities","numbers":["1/4","1/2"]},"class_weights":["2","1/2"],"label_smoothing":"1/4",)",
           {"1.3610620096626"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"scale":"3","temperature":"2","softcap":"2",)",
           {"1.09368979577786"}},
          {"log_sum_exp", "logits", R"(["inf","-inf"])", R"("softcap":"2",)", {"2.01814992791781"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"z_loss":"0.1",)",
           {"5.23162390071046"}},
          {kCe, "logits", R"(["1","nan"])", R"("targets":[0],"softcap":"2",)", {"=nan"}},
          {kCe, "logits", R"(["1","3"])", R"("targets":[0],"class_weights":["nan","1"],)", {"=nan"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[1],"class_weights":["nan","1"],)",
           {"0.126928011042972"}},
          {kCe, "logits", R"(["-inf","3"])", R"("targets":[0],"sample_weights":["0"],)", {"=0"}},
          {kCe,
           "logits",
           R"(["-inf","3"])",
           R"("targets":[0],"sample_weights":["0"],"conventions":{"zero_weight_times_infinity":"nan"},)",
           {"=nan"}},
          {kCe, "logits", R"(["-inf","3"])", R"("targets":[0],"sample_weights":["-2"],)", {"=-inf"}},
          {"softmax", "logits", R"(["1","3"])", "", {"0.119202922022118", "0.880797077977882"}},
          {"softmax", "logits", R"(["0","1000000"])", "", {"3.29683147809e-434295", "1.0"}},
          {"log_softmax", "logits", R"(["1","3"])", "", {"-2.12692801104297", "-0.126928011042972"}},
          {"log_softmax", "logits", R"(["-inf","3"])", R"("base":"1/2",)", {"=inf", "=0"}},
          {"softmax", "logits", R"(["-inf","-inf"])", "", {"=nan", "=nan"}},
          {"generalised_kl",
           q,
           R"(["1/4","1/2"])",
           R"("target_probs":{"space":"probabilities","numbers":["1/2","1/2"]},)",
           {"0.0965735902799727"}},
          {"nll",
           q,
           R"(["0.01","0.99"])",
           R"("targets":[0],"conventions":{"clip":"0.125"},)",
           {"2.07944154167984"}},
          {"nll",
           q,
           R"(["1","3"])",
           R"("targets":[0],"conventions":{"normalise":["input"]},)",
           {"1.38629436111989"}},
          {"nll",
           q,
           R"(["1","3"])",
           R"("targets":[0],"conventions":{"clip":"1/8","clip_rules":["first"],"normalise":["input"]},)",
           {"0.693147180559945"}},
          {"nll",
           q,
           R"(["1","3"])",
           R"("targets":[0],"conventions":{"clip":"1/8","clip_rules":["up_to_one"]},)",
           {"=0"}},
          {"nll", q, R"(["0","0"])", R"("targets":[0],"conventions":{"normalise":["input"]},)", {"=nan"}},
          {"kl",
           q,
           R"(["0","1"])",
           R"("target_probs":{"space":"probabilities","numbers":["0","1"]},"conventions":{"zero_weight_times_infinity":"nan"},)",
           {"=nan"}},
      },
      1);
}

// Logits 1, 3 and a masked class: -ln p = (2.12692801104297, 0.126928011042972, inf).
TEST(ArbLosses, KnowsLabelsOfMaskedClassesByHand) {
  const struct {
    const char* options;
    std::vector<std::string> values;
  } table[] = {
      {R"("targets":[0],"label_smoothing":"3/4",)", {"=inf"}},
      {R"("targets":[0],"label_smoothing":"3/4","conventions":{"masked_labels":"infinity"},)", {"=inf"}},
      {R"("targets":[0],"label_smoothing":"3/4","conventions":{"masked_labels":"zero"},)",
       {"1.09519600828223"}},
      {R"("targets":[2],"label_smoothing":"3/4","conventions":{"masked_labels":"zero"},)", {"=inf"}},
      {R"("targets":[2],"label_smoothing":"1","conventions":{"masked_labels":"zero"},)",
       {"0.751285340695315"}},
      {R"("targets":[2],"conventions":{"masked_labels":"zero"},)", {"=inf"}},
      {R"("target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},)", {"=inf"}},
      {R"("target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},"conventions":{"masked_labels":"zero"},)",
       {"0.563464005521486"}},
      // p = (0.119202922022118, 0.880797077977882, 0): p / 2 less 1/4.
      {R"("wanted":"gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},"conventions":{"masked_labels":"zero"},)",
       {"-0.190398538988941", "0.190398538988941", "=0"}},
      {R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},"conventions":{"masked_labels":"zero"},)",
       {"2.12692801104297", "0.126928011042972", "=0"}},
  };
  for (const auto& [options, values] : table) {
    const std::string line = with(line_of({kCe, "logits", R"(["1","3","-inf"])", options, values}, 1),
                                  "\"classes\":2", "\"classes\":3");
    EXPECT_EQ(findings_of(line), "") << line;
    const std::string finite = with(line_of({kCe, "logits", R"(["1","3","-4"])", options, values}, 1),
                                    "\"classes\":2", "\"classes\":3");
    EXPECT_NE(findings_of(finite), "") << finite;
  }
}

// Rows of logits 1, 3 with targets 0 and 1.
TEST(ArbLosses, KnowsDenominatorsByHand) {
  const std::string weighted =
      R"("targets":[0,1],"reduction":"mean","class_weights":["2","1/2"],"sample_weights":["3","1"],"z_loss":"0.1",)";
  const std::string apart =
      weighted + R"("conventions":{"denominator":"valid_weights","z_loss_over_valid_rows":true},)";
  const char* x = R"(["1","3","1","3"])";
  expect_known(
      {{kCe, "logits", x, apart.c_str(), {"3.92861761444585"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","class_weights":["2","1/2"],"sample_weights":["3","1"],"conventions":{"denominator":"valid_weights"},)",
        {"1.97308185719682"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","conventions":{"denominator":"elements"},)",
        {"0.563464005521486"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","sample_weights":["0","0"],"conventions":{"denominator":"valid_weights"},)",
        {"=nan"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","sample_weights":["nan","0"],"conventions":{"denominator":"valid_weights","all_ignored":"zero"},)",
        {"=nan"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","sample_weights":["1","-1"],"conventions":{"denominator":"valid_weights","all_ignored":"zero"},)",
        {"=0"}}},
      2);
}

TEST(ArbLosses, KnowsGradientsByHand) {
  const char* wanted = R"("wanted":"gradient","targets":[0],)";
  const char* of_target =
      R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1/2","1/2"]},)";
  expect_known(
      {
          {kCe, "logits", R"(["1","3"])", wanted, {"-0.880797077977882", "0.880797077977882"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","targets":[0],"class_weights":["2","1/2"],"z_loss":"0.1",)",
           {"-1.68704636478194", "2.31243196699053"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","targets":[0],"scale":"3","temperature":"2","softcap":"2",)",
           {"-0.595113843686117", "0.0433576772803172"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/2"]},)",
           {"-0.160597808483412", "0.160597808483412"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/2"]},"conventions":{"gradient_of_unit_mass":true},)",
           {"-0.130797077977882", "0.380797077977882"}},
          {kCe,
           "logits",
           R"(["100000","0"])",
           wanted,
           {"-3.56294956530937e-43430", "3.56294956530937e-43430"}},
          {kCe, "logits", R"(["-inf","3"])", wanted, {"=0", "=1"}},
          {kCe,
           "logits",
           R"(["inf","3"])",
           R"("wanted":"gradient","targets":[0],"softcap":"2",)",
           {"=0", "0.0818087586869072"}},
          {kCe, "logits", R"(["-inf","-inf"])", wanted, {"=nan", "=nan"}},
          {"nll", "probabilities", R"(["1/4","3/4"])", wanted, {"=-4", "=0"}},
          {"nll", "probabilities", R"(["0","3/4"])", wanted, {"=-inf", "=0"}},
          {"nll", "log_probabilities", R"(["-1","-2"])", wanted, {"=-1", "=0"}},
          {"entropy",
           "probabilities",
           R"(["1/4","0"])",
           R"("wanted":"gradient","base":"2",)",
           {"0.557304959111037", "=inf"}},
          {"kl", "probabilities", R"(["1/4","3/4"])", of_target, {"1.69314718055995", "0.594534891891836"}},
          {"entropy",
           "probabilities",
           R"(["1","3"])",
           R"("wanted":"gradient","conventions":{"normalise":["input"]},)",
           {"0.205989804125271", "-0.0686632680417569"}},
          {"entropy",
           "probabilities",
           R"(["1/16","1/2"])",
           R"("wanted":"gradient","conventions":{"clip":"0.125"},)",
           {"=0", "-0.306852819440055"}},
          {"kl",
           "probabilities",
           R"(["1/4","1/4"])",
           R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1","3"]},"conventions":{"normalise":["targets"]},)",
           {"-0.205989804125271", "0.0686632680417569"}},
          {"cross_entropy",
           "probabilities",
           R"(["1/4","1"])",
           R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1","3"]},"conventions":{"normalise":["targets"]},)",
           {"0.259930192709979", "-0.0866433975699932"}},
          {"kl",
           "probabilities",
           R"(["1/2","0"])",
           R"("wanted":"target_gradient","target_probs":{"space":"log_probabilities","numbers":["-1","-inf"]},)",
           {"0.254994597433954", "=0"}},
          {"cross_entropy",
           "log_probabilities",
           R"(["-3","-1"])",
           R"("wanted":"target_gradient","target_probs":{"space":"log_probabilities","numbers":["-1","0"]},)",
           {"1.10363832351433", "=1"}},
          {"generalised_kl",
           "probabilities",
           R"(["1/4","3/4"])",
           of_target,
           {"0.693147180559945", "-0.405465108108164"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1/2","1/2"]},"class_weights":["2","1/2"],)",
           {"4.25385602208594", "0.0634640055214862"}},
      },
      1);
}

}  // namespace
}  // namespace xent::arb
