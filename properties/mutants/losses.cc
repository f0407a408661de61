#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <string_view>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

// Pieces of the class 'numerics'.
struct NoMaximum : Sound {
  static float maximum(const Row&) { return 0; }
  static bool uses_log1p() { return false; }
};
struct SentinelMaximum : Sound {
  static float maximum(const Row& row) { return std::max(-1e4F, Sound::maximum(row)); }
  static bool uses_log1p() { return false; }
};
struct ReluMaximum : Sound {
  static float maximum(const Row& row) { return std::max(0.0F, Sound::maximum(row)); }
  static bool uses_log1p() { return false; }
};
struct FirstAsMaximum : Sound {
  static float maximum(const Row& row) { return row.x[0]; }
  static bool uses_log1p() { return false; }
};
struct LogOfProbability : Sound {
  static float combine(float m, float s, float xt) { return -std::log(std::exp(xt - m) / s); }
  static bool uses_log1p() { return false; }
};
struct ClippedProbability : Sound {
  static float combine(float m, float s, float xt) {
    return -std::log(std::clamp(std::exp(xt - m) / s, 1e-7F, 1 - 1e-7F));
  }
  static bool uses_log1p() { return false; }
};
struct LseThenSubtract : Sound {
  static float combine(float m, float s, float xt) { return (m + std::log(s)) - xt; }
  static bool uses_log1p() { return false; }
};
struct ExpIsPowerOfTwo : Sound {
  static float exponential(float d) { return std::exp2(std::floor(d * 1.442695F)); }
};
struct LogInsteadOfLog1p : Sound {
  static float log_one_plus(float r) { return std::log(1 + r); }
};
struct TermsDropped : Sound {
  static float exponential(float d) { return d < -10 ? 0 : std::exp(d); }
};
struct ClampedGap : Sound {
  static float combine(float m, float s, float xt) { return std::min(m - xt, 50.0F) + std::log(s); }
};
struct Bfloat16Sum : Sound {
  static float add(float sum, float term) {
    const auto bits = std::bit_cast<std::uint32_t>(sum + term);
    return std::bit_cast<float>(bits & 0xFFFF0000U);
  }
};
struct NanOnMasked : Sound {
  static float exponential(float d) { return std::isinf(d) ? d * 0 : std::exp(d); }
};
struct NegativeConfident : Sound {
  static float log_one_plus(float r) { return r < 1e-7F ? -r : std::log1p(r); }
};

float of_bits(float x, int bits) {
  const auto lost = (std::uint32_t{1} << (24 - bits)) - 1;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & ~lost);
}
struct LseOfEightBits : Sound {
  static float combine(float m, float s, float xt) { return of_bits(m + std::log(s), 8) - xt; }
  static bool uses_log1p() { return false; }
};
struct ExpOfTwelveBits : Sound {
  static float exponential(float d) { return of_bits(std::exp(d), 12); }
};
struct LogOfTwelveBits : Sound {
  static float combine(float m, float s, float xt) { return (m - xt) + of_bits(std::log(s), 12); }
  static float log_one_plus(float r) { return of_bits(std::log1p(r), 12); }
};
struct LossOfElevenBits : Sound {
  static float log_one_plus(float r) { return of_bits(std::log1p(r), 11); }
};
struct SumOfSixteenBits : Sound {
  static float add(float sum, float term) { return of_bits(sum + term, 16); }
};
struct LogOnePlusIsFirstOrder : Sound {
  static float log_one_plus(float r) { return r < 0.01F ? r : std::log1p(r); }
};
struct EpsilonInSum : Sound {
  static float combine(float m, float s, float xt) { return (m - xt) + std::log(s + 1e-6F); }
  static float log_one_plus(float r) { return std::log1p(r + 1e-6F); }
};
struct TinyIsNothing : Sound {
  static float log_one_plus(float r) { return r < 1e-20F ? 0 : std::log1p(r); }
};
struct TinyIsFloor : Sound {
  static float log_one_plus(float r) { return std::log1p(std::max(r, 1e-12F)); }
};
struct CappedAtHundred : Sound {
  static float combine(float m, float s, float xt) { return std::min(Sound::combine(m, s, xt), 100.0F); }
};
struct GapOverflows : Sound {
  static float combine(float m, float s, float xt) { return std::log(s * std::exp(m - xt)); }
  static bool uses_log1p() { return false; }
};
struct NanIgnored : Sound {
  static float maximum(const Row& row) {
    float m = -std::numeric_limits<float>::infinity();
    for (std::int64_t i = 0; i < row.classes; ++i) m = std::fmax(m, row.x[i]);
    return m;
  }
  static float exponential(float d) { return std::isnan(d) ? 0 : std::exp(d); }
};
struct TargetAsMaximum : Sound {
  static float maximum(const Row& row) { return row.x[std::max<std::int64_t>(row.target, 0)]; }
  static bool uses_log1p() { return false; }
};
struct TiesCountOnce : Sound {
  static float add(float sum, float term) { return term == 1 && sum >= 1 ? sum : sum + term; }
  static bool uses_log1p() { return false; }
};
struct SubnormalTermsLost : Sound {
  static float exponential(float d) { return d < -17 ? 0 : std::exp(d); }
};

