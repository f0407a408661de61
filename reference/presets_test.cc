#include "reference/presets.h"

#include <gtest/gtest.h>

#include <set>

#include "reference/certify.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

std::vector<Number> row_of(std::initializer_list<const char*> texts) {
  std::vector<Number> row;
  for (const char* text : texts) row.push_back(parsed(text));
  return row;
}

Problem asked(const char* loss, xent_space space, std::int64_t rows, std::vector<Number> input) {
  Problem p;
  p.loss = loss;
  p.input_space = space;
  p.rows = rows;
  p.classes = static_cast<std::int64_t>(input.size()) / rows;
  p.input = std::move(input);
  return p;
}

// The values under a convention, five digits each, separated by spaces.
std::string under(const char* preset, Problem p) {
  p.conventions = find_preset(preset)->conventions;
  auto values = certify(p);
  if (!values) return values.error().message;
  std::string text;
  for (Certified& value : *values) text += (text.empty() ? "" : " ") + value.decimal(5).value_or("undecided");
  return text;
}

TEST(Presets, HaveDistinctNames) {
  std::set<std::string> names;
  for (const Preset& preset : presets()) {
    EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
    EXPECT_EQ(find_preset(preset.name), &preset);
  }
  EXPECT_EQ(find_preset("torch"), nullptr);
}

// Two rows of loss 1 with weights 2 and 4.
TEST(Presets, MeanOfWeightedHardAndSoftLabels) {
  Problem hard = asked("nll", XENT_LOG_PROBABILITIES, 2, row_of({"-1", "-2", "-2", "-1"}));
  hard.targets = {0, 1};
  hard.class_weights = row_of({"2", "4"});
  hard.reduction = XENT_MEAN;
  Problem soft = hard;
  soft.loss = "cross_entropy";
  soft.targets.clear();
  soft.target_probs = row_of({"1", "0", "0", "1"});
  EXPECT_EQ(under("pytorch", hard), "1");
  EXPECT_EQ(under("pytorch_soft", soft), "3");
  EXPECT_EQ(under("llm.c", hard), "3");
}

Problem smoothed() {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 1, row_of({"2", "1", "0"}));
  p.targets = {0};
  p.label_smoothing = parsed("0.1");
  return p;
}

TEST(Presets, MassOfLabelSmoothing) {
  EXPECT_EQ(under("pytorch", smoothed()), "0.50761");
  EXPECT_EQ(under("megatron", smoothed()), "0.55761");
}

TEST(Presets, WeightsInTheSmoothingTerm) {
  Problem p = smoothed();
  p.class_weights = row_of({"0.5", "1", "2"});
  EXPECT_EQ(under("pytorch", p), "0.39764");
  const auto with = [&](xent_smoothing_weights weights) {
    p.conventions.smoothing_weights = weights;
    return certify(p)->front().decimal(5).value();
  };
  EXPECT_EQ(with(XENT_SMOOTH_UNWEIGHTED), "0.32418");
  EXPECT_EQ(with(XENT_SMOOTH_BY_TARGET), "0.25380");
}

TEST(Presets, MeanOfNothing) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 2, row_of({"1", "0", "0", "1"}));
  p.targets = {-100, -100};
  p.ignore_index = -100;
  p.reduction = XENT_MEAN;
  for (const char* name : {"pytorch", "onnx", "exact"}) EXPECT_EQ(under(name, p), "nan") << name;
  for (const char* name : {"liger", "onnxruntime", "keras"}) EXPECT_EQ(under(name, p), "0") << name;
}

// Losses ln 2 and ignored.
TEST(Presets, MeanBesideIgnoredRows) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 2, row_of({"0", "0", "0", "1"}));
  p.targets = {0, -100};
  p.ignore_index = -100;
  p.reduction = XENT_MEAN;
  EXPECT_EQ(under("pytorch", p), "0.69315");
  EXPECT_EQ(under("onnx_text", p), "0.34657");
}

TEST(Presets, ZeroLabelOfAMaskedClass) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 1, row_of({"0", "0", "-inf"}));
  p.target_probs = row_of({"1/2", "1/2", "0"});
  for (const char* name : {"pytorch_soft", "tensorflow", "optax", "ggml"})
    EXPECT_EQ(under(name, p), "nan") << name;
  EXPECT_EQ(under("optax_safe", p), "0.69315");
}

