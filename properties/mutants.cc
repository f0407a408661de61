#include "properties/mutants.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "properties/sound.h"

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

// Pieces of the class 'reductions, units, perplexity'.
struct MeanOverAllRows : Sound {
  static double divisor(std::int64_t, std::int64_t rows) { return static_cast<double>(rows); }
};
struct MeanIsSum : Sound {
  static double divisor(std::int64_t, std::int64_t) { return 1; }
};
struct MeanByCountMinusOne : Sound {
  static double divisor(std::int64_t valid, std::int64_t) {
    return static_cast<double>(std::max<std::int64_t>(valid - 1, 1));
  }
};
struct BitsAreNats : Sound {
  static float in_base(float nats, double) { return nats; }
};
struct BitsInverted : Sound {
  static float in_base(float nats, double base) {
    return base == 0 ? nats : nats * std::log(static_cast<float>(base));
  }
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

constexpr std::uint32_t kFloat = XENT_BIT(XENT_BINARY32);
constexpr std::uint32_t kIndices = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64);
constexpr std::uint32_t kReductions = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN);
constexpr std::uint32_t kOptions =
    XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_BASE) | XENT_BIT(XENT_OPTION_IGNORE_INDEX);

constexpr xent_claim claim(const char* loss, std::uint32_t spaces, std::uint32_t targets,
                           std::uint32_t reductions, const char* grade) {
  return {loss,
          spaces,
          kFloat,
          targets,
          kFloat,
          0,
          reductions,
          kOptions,
          XENT_BIT(XENT_SAME_BITS_FOR_ANY_THREADS),
          grade,
          XENT_SEQUENTIAL,
          XENT_BINARY32,
          0,
          0};
}

constexpr std::uint32_t kLogits = XENT_BIT(XENT_LOGITS);
constexpr std::uint32_t kProbabilities = XENT_BIT(XENT_PROBABILITIES);
constexpr std::uint32_t kMean = XENT_BIT(XENT_MEAN);

constexpr std::array kClaims = {
    claim("softmax_cross_entropy", kLogits, kIndices, kReductions, "log1p"),
    claim("entropy", kProbabilities, 0, kReductions, "shifted"),
    claim("cross_entropy", kProbabilities, kFloat, kReductions, "shifted"),
    claim("kl", kProbabilities, kFloat, kReductions, "shifted"),
    claim("nll", kProbabilities, kIndices, kReductions, "shifted"),
    claim("sequence", kProbabilities, kIndices, kMean, "shifted"),
    claim("perplexity", kProbabilities, kIndices, kMean, "shifted"),
};

template <typename M>
const xent_implementation* made_of(const char* name) {
  static const xent_implementation implementation = {
      XENT_ABI_VERSION,  static_cast<std::uint32_t>(kClaims.size()), name, "1", kClaims.data(), {},
      Engine<M>::compute};
  return &implementation;
}

template <typename M>
Mutant mutant(const char* id, const char* what, const char* seen) {
  return {id, what, seen, made_of<M>(id)};
}

