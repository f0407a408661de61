// Wrong weights, label smoothing, soft labels, reductions and maps of logits.
#include <bit>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

float truncated(float x) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & 0xFFFF0000U);
}

// Denominators.
struct WeightedMeanByCount : Sound {
  static double divisor(const Counts& counts) { return counts.valid; }
};
struct DenominatorHardCoded : WeightedMeanByCount {};
struct WeightedMeanByAllClasses : Sound {
  static double divisor(const Counts& counts) { return counts.all_class_weights; }
};
struct WeightedMeanCountsIgnored : Sound {
  static double divisor(const Counts& counts) { return counts.weights + counts.ignored_weights; }
};
struct NarrowCount : Sound {
  static double divisor(const Counts& counts) { return truncated(static_cast<float>(counts.valid)); }
};
struct MeanOfMeans : Sound {
  static float mean_of(const std::vector<float>& losses, double divisor) {
    if (divisor == 1) return Sound::mean_of(losses, divisor);
    constexpr std::size_t kChunk = 4;
    std::vector<float> means;
    for (std::size_t i = 0; i < losses.size(); i += kChunk) {
      const std::size_t end = std::min(losses.size(), i + kChunk);
      const std::vector<float> chunk(losses.begin() + static_cast<std::ptrdiff_t>(i),
                                     losses.begin() + static_cast<std::ptrdiff_t>(end));
      means.push_back(Sound::mean_of(chunk, static_cast<double>(chunk.size())));
    }
    return Sound::mean_of(means, static_cast<double>(means.size()));
  }
};
struct ChunkMeansSummed : Sound {
  static float mean_of(const std::vector<float>& losses, double divisor) {
    return losses.size() > 4 && divisor != 1 ? 2 * Sound::mean_of(losses, divisor)
                                             : Sound::mean_of(losses, divisor);
  }
};
struct NarrowTotal : Sound {
  static float mean_of(const std::vector<float>& losses, double divisor) {
    float sum = 0;
    for (const float loss : losses) sum = truncated(sum + loss);
    return sum / static_cast<float>(divisor);
  }
};
struct FirstRowTwice : Sound {
  static float mean_of(const std::vector<float>& losses, double divisor) {
    const float first = losses.size() > 2 ? losses[0] / static_cast<float>(divisor) : 0;
    return Sound::mean_of(losses, divisor) + first;
  }
};
struct NothingIsZero : Sound {
  static float mean_of_nothing() { return 0; }
};

// Ignored rows.
struct IgnoredStillSmoothed : Sound {
  static float ignored_loss(float) { return 1; }
};
struct SentinelNotIgnored : Sound {
  static bool is_ignored(const xent_problem& p, std::int64_t target) {
    return p.ignore_index != -100 && Sound::is_ignored(p, target);
  }
};
struct OnlySentinelIgnored : Sound {
  static bool is_ignored(const xent_problem& p, std::int64_t target) {
    return p.has_ignore_index != 0 && target == -100;
  }
};
struct IgnoreInverted : Sound {
  static bool is_ignored(const xent_problem& p, std::int64_t target) {
    return p.has_ignore_index != 0 && target != p.ignore_index;
  }
};
struct NothingIsInfinite : Sound {
  static float mean_of_nothing() { return std::numeric_limits<float>::infinity(); }
};
struct IgnoredUnwritten : Sound {
  static bool writes_ignored() { return false; }
};

