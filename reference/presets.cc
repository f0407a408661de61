#include "reference/presets.h"

#include <algorithm>

namespace xent::reference {
namespace {

constexpr std::uint32_t kInput = XENT_BIT(XENT_NORMALISE_INPUT);
constexpr std::uint32_t kBoth = kInput | XENT_BIT(XENT_NORMALISE_TARGETS);
constexpr std::uint32_t kMeasures = XENT_BIT(XENT_CLIP_TARGETS) | XENT_BIT(XENT_CLIP_UP_TO_ONE);

constexpr Preset kPresets[] = {
    {"exact", "the contract's defaults", "0 times infinity is 0; means divide by the valid rows", {}},
    {"pytorch",
     "torch.nn.functional.cross_entropy, nll_loss (hard labels)",
     "the mean divides by the weights of the targets; 0 times infinity is NaN",
     {.denominator = XENT_VALID_WEIGHTS, .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"pytorch_soft",
     "torch.nn.functional.cross_entropy (soft labels)",
     "the mean divides by the rows, whatever their weights",
     {.denominator = XENT_ALL_ROWS, .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"pytorch_kl_mean",
     "torch.nn.functional.kl_div, reduction mean",
     "the mean divides by the elements",
     {.denominator = XENT_ELEMENTS, .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"pytorch_kl_batchmean",
     "torch.nn.functional.kl_div, reduction batchmean",
     "the mean divides by the rows",
     {.denominator = XENT_ALL_ROWS, .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"onnx",
     "SoftmaxCrossEntropyLoss, NegativeLogLikelihoodLoss (reference implementation)",
     "the mean divides by the weights of the valid targets",
     {.denominator = XENT_VALID_WEIGHTS, .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"onnx_text",
     "the same, as the specification's text has it without weights",
     "the mean counts the ignored rows",
     {.denominator = XENT_ALL_ROWS, .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"onnxruntime",
     "ONNX Runtime, training operators on the CPU",
     "a mean of nothing is 0",
     {.denominator = XENT_VALID_WEIGHTS,
      .all_ignored = XENT_POLICY_ZERO,
      .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"tensorflow",
     "tf.nn.softmax_cross_entropy_with_logits",
     "the gradient is p - y whatever y sums to",
     {.zero_weight_times_infinity = XENT_POLICY_NAN, .gradient_of_unit_mass = 1}},
    {"tensorflow_gpu",
     "tf.nn.sparse_softmax_cross_entropy_with_logits, on a GPU",
     "a target out of range makes its row NaN",
     {.target_out_of_range = XENT_POLICY_NAN}},
    {"keras",
     "keras.losses, from_logits=True",
     "a mean of nothing is 0",
     {.all_ignored = XENT_POLICY_ZERO, .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"keras_jax",
     "keras.losses, from_logits=True, sparse labels with the JAX backend",
     "that; a target out of range has loss 0",
     {.all_ignored = XENT_POLICY_ZERO,
      .target_out_of_range = XENT_POLICY_ZERO,
      .zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"keras_probabilities",
     "keras.losses, from_logits=False",
     "Q is divided by its sum, then clipped",
     {.all_ignored = XENT_POLICY_ZERO, .clip = 1e-7, .normalise = kInput}},
    {"keras_kl",
     "keras.losses.KLDivergence",
     "P and Q are clipped from below, and not normalised",
     {.clip = 1e-7, .clip_rules = kMeasures}},
    {"optax",
     "optax.losses.softmax_cross_entropy, kl_divergence",
     "0 times infinity is NaN",
     {.zero_weight_times_infinity = XENT_POLICY_NAN}},
    {"optax_where",
     "optax.losses.softmax_cross_entropy with `where`, which logits of -inf stand for",
     "labels and smoothing of a masked class count nothing; a row without classes is 0",
     {.all_masked = XENT_POLICY_ZERO,
      .zero_weight_times_infinity = XENT_POLICY_NAN,
      .masked_labels = XENT_POLICY_ZERO}},
    {"optax_safe", "optax.losses.safe_softmax_cross_entropy", "0 times infinity is 0", {}},
    {"optax_integer",
     "optax.losses.softmax_cross_entropy_with_integer_labels",
     "a label of -1 is the last class; a label out of range makes its row NaN",
     {.target_out_of_range = XENT_POLICY_FROM_END}},
    {"scipy", "scipy.stats.entropy", "P and Q are divided by their sums", {.normalise = kBoth}},
    {"sklearn",
     "sklearn.metrics.log_loss on binary64",
     "clipped by the spacing of floats at 1; the mean divides by the sample weights",
     {.denominator = XENT_VALID_WEIGHTS, .clip = 0x1p-52}},
    {"liger",
     "Liger Kernel cross_entropy",
     "a mean of nothing is 0; the z-loss is divided by the rows, the rest by the weights",
     {.denominator = XENT_VALID_WEIGHTS, .all_ignored = XENT_POLICY_ZERO, .z_loss_over_valid_rows = 1}},
    {"flash_attention",
     "flash-attn cross_entropy_loss, on one GPU",
     "a target out of range has loss 0",
     {.target_out_of_range = XENT_POLICY_ZERO}},
    {"flash_attention_parallel",
     "the same, on several GPUs",
     "a target out of range has loss lse",
     {.target_out_of_range = XENT_POLICY_LSE}},
    {"megatron",
     "Megatron-LM vocab_parallel_cross_entropy",
     "smoothing goes to the other classes; a target out of range has loss ln sum e^(x - m)",
     {.smoothing_mass = XENT_SMOOTH_OTHERS, .target_out_of_range = XENT_POLICY_LOG_SUM}},
    {"llm.c", "llm.c", "the mean divides by all positions", {.denominator = XENT_ALL_ROWS}},
    {"ggml",
     "ggml_cross_entropy_loss",
     "soft labels alone; the gradient is p - y whatever y sums to",
     {.denominator = XENT_ALL_ROWS,
      .zero_weight_times_infinity = XENT_POLICY_NAN,
      .gradient_of_unit_mass = 1}},
};

}  // namespace

std::span<const Preset> presets() {
  return kPresets;
}

const Preset* find_preset(std::string_view name) {
  const auto found = std::find_if(std::begin(kPresets), std::end(kPresets),
                                  [name](const Preset& p) { return p.name == name; });
  return found == std::end(kPresets) ? nullptr : found;
}

}  // namespace xent::reference