const std::array kMutants = {
    mutant<NoMaximum>("no_maximum", "exponentials without subtracting the maximum", "cuDNN softmax FAST"),
    mutant<SentinelMaximum>("sentinel_maximum", "the maximum starts at -10000", "llm.c CPU"),
    mutant<ReluMaximum>("relu_maximum", "the maximum starts at 0", "a common slip"),
    mutant<FirstAsMaximum>("first_as_maximum", "subtracts x[0] instead of the maximum", "a common slip"),
    mutant<LogOfProbability>("log_of_probability", "-ln of a probability that underflows", "ONNX reference"),
    mutant<ClippedProbability>("clipped_probability", "probabilities clipped to [1e-7, 1 - 1e-7]",
                               "keras#7563"),
    mutant<LseThenSubtract>("lse_then_subtract", "(m + ln S) - x_t under a claim of log1p", "pytorch#11752"),
    mutant<ExpIsPowerOfTwo>("exp_is_power_of_two", "exp keeps only 2^n", "NNPACK#174"),
    mutant<LogInsteadOfLog1p>("log_instead_of_log1p", "ln(1 + r) for tiny r", "pytorch#113708, scipy#18295"),
    mutant<TermsDropped>("terms_dropped", "terms below e^-10 are dropped", "gradient and loss filters"),
    mutant<ClampedGap>("clamped_gap", "m - x_t clamped to 50", "clamped logits"),
    mutant<Bfloat16Sum>("bfloat16_sum", "the sum is kept in bfloat16", "narrow accumulators"),
    mutant<NanOnMasked>("nan_on_masked", "a masked class makes the row NaN", "optax#896, ggml"),
    mutant<NegativeConfident>("negative_confident", "tiny losses come out negative",
                              "confident rows of real libraries"),
    mutant<LastClassSkipped>("last_class_skipped", "the loop ends one class early", "off by one"),
    mutant<TailSkipped>("tail_skipped", "only whole groups of 8 classes are summed", "missing vector tail"),
    mutant<PaddedLanes>("padded_lanes", "padded lanes count as logit 0", "verl#5349"),
    mutant<OneBlockOnly>("one_block_only", "classes beyond 512 are not read", "first chunk only"),
    mutant<NextTarget>("next_target", "the target is off by one", "shifted labels"),
    mutant<NextRow>("next_row", "row r reads the logits of row r + 1", "off by one"),
    mutant<DenseStride>("dense_stride", "row stride taken to be the number of classes", "unsloth#10713"),
    mutant<BadTargetIsZero>("bad_target_is_zero", "a target out of range silently costs 0",
                            "Keras on JAX, flash-attn"),
    mutant<SingleClassInfinite>("single_class_infinite", "C = 1 gives infinity", "pytorch#3240"),
    mutant<MeanOverAllRows>("mean_over_all_rows", "mean divides by ignored rows too",
                            "burn#5568, torch-mlir#3585"),
    mutant<MeanIsSum>("mean_is_sum", "mean is not divided", "a common slip"),
    mutant<MeanByCountMinusOne>("mean_by_count_minus_one", "mean divides by n - 1", "a common slip"),
    mutant<BitsAreNats>("bits_are_nats", "base 2 is ignored", "fairseq#182"),
    mutant<BitsInverted>("bits_inverted", "multiplies by ln b instead of dividing", "a common slip"),
    mutant<PerplexityInBits>("perplexity_in_bits", "2^nats", "evaluate#241"),
    mutant<PerplexityOfParts>("perplexity_of_parts", "mean of e^loss instead of e^mean",
                              "mean of perplexities"),
    mutant<SecondThreadLost>("second_thread_lost", "the last row is lost with two threads",
                             "partition off by one"),
    mutant<KlSwapped>("kl_swapped", "KL(Q||P)", "argument order"),
    mutant<KlSkipsZeros>("kl_skips_zeros", "q = 0 contributes 0", "masked sums"),
    mutant<KlNanAtZero>("kl_nan_at_zero", "0 ln 0 is NaN", "torchmetrics#1029"),
    mutant<KlClipped>("kl_clipped", "p and q clipped at 1e-7", "Keras KLDivergence"),
    mutant<KlTermsClamped>("kl_terms_clamped", "negative terms set to 0", "a common slip"),
    mutant<KlGeneralised>("kl_generalised", "adds q - p to every term", "scipy.special.kl_div"),
    mutant<EntropySign>("entropy_sign", "sum p ln p", "sign slip"),
    mutant<EntropyInBits>("entropy_in_bits", "entropy in bits, called nats", "base slip"),
    mutant<CrossEntropyOfMax>("cross_entropy_of_max", "P replaced by its argmax", "soft labels arg-maxed"),
    mutant<CrossEntropyEpsilon>("cross_entropy_epsilon", "ln(q + 1e-7)", "keras#15249"),
    mutant<SurprisalIsOneMinus>("surprisal_is_one_minus", "1 - q instead of -ln q", "first-order thinking"),
    mutant<InputOverwritten>("input_overwritten", "the logits are overwritten", "Liger-Kernel#272"),
    mutant<OutputAccumulates>("output_accumulates", "results depend on earlier calls", "buffer reuse"),
    mutant<WritesPastTheEnd>("writes_past_the_end", "writes one loss too many", "pytorch#194802"),
};

}  // namespace

std::span<const Mutant> mutants() {
  return kMutants;
}

const Mutant* find_mutant(std::string_view id) {
  const auto found =
      std::find_if(kMutants.begin(), kMutants.end(), [id](const Mutant& m) { return m.id == id; });
  return found == kMutants.end() ? nullptr : &*found;
}

const xent_implementation* sound_implementation() {
  return made_of<Sound>("sound");
}

}  // namespace xent::properties