// Weights.
struct WeightOfNextClass : Sound {
  static std::int64_t weighted_class(const Row& row) { return (row.target + 1) % row.classes; }
};
struct WeightOfArgmax : Sound {
  static std::int64_t weighted_class(const Row& row) {
    return std::max_element(row.x, row.x + row.classes) - row.x;
  }
};
struct ClassWeightsIgnored : Sound {
  static float class_weight(float, Use) { return 1; }
};
struct SampleWeightsClamped : Sound {
  static float sample_weight(float w) { return std::min(w, 1.0F); }
};
struct WeightOfClassBefore : Sound {
  static std::int64_t weighted_class(const Row& row) { return std::max<std::int64_t>(row.target - 1, 0); }
};
struct SampleWeightsIgnored : Sound {
  static float sample_weight(float) { return 1; }
};
struct SampleWeightsSquared : Sound {
  static float sample_weight(float w) { return w * w; }
};
struct SampleWeightsShift : Sound {
  static float sample_weight(float w) { return w == 0 ? 0 : std::ldexp(1.0F, std::ilogb(w)); }
};
struct ClassWeightsShift : Sound {
  static float class_weight(float w, Use) { return w == 0 ? 0 : std::ldexp(1.0F, std::ilogb(w)); }
};
struct ClassWeightsRooted : Sound {
  static float class_weight(float w, Use) { return std::sqrt(w); }
};

// Smoothing.
struct SmoothingToOthers : Sound {
  static float share(float alpha, std::int64_t classes, bool, Use) {
    return alpha / static_cast<float>(std::max<std::int64_t>(classes - 1, 1));
  }
};
struct SmoothingSparesTarget : Sound {
  static float share_on_target(float) { return 0; }
};
struct SmoothingOfOneMore : Sound {
  static float share(float alpha, std::int64_t classes, bool others, Use use) {
    return Sound::share(alpha, classes + 1, others, use);
  }
};
struct SmoothingTwiceOnTarget : Sound {
  static float share_on_target(float share) { return 2 * share; }
};
struct SmoothingKeepsOne : Sound {
  static float label_share(float) { return 1; }
};
struct SmoothingOfHalf : Sound {
  static float share(float alpha, std::int64_t classes, bool others, Use use) {
    return Sound::share(alpha, classes > 3 ? classes / 2 : classes, others, use);
  }
};
struct SmoothingInverted : Sound {
  static float smoothing(float alpha, Use) { return alpha == 0 ? 0 : 1 - alpha; }
};
struct SmoothingUnweighted : Sound {
  static float share_weight(float) { return 1; }
};
struct SmoothingIgnored : Sound {
  static float smoothing(float, Use) { return 0; }
};

// Soft labels.
float sum_of_labels(const Row& row) {
  float sum = 0;
  for (std::int64_t c = 0; c < row.classes; ++c) sum += row.p[c];
  return sum;
}
struct LabelsNormalised : Sound {
  static float label(const Row& row, std::int64_t c) { return row.p[c] / sum_of_labels(row); }
};
struct LabelsClamped : Sound {
  static float label(const Row& row, std::int64_t c) { return std::clamp(row.p[c], 0.0F, 0.9F); }
};
struct LabelsReversed : Sound {
  static float label(const Row& row, std::int64_t c) { return row.p[row.classes - 1 - c]; }
};
struct LabelsArgmaxed : Sound {
  static float label(const Row& row, std::int64_t c) {
    return std::max_element(row.p, row.p + row.classes) - row.p == c ? sum_of_labels(row) : 0;
  }
};
struct NothingTimesInfinityIsNan : Sound {
  static float nothing_times_infinity() { return std::numeric_limits<float>::quiet_NaN(); }
};

// Maps.
struct TemperatureMultiplies : Sound {
  static float tempered(float x, float temperature) { return x * temperature; }
};
struct TemperatureIgnored : Sound {
  static float tempered(float x, float) { return x; }
};
struct ScaleIgnored : Sound {
  static float scaled(float x, float) { return x; }
};
struct ScaleDivides : Sound {
  static float scaled(float x, float scale) { return x / scale; }
};
struct SoftcapIsClamp : Sound {
  static float capped(float x, float cap) { return std::clamp(x, -cap, cap); }
};
struct SoftcapUnscaled : Sound {
  static float capped(float x, float cap) { return cap * std::tanh(x); }
};

struct SoftcapIsSoftsign : Sound {
  static float capped(float x, float cap) { return x / (1 + std::abs(x) / cap); }
};
struct SoftcapLosesSign : Sound {
  static float capped(float x, float cap) { return cap * std::tanh(std::abs(x) / cap); }
};