TEST(Presets, SmoothingOfAMaskedClass) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 1, row_of({"2", "1", "-inf"}));
  p.targets = {0};
  p.label_smoothing = parsed("0.3");
  for (const char* name : {"pytorch", "flash_attention", "liger", "optax"})
    EXPECT_EQ(under(name, p), "inf") << name;
  EXPECT_EQ(under("optax_where", p), "0.38194");
  p.wanted = Wanted::gradient;
  EXPECT_EQ(under("optax_where", p), "-0.14205 0.14205 0");
  p.targets.clear();
  p.target_probs = row_of({"0.5", "0.4", "0.1"});
  p.label_smoothing = parsed("0");
  p.wanted = Wanted::loss;
  EXPECT_EQ(under("optax", p), "inf");
  EXPECT_EQ(under("optax_where", p), "0.68194");
  p.wanted = Wanted::target_gradient;
  EXPECT_EQ(under("optax", p), "0.31326 1.3133 inf");
  EXPECT_EQ(under("optax_where", p), "0.31326 1.3133 0");
  p.wanted = Wanted::loss;
  p.input = row_of({"-inf", "-inf", "-inf"});
  EXPECT_EQ(under("optax", p), "nan");
  EXPECT_EQ(under("optax_where", p), "0");
}

TEST(Presets, GradientOfLabelsThatDoNotSumToOne) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 1, row_of({"1", "0"}));
  p.target_probs = row_of({"1", "1"});
  p.wanted = Wanted::gradient;
  EXPECT_EQ(under("pytorch_soft", p), "0.46212 -0.46212");
  EXPECT_EQ(under("optax", p), "0.46212 -0.46212");
  EXPECT_EQ(under("tensorflow", p), "-0.26894 -0.73106");
  EXPECT_EQ(under("ggml", p), "-0.26894 -0.73106");
}

TEST(Presets, ImpossibleTargets) {
  Problem p = asked("nll", XENT_PROBABILITIES, 1, row_of({"1", "0"}));
  p.targets = {1};
  EXPECT_EQ(under("exact", p), "inf");
  EXPECT_EQ(under("keras_probabilities", p), "16.118");
  EXPECT_EQ(under("sklearn", p), "36.044");
  p.targets = {0};
  EXPECT_EQ(under("exact", p), "0");
  EXPECT_EQ(under("keras_probabilities", p), "1.0000e-7");
}

// Losses 0.31326 and, by convention, nothing; and the gradient of their mean.
TEST(Presets, TargetsOutOfRange) {
  for (const std::int64_t target : {-1, 2}) {
    Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 2, row_of({"1", "0", "0", "1"}));
    p.targets = {0, target};
    EXPECT_NE(under("pytorch", p).find("target of row 1"), std::string::npos);
    EXPECT_EQ(under("tensorflow_gpu", p), "0.31326 nan");
    for (const char* name : {"keras_jax", "flash_attention"}) EXPECT_EQ(under(name, p), "0.31326 0") << name;
    p.reduction = XENT_MEAN;
    EXPECT_EQ(under("tensorflow_gpu", p), "nan");
    EXPECT_EQ(under("keras_jax", p), "0.15663");
    p.wanted = Wanted::gradient;
    EXPECT_EQ(under("tensorflow_gpu", p), "-0.13447 0.13447 nan nan");
    EXPECT_EQ(under("keras_jax", p), "-0.13447 0.13447 0 0");
  }
}

// lse - x_t with nothing to subtract, or only the largest logit; and the last class by its place from the
// end.
TEST(Presets, LossesWithoutATarget) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 1, row_of({"2", "1", "0"}));
  p.targets = {3};
  EXPECT_EQ(under("flash_attention_parallel", p), "2.4076");  // ln(e^2 + e + 1)
  EXPECT_EQ(under("megatron", p), "0.40761");                 // 2 less
  EXPECT_EQ(under("optax_integer", p), "nan");
  p.targets = {-1};
  EXPECT_EQ(under("megatron", p), "0.40761");
  EXPECT_EQ(under("optax_integer", p), "2.4076");  // class 2, whose logit is 0
  p.targets = {-3};
  EXPECT_EQ(under("optax_integer", p), "0.40761");
  p.targets = {-4};
  EXPECT_EQ(under("optax_integer", p), "nan");
  p.wanted = Wanted::gradient;
  for (const char* name : {"flash_attention_parallel", "megatron"})
    EXPECT_EQ(under(name, p), "0.66524 0.24473 0.090031") << name;  // the softmax
  p.targets = {-1};
  EXPECT_EQ(under("optax_integer", p), "0.66524 0.24473 -0.90997");
}

