// Wrong gradients of right losses.
#include <bit>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

// Reductions and factors.
struct GradientOfMeanUndivided : Sound {
  static double gradient_divisor(double, const xent_problem&) { return 1; }
};
struct GradientOfSumDivided : Sound {
  static double gradient_divisor(double divisor, const xent_problem& p) {
    return p.reduction == XENT_SUM ? static_cast<double>(p.rows) : divisor;
  }
};
struct GradientByAllRows : Sound {
  static double gradient_divisor(double divisor, const xent_problem& p) {
    return p.reduction == XENT_MEAN ? static_cast<double>(p.rows) : divisor;
  }
};
struct UpstreamIgnored : Sound {
  static float upstream(const xent_problem&, std::int64_t) { return 1; }
};
struct UpstreamOfFirst : Sound {
  static float upstream(const xent_problem& p, std::int64_t) { return Sound::upstream(p, 0); }
};
struct UpstreamDense : Sound {
  static float upstream(const xent_problem& p, std::int64_t row) {
    const float* factors = static_cast<const float*>(p.upstream.data);
    return factors == nullptr || p.reduction != XENT_NONE || p.upstream.row_stride == 1
               ? Sound::upstream(p, row)
               : factors[std::max<std::int64_t>(row - 1, 0) * p.upstream.row_stride];
  }
};
struct UpstreamTwice : Sound {
  static float upstream(const xent_problem& p, std::int64_t row) {
    return Sound::upstream(p, row) * Sound::upstream(p, row);
  }
};
struct UpstreamOnlyReduced : Sound {
  static float upstream(const xent_problem& p, std::int64_t row) {
    return p.reduction == XENT_NONE ? 1 : Sound::upstream(p, row);
  }
};
struct UpstreamMagnitude : Sound {
  static float upstream(const xent_problem& p, std::int64_t row) { return std::abs(Sound::upstream(p, row)); }
};

// Labels.
struct NoTarget : Sound {
  static float subtracted(const std::vector<float>&, std::int64_t, const Row&) { return 0; }
  static bool gradient_is_complement() { return false; }
};
struct OneSizeOff : Sound {
  static float subtracted(const std::vector<float>& a, std::int64_t c, const Row& row) {
    return Sound::subtracted(a, c, row) * (a.size() == 97 ? 0.999F : 1.0F);
  }
  static bool gradient_is_complement() { return false; }
};
struct NextTargetSubtracted : Sound {
  static float subtracted(const std::vector<float>& a, std::int64_t c, const Row&) {
    return a[(static_cast<std::size_t>(c) + a.size() - 1) % a.size()];
  }
  static bool gradient_is_complement() { return false; }
};
struct UnitMassAssumed : Sound {
  static float mass_times_p(float, float p) { return p; }
};
struct SmoothingGradientToOthers : Sound {
  static float share(float alpha, std::int64_t classes, bool others, Use use) {
    return Sound::share(alpha, classes, others || (use == Use::gradient && classes > 1), use);
  }
};
struct SmoothingMissing : Sound {
  static float smoothing(float alpha, Use use) { return use == Use::gradient ? 0 : alpha; }
};
struct WeightsMissing : Sound {
  static float class_weight(float w, Use use) { return use == Use::gradient ? 1 : w; }
};

// Entries.
struct SmallFiltered : Sound {
  static float finished(float g) { return std::abs(g) < 1e-3F ? 0 : g; }
};
struct NarrowProbability : Sound {
  static float probability(float e, float s, float, float) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(e / s) & 0xFFFF0000U);
  }
  static bool gradient_is_complement() { return false; }
};
struct Cancels : Sound {
  static bool gradient_is_complement() { return false; }
};
struct MaskedIsNan : Sound {
  static float masked_entry(float d) { return d * 0; }
};
struct Clipped : Sound {
  static float finished(float g) { return std::clamp(g, -1.0F, 1.0F); }
};
struct TinyEntriesLost : Sound {
  static float finished(float g) { return std::abs(g) < 1e-12F ? 0 : g; }
};
struct EntriesOfEightBits : Sound {
  static float finished(float g) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(g) & 0xFFFF0000U);
  }
};
struct MaskedIsTiny : Sound {
  static float masked_entry(float) { return 0x1p-100F; }
};
struct ProbabilityUnshifted : Sound {
  static float probability(float, float s, float z, float m) { return std::exp(z) / (s * std::exp(m)); }
};
struct ProbabilityWithEpsilon : Sound {
  static float probability(float e, float s, float, float) { return e / (s + 1e-6F); }
};
struct FarBelowWraps : Sound {
  // As where a power is looked up by bits of z that stand for another one there.
  static float probability(float e, float s, float z, float m) {
    const bool wraps = z - m < -181704 && z - m > -181881;
    return Sound::probability(wraps ? 1 : e, s, z, m);
  }
};
struct HalfTheTarget : Sound {
  static float subtracted(const std::vector<float>& a, std::int64_t c, const Row& row) {
    return Sound::subtracted(a, c, row) / 2;
  }
  static bool gradient_is_complement() { return false; }
};
struct Negated : Sound {
  static float finished(float g) { return -g; }
};
struct PowerMissing : Sound {
  static float power_slope(float) { return 1; }
};
struct HalfUlpLost : Sound {
  // What rounding every entry to 20 bits does.
  static float finished(float g) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(g) & 0xFFFFFFF0U);
  }
};