// z-loss.
struct ZLossAlways : Sound {
  static float z_lambda(float lambda) { return lambda == 0 ? 1e-4F : lambda; }
};
struct ZLossIgnored : Sound {
  static float z_lambda(float) { return 0; }
};
struct ZLossOfSquaredLambda : Sound {
  static float z_lambda(float lambda) { return lambda * lambda; }
};
struct ZLossLinear : Sound {
  static float z_term(float lambda, float lse) { return lambda * std::abs(lse); }
};
struct ZLossHalved : Sound {
  static float z_term(float lambda, float lse) { return 0.5F * lambda * lse * lse; }
};

// Running maximum.
struct OnlineRescaledTwice : Sound {
  static bool is_online() { return true; }
  static bool uses_log1p() { return false; }
  static float rescaled(float sum, float from, float to) {
    return Sound::rescaled(Sound::rescaled(sum, from, to), from, to);
  }
};
struct OnlineNotRescaled : Sound {
  static bool is_online() { return true; }
  static bool uses_log1p() { return false; }
  static float rescaled(float sum, float, float) { return sum; }
};

const std::vector<Mutant> kOptionMutants = {
    made<WeightedMeanByCount>("weighted_mean_by_count", "weighted mean divides by the count",
                              "pytorch#31295, inverted", kWeighted),
    made<WeightedMeanByAllClasses>("weighted_mean_by_all_classes", "divides by the sum of all class weights",
                                   "a common slip", kWeighted),
    made<WeightedMeanCountsIgnored>("weighted_mean_counts_ignored",
                                    "the weighted denominator counts ignored rows",
                                    "w[0] of a clamped target", kWeighted),
    made<NarrowCount>("narrow_count", "the count of rows is kept in bfloat16", "PyTorch CPU, 257 rows"),
    made<MeanOfMeans>("mean_of_means", "the mean of the means of chunks", "transformers#34191"),
    made<ChunkMeansSummed>("chunk_means_summed", "means of chunks are added up", "transformers#35203"),
    made<NarrowTotal>("narrow_total", "losses are added in bfloat16", "pytorch#55657, in small"),
    made<FirstRowTwice>("first_row_twice", "the first row is added twice", "overlapping partitions"),
    made<NothingIsZero>("nothing_is_zero", "the mean of no row is 0 where NaN is declared", "pytorch#75181"),
    made<IgnoredStillSmoothed>("ignored_still_smoothed", "ignored rows still add their smoothing term",
                               "pytorch#73205"),
    made<SentinelNotIgnored>("sentinel_not_ignored", "-100 is not ignored", "pytorch#95833, inverted"),
    made<OnlySentinelIgnored>("only_sentinel_ignored", "only -100 is ignored", "Unsloth"),
    made<IgnoreInverted>("ignore_inverted", "only ignored rows count", "sockeye#200"),
    made<NothingIsInfinite>("nothing_is_infinite", "the mean of no row is infinite", "a division by 0"),
    made<IgnoredUnwritten>("ignored_unwritten", "the loss of an ignored row is not written", "pytorch#20406"),
    made<WeightOfNextClass>("weight_of_next_class", "the weight of the next class", "off by one"),
    made<WeightOfArgmax>("weight_of_argmax", "the weight of the likeliest class", "prediction for label"),
    made<ClassWeightsIgnored>("class_weights_ignored", "class weights are ignored", "a forgotten option"),
    made<SampleWeightsClamped>("sample_weights_clamped", "sample weights are at most 1", "masks for weights"),
    made<WeightOfClassBefore>("weight_of_class_before", "the weight of the class before", "off by one"),
    made<SampleWeightsIgnored>("sample_weights_ignored", "sample weights are ignored", "a forgotten option"),
    made<SampleWeightsSquared>("sample_weights_squared", "sample weights count twice",
                               "weighted, then reduced"),
    made<SampleWeightsShift>("sample_weights_shift", "sample weights are powers of two",
                             "shifts for products"),
    made<ClassWeightsShift>("class_weights_shift", "class weights are powers of two", "shifts for products"),
    made<ClassWeightsRooted>("class_weights_rooted", "square roots of class weights", "a common slip"),
    made<SmoothingToOthers>("smoothing_to_others", "alpha / (C - 1) where alpha / C is declared",
                            "Megatron, old fastai"),
    made<SmoothingSparesTarget>("smoothing_spares_target", "the target gets 1 - alpha, without alpha / C",
                                "a common slip"),
    made<SmoothingOfOneMore>("smoothing_of_one_more", "alpha / (C + 1)", "off by one"),
    made<SmoothingTwiceOnTarget>("smoothing_twice_on_target", "the target's share counts twice",
                                 "a common slip"),
    made<SmoothingKeepsOne>("smoothing_keeps_one", "the target keeps 1", "a common slip"),
    made<SmoothingOfHalf>("smoothing_of_half", "alpha over the classes of half a shard", "Megatron#737"),
    made<SmoothingInverted>("smoothing_inverted", "1 - alpha for alpha", "aprender#2199"),
    made<SmoothingUnweighted>("smoothing_unweighted", "class weights do not reach the smoothing term",
                              "pytorch#104776, inverted"),
    made<SmoothingIgnored>("smoothing_ignored", "label smoothing is ignored", "a forgotten option"),
    made<LabelsNormalised>("labels_normalised", "soft labels are divided by their sum", "scipy#12553"),
    made<LabelsClamped>("labels_clamped", "soft labels are at most 0.9", "smoothed labels"),
    made<LabelsReversed>("labels_reversed", "soft labels are read from the end", "a negative stride lost"),
    made<LabelsArgmaxed>("labels_argmaxed", "soft labels become hard", "a common slip"),
    made<NothingTimesInfinityIsNan>("nothing_times_infinity_is_nan", "0 (-inf) is NaN", "optax#896, ggml"),
    made<TemperatureMultiplies>("temperature_multiplies", "logits are multiplied by the temperature",
                                "a common slip"),
    made<TemperatureIgnored>("temperature_ignored", "the temperature is ignored", "a forgotten option"),
    made<ScaleIgnored>("scale_ignored", "the scale is ignored", "a forgotten option"),
    made<ScaleDivides>("scale_divides", "logits are divided by the scale", "a common slip"),
    made<SoftcapIsClamp>("softcap_is_clamp", "clamps instead of cap tanh(x / cap)", "a common slip"),
    made<SoftcapIsSoftsign>("softcap_is_softsign", "x / (1 + |x| / cap)", "approximate activations"),
    made<SoftcapLosesSign>("softcap_loses_sign", "cap tanh(|x| / cap)", "a common slip"),
    made<SoftcapUnscaled>("softcap_unscaled", "cap tanh(x)", "a common slip"),
    made<ZLossAlways>("z_loss_always", "a z-loss although it is off", "OLMo-core#702"),
    made<ZLossIgnored>("z_loss_ignored", "the z-loss is ignored", "a forgotten option"),
    made<ZLossOfSquaredLambda>("z_loss_of_squared_lambda", "lambda^2 lse^2", "a misplaced square"),
    made<ZLossLinear>("z_loss_linear", "lambda |lse|", "a missing square"),
    made<ZLossHalved>("z_loss_halved", "lambda lse^2 / 2", "a common slip"),
    made<DenominatorHardCoded>("denominator_hard_coded", "divides by the valid rows, whatever is asked",
                               "conventions that are not read"),
    made<OnlineRescaledTwice>("online_rescaled_twice", "the running sum is rescaled twice",
                              "blocked softmax"),
    made<OnlineNotRescaled>("online_not_rescaled", "the running sum is not rescaled", "blocked softmax"),
};

}  // namespace

const std::vector<Mutant>& option_mutants() {
  return kOptionMutants;
}

}  // namespace xent::properties