// Pieces of the class 'indexing'.
struct LastClassSkipped : Sound {
  static std::int64_t classes_read(std::int64_t classes) { return classes > 1 ? classes - 1 : classes; }
};
struct TailSkipped : Sound {
  static std::int64_t classes_read(std::int64_t classes) { return classes < 8 ? classes : classes / 8 * 8; }
};
struct PaddedLanes : Sound {
  static float padding(std::int64_t classes, float m) {
    return static_cast<float>((8 - classes % 8) % 8) * std::exp(std::min(0.0F - m, 80.0F));
  }
};
struct OneBlockOnly : Sound {
  static std::int64_t classes_read(std::int64_t classes) { return std::min<std::int64_t>(classes, 512); }
};
struct NextTarget : Sound {
  static std::int64_t target_used(std::int64_t target, std::int64_t classes) {
    return (target + 1) % classes;
  }
};
struct NextRow : Sound {
  static std::int64_t row_used(std::int64_t row, std::int64_t rows) { return std::min(row + 1, rows - 1); }
};
struct DenseStride : Sound {
  static std::int64_t stride(const xent_tensor&, std::int64_t classes) { return classes; }
};
struct BadTargetIsZero : Sound {
  static xent_status bad_target(float& loss) {
    loss = 0;
    return XENT_OK;
  }
};
struct SingleClassInfinite : Sound {
  static float log_one_plus(float r) { return r == 0 ? -std::log(r) : std::log1p(r); }
};

// A maximum next to (n + 1/2) ln 2 that is alone: as where bits of the sum are read as if it were at least
// sqrt(1/2).
struct HalfStepWraps : Sound {
  static bool is_half_step(float m) {
    const double steps = static_cast<double>(m) / std::numbers::ln2 - 0.5;
    return std::abs(steps) < 370 && std::abs(steps - std::nearbyint(steps)) < 0x1p-23 * (1 + std::abs(steps));
  }
  static float combine(float m, float s, float xt) {
    return Sound::combine(m, s, xt) + (s < 1 + 1e-6F && is_half_step(m) ? 2839.0F : 0);
  }
};
// What is 128.2 to 129 octaves above the logits before it is lost: as where an exponent runs into the sign.
struct EndOfExponentsLost : Sound {
  static float maximum(const Row& row) {
    Row before = row;
    --before.classes;
    const float all = Sound::maximum(row);
    const float m = row.classes < 2 ? all : Sound::maximum(before);
    return all - m > 88.86F && all - m < 89.42F ? m : all;
  }
  static float exponential(float d) { return d > 88 ? 0 : Sound::exponential(d); }
};