// Maps and z-loss.
struct ZLossNotDoubled : Sound {
  static float z_slope(float lambda, float lse, float p) { return lambda * lse * p; }
};
struct ZLossWithoutGradient : Sound {
  static float z_slope(float, float, float) { return 0; }
};
struct CapSlopeMissing : Sound {
  static float cap_slope(float, float) { return 1; }
};
struct CapSlopeLinear : Sound {
  static float cap_slope(float y, float cap) { return 1 - std::abs(y / cap); }
};
struct MapSlopeMissing : Sound {
  static float map_slope(float, float) { return 1; }
};
struct MapSlopeInverted : Sound {
  static float map_slope(float scale, float temperature) { return temperature / scale; }
};

// Rows and buffers.
struct IgnoredHaveGradient : Sound {
  static bool ignored_has_gradient() { return true; }
};
struct DenseGradient : Sound {
  static std::int64_t grad_stride(const xent_output&, std::int64_t classes) { return classes; }
};
struct LastEntriesUnwritten : Sound {
  // What stores of whole vectors leave: what was there a moment ago is put back.
  static void after(const xent_problem& p, xent_result& result) {
    if (result.grad.data == nullptr || p.rows == 0 || p.classes % 8 == 0) return;
    const std::int64_t last =
        (p.rows - 1) * result.grad.row_stride + (p.classes - 1) * result.grad.class_stride;
    static_cast<float*>(result.grad.data)[last] = -7;
  }
};
struct GradientOfFirstRow : Sound {
  static std::int64_t grad_stride(const xent_output&, std::int64_t) { return 0; }
};
struct GradientAccumulates : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    static thread_local float previous = 0;
    if (result.grad.data == nullptr || p.rows == 0) return;
    float& first = *static_cast<float*>(result.grad.data);
    const float own = first;
    first += std::isfinite(previous) ? previous : 0;
    previous = own;
  }
};
struct GradientInPlace : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (result.grad.data == nullptr || p.rows == 0) return;
    const_cast<float*>(static_cast<const float*>(p.input.data))[0] = *static_cast<float*>(result.grad.data);
  }
};
struct GradientPastTheEnd : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (result.grad.data == nullptr) return;
    static_cast<float*>(result.grad.data)[p.rows * result.grad.row_stride] = 0;
  }
};