// Megatron's (1 - a') ln S - a' mean ln p with a' = 3/2 a, S = sum e^(x - m).
TEST(Presets, SmoothingWithoutATarget) {
  Problem p = smoothed();
  p.targets = {7};
  EXPECT_EQ(under("megatron", p), "0.55761");  // 0.85 * 0.40761 + 0.15 * 1.40761
  p.wanted = Wanted::gradient;
  EXPECT_EQ(under("megatron", p), "0.61524 0.19473 0.040031");  // p - 0.15 / 3
}

TEST(Presets, ARowWithoutATargetWeighsAsItsSample) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 2, row_of({"1", "0", "0", "1"}));
  p.targets = {0, 2};
  p.sample_weights = row_of({"1", "3"});
  p.reduction = XENT_MEAN;
  p.conventions.denominator = XENT_VALID_WEIGHTS;
  p.conventions.target_out_of_range = XENT_POLICY_LOG_SUM;
  EXPECT_EQ(certify(p)->front().decimal(5), "0.31326");
  const auto refused = [&](const Problem& problem) { return check(problem)->message; };
  Problem weighted = p;
  weighted.class_weights = row_of({"1", "1"});
  EXPECT_NE(refused(weighted).find("target of row 1: 2 is not accepted; accepted: 0 to 1"),
            std::string::npos);
  Problem capped = p;
  capped.softcap = parsed("30");
  EXPECT_NE(refused(capped).find("without class_weights and softcap"), std::string::npos);
}

// Such a row weighs nothing where the mean divides by weights.
TEST(Presets, WeightOfATargetOutOfRange) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 2, row_of({"1", "0", "0", "1"}));
  p.targets = {0, 7};
  p.class_weights = row_of({"2", "3"});
  p.reduction = XENT_MEAN;
  p.conventions.target_out_of_range = XENT_POLICY_ZERO;
  p.conventions.denominator = XENT_VALID_WEIGHTS;
  EXPECT_EQ(certify(p)->front().decimal(5), "0.31326");
  p.conventions.target_out_of_range = XENT_POLICY_INFINITY;
  EXPECT_NE(check(p)->message.find("target_out_of_range"), std::string::npos);
}

TEST(Presets, DivergenceOfImpossibleEvents) {
  Problem p = asked("kl", XENT_PROBABILITIES, 1, row_of({"0", "1"}));
  p.target_probs = row_of({"1/2", "1/2"});
  EXPECT_EQ(under("scipy", p), "inf");
  EXPECT_EQ(under("keras_kl", p), "7.3659");
  p.target_probs = row_of({"0", "1"});
  EXPECT_EQ(under("scipy", p), "0");
  EXPECT_EQ(under("optax", p), "nan");
}

TEST(Presets, MeanOfDivergences) {
  Problem p = asked("kl", XENT_PROBABILITIES, 1, row_of({"1/4", "3/4"}));
  p.target_probs = row_of({"1/2", "1/2"});
  p.reduction = XENT_MEAN;
  EXPECT_EQ(under("pytorch_kl_batchmean", p), "0.14384");
  EXPECT_EQ(under("pytorch_kl_mean", p), "0.071921");
}

TEST(Presets, DistributionsThatDoNotSumToOne) {
  const Problem p = asked("entropy", XENT_PROBABILITIES, 1, row_of({"1", "1"}));
  EXPECT_EQ(under("exact", p), "0");
  EXPECT_EQ(under("scipy", p), "0.69315");
}

// Two rows of weight 2 and loss ln 2, lse^2 = ln(2)^2: the z-loss by weights, or by rows.
TEST(Presets, DenominatorOfTheZLoss) {
  Problem p = asked("softmax_cross_entropy", XENT_LOGITS, 2, row_of({"0", "0", "0", "0"}));
  p.targets = {0, 0};
  p.class_weights = row_of({"2", "1"});
  p.z_loss = parsed("1");
  p.reduction = XENT_MEAN;
  EXPECT_EQ(under("pytorch", p), "0.93337");  // ln 2 + ln(2)^2 / 2
  EXPECT_EQ(under("liger", p), "1.1736");     // ln 2 + ln(2)^2
}

}  // namespace
}  // namespace xent::reference