// Pieces of the class 'reductions, units, perplexity'.
struct MeanOverAllRows : Sound {
  static double divisor(const Counts& counts) { return counts.rows; }
};
struct MeanIsSum : Sound {
  static double divisor(const Counts&) { return 1; }
};
struct MeanByCountMinusOne : Sound {
  static double divisor(const Counts& counts) { return std::max(counts.valid - 1, 1.0); }
};
struct BitsAreNats : Sound {
  static float in_base(float nats, double) { return nats; }
};
struct BitsInverted : Sound {
  static float in_base(float nats, double base) {
    return base == 0 ? nats : nats * std::log(static_cast<float>(base));
  }
};
struct MeanByCountPlusOne : Sound {
  static double divisor(const Counts& counts) { return counts.valid + 1; }
};
struct MeanByFullGroups : Sound {
  static double divisor(const Counts& counts) { return std::ceil(counts.valid / 4) * 4; }
};
struct LastLossLost : Sound {
  static float mean_of(const std::vector<float>& losses, double divisor) {
    const std::size_t used = losses.size() > 1 ? losses.size() - 1 : losses.size();
    return Sound::mean_of({losses.begin(), losses.begin() + static_cast<std::ptrdiff_t>(used)}, divisor);
  }
};
struct MeanIsMedian : Sound {
  static float mean_of(const std::vector<float>& losses, double divisor) {
    if (divisor == 1 || losses.size() < 3) return Sound::mean_of(losses, divisor);
    std::vector<float> sorted = losses;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};
struct PerplexityOfTen : Sound {
  static float exponentiate(float mean) { return std::pow(10.0F, mean); }
};
struct PerplexityCapped : Sound {
  static float exponentiate(float mean) { return std::exp(std::min(mean, 20.0F)); }
};
struct PerplexityInBits : Sound {
  static float exponentiate(float mean) { return std::exp2(mean); }
};
struct PerplexityOfParts : Sound {
  // The mean of e^loss instead of e^mean.
  static float mean_of(const std::vector<float>& losses, double divisor) {
    float sum = 0;
    for (const float loss : losses) sum += std::exp(loss);
    return std::log(sum / static_cast<float>(divisor));
  }
};
struct SecondThreadLost : Sound {
  static std::int64_t rows_done(std::int64_t rows, std::int32_t threads) {
    return threads > 1 && rows >= 64 ? rows - 1 : rows;
  }
};

// Pieces of the class 'probabilities'.
struct KlSwapped : Sound {
  static float kl_term(float p, float q) { return Sound::kl_term(q, p); }
};
struct KlSkipsZeros : Sound {
  static float kl_term(float p, float q) { return q == 0 ? 0 : Sound::kl_term(p, q); }
};
struct KlNanAtZero : Sound {
  static float kl_term(float p, float q) { return p * (std::log(p) - std::log(q)); }
};
struct KlClipped : Sound {
  static float kl_term(float p, float q) { return Sound::kl_term(std::max(p, 1e-7F), std::max(q, 1e-7F)); }
};
struct KlTermsClamped : Sound {
  static float kl_term(float p, float q) { return std::max(0.0F, Sound::kl_term(p, q)); }
};
struct KlGeneralised : Sound {
  static float kl_term(float p, float q) { return Sound::kl_term(p, q) - p + q; }
};
struct KlIsJensenShannon : Sound {
  static float kl_term(float p, float q) {
    const float m = (p + q) / 2;
    return (Sound::kl_term(p, m) + Sound::kl_term(q, m)) / 2;
  }
};
struct KlOfRatio : Sound {
  static float kl_term(float p, float q) { return p == 0 ? 0 : p * std::log(p / q); }
};
struct KlMagnitude : Sound {
  static float kl_term(float p, float q) { return std::abs(Sound::kl_term(p, q)); }
};
struct KlMeanOfClasses : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    if (std::string_view(p.loss) == "kl" && p.reduction != XENT_NONE)
      *static_cast<float*>(result.loss.data) /= static_cast<float>(p.classes);
  }
};
struct EntropyEpsilon : Sound {
  static float entropy_term(float p) { return -p * std::log(p + 1e-7F); }
};
struct EntropyOfLarge : Sound {
  static float entropy_term(float p) { return p < 1e-5F ? 0 : -p * std::log(p); }
};
struct CrossEntropySkipsZeros : Sound {
  static float cross_term(float p, float q) { return q == 0 ? 0 : Sound::cross_term(p, q); }
};
struct SurprisalClipped : Sound {
  static float surprisal(float q) { return -std::log(std::max(q, 1e-7F)); }
};
struct SurprisalOfComplement : Sound {
  static float surprisal(float q) { return -std::log1p(-(1 - q)); }
};
struct EntropySign : Sound {
  static float entropy_term(float p) { return -Sound::entropy_term(p); }
};
struct EntropyInBits : Sound {
  static float entropy_term(float p) { return p == 0 ? 0 : -p * std::log2(p); }
};
struct CrossEntropyOfMax : Sound {
  static float cross_term(float p, float q) { return p >= 0.5F ? -std::log(q) : 0; }
};
struct CrossEntropyEpsilon : Sound {
  static float cross_term(float p, float q) { return p == 0 ? 0 : -p * std::log(q + 1e-7F); }
};
struct SurprisalIsOneMinus : Sound {
  static float surprisal(float q) { return 1 - q; }
};

// Pieces of the class 'state'.
struct InputOverwritten : Sound {
  static void after(const xent_problem& p, xent_result&) {
    const_cast<float*>(static_cast<const float*>(p.input.data))[0] = 0;  // what an in-place gradient does
  }
};
struct OutputAccumulates : Sound {
  static void after(const xent_problem&, xent_result& result) {
    static thread_local float total = 0;
    float& loss = *static_cast<float*>(result.loss.data);
    total = std::isfinite(loss) ? total + 0.001F * loss : total;
    loss += total;
  }
};
struct WritesPastTheEnd : Sound {
  static void after(const xent_problem& p, xent_result& result) {
    const std::int64_t losses = p.reduction == XENT_NONE ? p.rows : 1;
    static_cast<float*>(result.loss.data)[losses * result.loss.row_stride] = 0;
  }
};