const std::vector<Mutant> kGradientMutants = {
    made<GradientOfMeanUndivided>("gradient_of_mean_undivided", "the gradient of a mean is that of the sum",
                                  "aprender#2182"),
    made<GradientOfSumDivided>("gradient_of_sum_divided", "the gradient of a sum is divided by the rows",
                               "aprender#2182"),
    made<GradientByAllRows>("gradient_by_all_rows", "the gradient of a mean counts ignored rows",
                            "a common slip"),
    made<UpstreamIgnored>("upstream_ignored", "the upstream gradient is ignored", "TransformerEngine#2139"),
    made<UpstreamOfFirst>("upstream_of_first", "every row has the upstream gradient of the first",
                          "Liger-Kernel#678"),
    made<UpstreamDense>("upstream_dense", "a strided upstream gradient is read off by one", "strided views"),
    made<UpstreamTwice>("upstream_twice", "the upstream gradient counts twice", "scaled in two places"),
    made<UpstreamOnlyReduced>("upstream_only_reduced", "without a reduction, upstream is 1",
                              "Liger-Kernel#680"),
    made<UpstreamMagnitude>("upstream_magnitude", "the sign of the upstream gradient is lost",
                            "a common slip"),
    made<NoTarget>("no_target", "p instead of p - y", "tensorflow#60314"),
    made<OneSizeOff>("one_size_off", "derivatives of rows of 97 classes take away too little",
                     "kernels by size"),
    made<NextTargetSubtracted>("next_target_subtracted", "the 1 is subtracted beside the target",
                               "shifted labels"),
    made<UnitMassAssumed>("unit_mass_assumed", "p - y where sum y is not 1", "tensorflow#2327, ggml"),
    made<SmoothingGradientToOthers>("smoothing_gradient_to_others", "alpha / (C - 1) in the gradient alone",
                                    "a common slip"),
    made<SmoothingMissing>("smoothing_missing_in_gradient", "the gradient knows no smoothing",
                           "a common slip"),
    made<WeightsMissing>("weights_missing_in_gradient", "the gradient knows no class weights",
                         "a common slip"),
    made<SmallFiltered>("small_filtered", "entries below 1e-3 are dropped", "gradient filters"),
    made<NarrowProbability>("narrow_probability", "p is rounded to bfloat16 before 1 is subtracted",
                            "Liger-Kernel#1329"),
    made<Cancels>("gradient_cancels", "p_t - 1 after p_t is rounded to 1", "jax#40384"),
    made<MaskedIsNan>("masked_is_nan", "a masked class has the derivative NaN", "optax#1762"),
    made<Clipped>("gradient_clipped", "entries are clipped to [-1, 1]", "a common slip"),
    made<TinyEntriesLost>("tiny_entries_lost", "entries below 1e-12 are 0", "gradient filters"),
    made<EntriesOfEightBits>("entries_of_8_bits", "entries are rounded to bfloat16", "narrow stores"),
    made<MaskedIsTiny>("masked_is_tiny", "a masked class has the derivative 2^-100", "a finite mask"),
    made<ProbabilityUnshifted>("probability_unshifted", "e^z / (S e^m), which overflows", "no maximum"),
    made<ProbabilityWithEpsilon>("probability_with_epsilon", "e / (S + 1e-6)", "guards against 0 / 0"),
    made<FarBelowWraps>("far_below_wraps", "logits 181,800 below the rest count", "sums with magic numbers"),
    made<HalfTheTarget>("half_the_target", "p - y / 2", "a common slip"),
    made<Negated>("gradient_negated", "y - p", "sign slip"),
    made<PowerMissing>("gradient_of_log_perplexity", "the gradient of the mean loss for that of its power",
                       "a detached exp"),
    made<HalfUlpLost>("gradient_of_20_bits", "entries have 20 bits", "narrow stores"),
    made<ZLossNotDoubled>("z_loss_not_doubled", "lambda lse p", "a missing factor 2"),
    made<ZLossWithoutGradient>("z_loss_without_gradient", "the z-loss has no gradient", "a detached term"),
    made<CapSlopeMissing>("cap_slope_missing", "no chain rule through the softcap", "a common slip"),
    made<CapSlopeLinear>("cap_slope_linear", "1 - |y / cap| for 1 - (y / cap)^2", "a missing square"),
    made<MapSlopeMissing>("map_slope_missing", "no chain rule through scale and temperature",
                          "a common slip"),
    made<MapSlopeInverted>("map_slope_inverted", "multiplied by the temperature", "a common slip"),
    made<IgnoredHaveGradient>("ignored_have_gradient", "ignored rows get a gradient", "pytorch#72056"),
    made<DenseGradient>("dense_gradient", "the gradient's row stride is taken to be the classes",
                        "unsloth#10713"),
    made<LastEntriesUnwritten>("last_entry_unwritten", "the last entry is not written",
                               "stores of whole vectors"),
    made<GradientOfFirstRow>("gradient_in_first_row", "every row is written over the first", "a stride of 0"),
    made<GradientAccumulates>("gradient_accumulates", "the gradient depends on earlier calls",
                              "gradients that are not zeroed"),
    made<GradientInPlace>("gradient_in_place", "the gradient is written over the logits",
                          "Liger-Kernel#1251"),
    made<GradientPastTheEnd>("gradient_past_the_end", "writes one row too many", "pytorch#194802"),
};

}  // namespace

const std::vector<Mutant>& gradient_mutants() {
  return kGradientMutants;
}

}  // namespace xent::properties
