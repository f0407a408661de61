// What check() refuses, and how it says so.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reference/loss_testing.h"

namespace xent::reference {
namespace {

TEST(Check, RefusesAnUnknownLoss) {
  expect_refused(of_probabilities("hinge", {"1"}, {0}), "loss", "hinge", "softmax_cross_entropy");
}

TEST(Check, RefusesWrongShapes) {
  Problem p = of_probabilities("nll", {"1", "0"}, {0});
  Problem q = p;
  q.rows = -1;
  expect_refused(q, "rows", "-1", "0 or more");
  q = p;
  q.classes = 0;
  expect_refused(q, "classes", "0", "1 or more");
  q = p;
  q.classes = 3;
  expect_refused(q, "input", "2 numbers", "= 3 numbers");
  q = p;
  q.rows = std::int64_t{1} << 40;
  q.classes = std::int64_t{1} << 40;
  expect_refused(q, "rows x classes", "1099511627776 x 1099511627776", "at most");
  q = p;
  q.targets = {0, 0};
  expect_refused(q, "targets", "2 targets", "one a row, 1");
  q = of_two("kl", {"1", "0"}, {"1", "0"});
  q.target_probs.pop_back();
  expect_refused(q, "target_probs", "1 numbers", "as many as the input has, 2");
}

TEST(Check, RefusesTargetsOutOfRange) {
  expect_refused(of_probabilities("nll", {"1", "0"}, {2}), "target", "2", "0 to 1");
  expect_refused(of_probabilities("nll", {"1", "0"}, {-1}), "target", "-1", "0 to 1");
  Problem p = of_logits("softmax_cross_entropy", {"1", "0", "1", "0"}, {0, -100});
  expect_refused(p, "target of row 1", "-100", "0 to 1");
  p.ignore_index = -100;
  EXPECT_FALSE(check(p));
}

TEST(Check, RefusesNegativeAndInfiniteProbabilities) {
  expect_refused(of_probabilities("entropy", {"0.5", "-1/3"}), "input[0][1]", "-1/3", ">= 0");
  expect_refused(of_probabilities("entropy", {"inf", "0"}), "input[0][0]", "inf", "finite");
  expect_refused(of_two("kl", {"1", "-0.5"}, {"1", "0"}), "target_probs[0][1]", "-0.5", ">= 0");
  expect_refused(soft({"1", "0"}, {"-2", "3"}), "target_probs[0][0]", "-2", ">= 0");
  Problem rows = of_probabilities("nll", {"1", "0", "1", "-1"}, {0, 0});
  expect_refused(rows, "input[1][1]", "-1", ">= 0");
}

TEST(Check, RefusesBasesWithoutLogarithms) {
  for (const char* base : {"1", "-2", "nan", "inf", "-inf", "-1/3"}) {
    expect_refused(in_base(of_probabilities("nll", {"1"}, {0}), base), "base", base, "other than 1");
  }
  EXPECT_FALSE(check(in_base(of_probabilities("nll", {"1"}, {0}), "1/3")));
}

TEST(Check, RefusesMissingOrSuperfluousTargets) {
  expect_refused(of_probabilities("nll", {"1"}), "targets", "none", "a target for each row");
  expect_refused(of_probabilities("kl", {"1"}), "target_probs", "none", "distribution P");
  expect_refused(of_logits("softmax_cross_entropy", {"1"}, {}), "targets", "none", "target_probs");
  Problem both = soft({"1"}, {"1"});
  both.targets = {0};
  expect_refused(both, "target_probs", "given with targets", "one of them");
}

TEST(Check, RefusesSpacesThatALossIsNotDefinedOn) {
  expect_refused(of_logits("nll", {"1"}, {0}), "input_space", "0", "nll");
  expect_refused(of_probabilities("log_sum_exp", {"1"}), "input_space", "1", "log_sum_exp");
  Problem p = of_logits("softmax_cross_entropy", {"1"}, {0});
  for (const xent_space space : {-1, 3, 31, 32, 64}) {
    p.input_space = space;
    expect_refused(p, "input_space", std::to_string(space), "softmax_cross_entropy");
  }
}

TEST(Check, RefusesReductionsItDoesNotKnow) {
  expect_refused(reduced(of_probabilities("nll", {"1"}, {0}), 7), "reduction", "7", "none, sum or mean");
  expect_refused(of_probabilities("sequence", {"1"}, {0}), "reduction", "0", "mean");
  expect_refused(reduced(of_probabilities("perplexity", {"1"}, {0}), XENT_SUM), "reduction", "1", "mean");
}

TEST(Check, RefusesDenominatorsThatDivideNothing) {
  Problem p = reduced(of_probabilities("nll", {"1"}, {0}), XENT_MEAN);
  p.conventions.denominator = XENT_GIVEN;
  for (const double value : {0.0, -1.0, HUGE_VAL, -HUGE_VAL, std::nan("")}) {
    p.conventions.denominator_value = value;
    expect_refused(p, "denominator", "", "a finite number > 0");
  }
}

TEST(Check, RefusesPoliciesThatSayNothingWhereTheyStand) {
  const Problem p = of_logits("softmax_cross_entropy", {"1", "0"}, {0});
  Problem q = p;
  q.conventions.all_ignored = XENT_POLICY_INFINITY;
  expect_refused(q, "all_ignored", "policy 3", "nan, zero");
  q = p;
  q.conventions.all_masked = XENT_POLICY_STATUS;
  expect_refused(q, "all_masked", "policy 4", "nan, zero, infinity");
  q = p;
  q.conventions.zero_weight_times_infinity = 40;
  expect_refused(q, "zero_weight_times_infinity", "policy 40", "nan, zero");
  q = p;
  q.conventions.masked_labels = XENT_POLICY_NAN;
  expect_refused(q, "masked_labels", "policy 1", "infinity, zero");
}

TEST(Check, RefusesOptionsThatSayNothing) {
  const Problem p = of_logits("softmax_cross_entropy", {"1", "0"}, {0});
  Problem q = p;
  q.label_smoothing = Number(1.5);
  expect_refused(q, "label_smoothing", "1.5", "0 to 1");
  q = p;
  q.temperature = Number(-2.0);
  expect_refused(q, "temperature", "-2", "> 0");
  q = p;
  q.softcap = Number(std::nan(""));
  expect_refused(q, "softcap", "nan", "> 0");
  q = p;
  q.class_weights = numbers({"1"});
  expect_refused(q, "class_weights", "1 numbers", "one a class: 2");
  q = p;
  q.sample_weights = numbers({"inf"});
  expect_refused(q, "sample_weights", "inf", "finite");
  q = p;
  q.upstream = numbers({"1", "2"});
  expect_refused(q, "upstream", "2 numbers", "one for each value of the loss: 1");
  q = p;
  q.z_loss = Number(0.5);
  q.base = Number(2.0);
  expect_refused(q, "base", "2", "z_loss");
  q = p;
  q.conventions.clip = 1e-7;
  expect_refused(q, "clip, normalise", "given", "no probabilities");
  q = of_probabilities("nll", {"1/2", "1/2"}, {0});
  q.conventions.clip = 0.5;
  expect_refused(q, "clip", "0.5", "below 0.5");
  q.conventions.clip = 0;
  q.scale = Number(2.0);
  expect_refused(q, "scale", "given", "no use");
  q = soft({"1", "0"}, {"1", "0"});
  q.label_smoothing = Number(0.5);
  q.conventions.smoothing_mass = XENT_SMOOTH_OTHERS;
  expect_refused(q, "label_smoothing", "0.5", "on all classes");
  q = of_logits("softmax", {"1", "0"}, {});
  q.wanted = Wanted::gradient;
  expect_refused(q, "wanted", "gradient", "the loss");
  q = of_two("kl", {"1/2", "1/2"}, {"1/3", "2/3"});
  q.class_weights = numbers({"1", "1"});
  expect_refused(q, "class_weights", "given", "kl has no use");
}

}  // namespace
}  // namespace xent::reference