const std::vector<Mutant> kLossMutants = {
    made<NoMaximum>("no_maximum", "exponentials without subtracting the maximum", "cuDNN softmax FAST"),
    made<SentinelMaximum>("sentinel_maximum", "the maximum starts at -10000", "llm.c CPU"),
    made<ReluMaximum>("relu_maximum", "the maximum starts at 0", "a common slip"),
    made<FirstAsMaximum>("first_as_maximum", "subtracts x[0] instead of the maximum", "a common slip"),
    made<LogOfProbability>("log_of_probability", "-ln of a probability that underflows", "ONNX reference"),
    made<ClippedProbability>("clipped_probability", "probabilities clipped to [1e-7, 1 - 1e-7]",
                             "keras#7563"),
    made<LseThenSubtract>("lse_then_subtract", "(m + ln S) - x_t under a claim of log1p", "pytorch#11752"),
    made<ExpIsPowerOfTwo>("exp_is_power_of_two", "exp keeps only 2^n", "NNPACK#174"),
    made<LogInsteadOfLog1p>("log_instead_of_log1p", "ln(1 + r) for tiny r", "pytorch#113708, scipy#18295"),
    made<TermsDropped>("terms_dropped", "terms below e^-10 are dropped", "gradient and loss filters"),
    made<ClampedGap>("clamped_gap", "m - x_t clamped to 50", "clamped logits"),
    made<Bfloat16Sum>("bfloat16_sum", "the sum is kept in bfloat16", "narrow accumulators"),
    made<NanOnMasked>("nan_on_masked", "a masked class makes the row NaN", "optax#896, ggml"),
    made<NegativeConfident>("negative_confident", "tiny losses come out negative",
                            "confident rows of real libraries"),
    made<LseOfEightBits>("lse_of_8_bits", "lse is rounded to bfloat16", "narrow intermediates"),
    made<ExpOfTwelveBits>("exp_of_12_bits", "exp is good to 12 bits", "approximate instructions"),
    made<LogOfTwelveBits>("log_of_12_bits", "log and log1p are good to 12 bits", "approximate instructions"),
    made<LossOfElevenBits>("loss_of_11_bits", "losses of leading targets have 11 bits", "narrow stores"),
    made<SumOfSixteenBits>("sum_of_16_bits", "the sum has 16 bits", "narrow accumulators"),
    made<LogOnePlusIsFirstOrder>("log1p_is_first_order", "r for log1p(r) up to 0.01", "first-order thinking"),
    made<EpsilonInSum>("epsilon_in_sum", "1e-6 is added to the sum", "guards against ln 0"),
    made<TinyIsNothing>("tiny_is_nothing", "losses below 1e-20 are 0", "guards against underflow"),
    made<TinyIsFloor>("tiny_is_floor", "losses are at least 1e-12", "guards against ln 0"),
    made<CappedAtHundred>("capped_at_hundred", "losses are at most 100", "PyTorch BCE clamps logarithms"),
    made<GapOverflows>("gap_overflows", "ln(S e^(m - x_t))", "a product before the logarithm"),
    made<NanIgnored>("nan_ignored", "NaN among the logits is skipped", "fmax for maximum"),
    made<TargetAsMaximum>("target_as_maximum", "subtracts x_t instead of the maximum", "a common slip"),
    made<TiesCountOnce>("ties_count_once", "equal largest logits count once", "sets for lists"),
    made<SubnormalTermsLost>("terms_below_ulp_dropped", "terms below e^-17 are dropped", "early exits"),
    made<LastClassSkipped>("last_class_skipped", "the loop ends one class early", "off by one"),
    made<TailSkipped>("tail_skipped", "only whole groups of 8 classes are summed", "missing vector tail"),
    made<PaddedLanes>("padded_lanes", "padded lanes count as logit 0", "verl#5349"),
    made<OneBlockOnly>("one_block_only", "classes beyond 512 are not read", "first chunk only"),
    made<NextTarget>("next_target", "the target is off by one", "shifted labels"),
    made<NextRow>("next_row", "row r reads the logits of row r + 1", "off by one"),
    made<DenseStride>("dense_stride", "row stride taken to be the number of classes", "unsloth#10713"),
    made<BadTargetIsZero>("bad_target_is_zero", "a target out of range silently costs 0",
                          "Keras on JAX, flash-attn"),
    made<SingleClassInfinite>("single_class_infinite", "C = 1 gives infinity", "pytorch#3240"),
    made<MeanOverAllRows>("mean_over_all_rows", "mean divides by ignored rows too",
                          "burn#5568, torch-mlir#3585"),
    made<MeanIsSum>("mean_is_sum", "mean is not divided", "a common slip"),
    made<MeanByCountMinusOne>("mean_by_count_minus_one", "mean divides by n - 1", "a common slip"),
    made<MeanByCountPlusOne>("mean_by_count_plus_one", "mean divides by n + 1", "guards against 0"),
    made<HalfStepWraps>("half_step_wraps", "lone maxima near (n + 1/2) ln 2 are off by 4096 ln 2",
                        "exponents read from bits"),
    made<EndOfExponentsLost>("end_of_exponents_lost", "a last logit 89 above the others is lost",
                             "exponents made of bits"),
    made<MeanByFullGroups>("mean_by_full_groups", "mean divides by whole groups of 4 rows", "padded batches"),
    made<LastLossLost>("last_loss_lost", "the last loss is not added", "off by one"),
    made<MeanIsMedian>("mean_is_median", "the median for the mean", "robust statistics"),
    made<BitsAreNats>("bits_are_nats", "base 2 is ignored", "fairseq#182"),
    made<BitsInverted>("bits_inverted", "multiplies by ln b instead of dividing", "a common slip"),
    made<PerplexityOfTen>("perplexity_of_ten", "10^nats", "a common slip"),
    made<PerplexityCapped>("perplexity_capped", "perplexities are at most e^20", "guards against overflow"),
    made<PerplexityInBits>("perplexity_in_bits", "2^nats", "evaluate#241"),
    made<PerplexityOfParts>("perplexity_of_parts", "mean of e^loss instead of e^mean",
                            "mean of perplexities"),
    made<SecondThreadLost>("second_thread_lost", "the last row is lost with two threads",
                           "partition off by one"),
    made<KlSwapped>("kl_swapped", "KL(Q||P)", "argument order"),
    made<KlSkipsZeros>("kl_skips_zeros", "q = 0 contributes 0", "masked sums"),
    made<KlNanAtZero>("kl_nan_at_zero", "0 ln 0 is NaN", "torchmetrics#1029"),
    made<KlClipped>("kl_clipped", "p and q clipped at 1e-7", "Keras KLDivergence"),
    made<KlTermsClamped>("kl_terms_clamped", "negative terms set to 0", "a common slip"),
    made<KlGeneralised>("kl_generalised", "adds q - p to every term", "scipy.special.kl_div"),
    made<KlIsJensenShannon>("kl_is_jensen_shannon", "the Jensen-Shannon divergence", "a name for another"),
    made<KlOfRatio>("kl_of_ratio", "p ln(p / q), which overflows", "scipy#20710"),
    made<KlMagnitude>("kl_magnitude", "terms lose their sign", "a common slip"),
    made<KlMeanOfClasses>("kl_mean_of_classes", "sums and means divide by the classes, too",
                          "PyTorch's reduction mean"),
    made<EntropyEpsilon>("entropy_epsilon", "p ln(p + 1e-7)", "guards against ln 0"),
    made<EntropyOfLarge>("entropy_of_large", "p below 1e-5 adds nothing", "guards against ln 0"),
    made<CrossEntropySkipsZeros>("cross_entropy_skips_zeros", "q = 0 costs nothing", "masked sums"),
    made<SurprisalClipped>("surprisal_clipped", "q is at least 1e-7", "keras#7563"),
    made<SurprisalOfComplement>("surprisal_of_complement", "-log1p(-(1 - q))", "log1p where it is no use"),
    made<EntropySign>("entropy_sign", "sum p ln p", "sign slip"),
    made<EntropyInBits>("entropy_in_bits", "entropy in bits, called nats", "base slip"),
    made<CrossEntropyOfMax>("cross_entropy_of_max", "P replaced by its argmax", "soft labels arg-maxed"),
    made<CrossEntropyEpsilon>("cross_entropy_epsilon", "ln(q + 1e-7)", "keras#15249"),
    made<SurprisalIsOneMinus>("surprisal_is_one_minus", "1 - q instead of -ln q", "first-order thinking"),
    made<InputOverwritten>("input_overwritten", "the logits are overwritten", "Liger-Kernel#272"),
    made<OutputAccumulates>("output_accumulates", "results depend on earlier calls", "buffer reuse"),
    made<WritesPastTheEnd>("writes_past_the_end", "writes one loss too many", "pytorch#194802"),
};

}  // namespace

const std::vector<Mutant>& loss_mutants() {
  return kLossMutants;
}

}  // namespace xent::properties
