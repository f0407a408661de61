#include "properties/laws.h"

#include <algorithm>
#include <array>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties {
namespace {

bool every_claim(const xent_claim&, const xent_implementation&) {
  return true;
}
bool hard_labels(const xent_claim& claim, const xent_implementation&) {
  return has_logits_and_targets(claim);
}

// The bound of the declared grade; see bounds.h.
constexpr const char* kB = "B, the error bound of the declared grade";
constexpr const char* kTwoB = "2B, B for each of the two calls";

constexpr std::array<Law, 21> kLaws = {{
    {.id = "accuracy",
     .statement =
         "the computed value lies within the declared bound of the certified true value; infinities and NaN "
         "are where the conventions put them",
     .tolerance = kB,
     .source = "the contract's definitions; Blanchard, Higham & Higham 2021",
     .applies = every_claim,
     .generate = laws::generate_accuracy,
     .judge = laws::judge_accuracy,
     .smoke = 150,
     .standard = 1200},
    {.id = "nonnegativity",
     .statement = "l >= 0, H(P) >= 0, H(P, Q) >= 0 for probabilities <= 1",
     .tolerance = "exact; -B for soft labels from logits",
     .source = "-ln q >= 0 for q <= 1",
     .applies = laws::applies_nonnegativity,
     .generate = laws::generate_nonnegativity,
     .judge = laws::judge_nonnegativity},
    {.id = "gibbs",
     .statement = "KL(P||Q) = H(P, Q) - H(P); KL(P||P) = 0; H(P, Q) >= H(P) for normalised P, Q",
     .tolerance = "the bounds of the calls compared",
     .source = "Gibbs' inequality; Cover & Thomas 2006, theorem 2.6.3",
     .applies = laws::applies_gibbs,
     .generate = laws::generate_gibbs,
     .judge = laws::judge_gibbs},
    {.id = "one_hot",
     .statement = "H(one-hot, Q) = -ln q_t; soft one-hot labels give the hard label's loss",
     .tolerance = kTwoB,
     .source = "all other terms are 0 ln q = 0",
     .applies = laws::applies_one_hot,
     .generate = laws::generate_one_hot,
     .judge = laws::judge_one_hot},
    {.id = "sandwich",
     .statement = "max(0, m - x_t) <= l <= m - x_t + ln C",
     .tolerance = kB,
     .source = "e^m <= sum e^x <= C e^m",
     .applies = hard_labels,
     .generate = laws::generate_sandwich,
     .judge = laws::judge_sandwich},
    {.id = "shift_invariance",
     .statement = "l(x + c) = l(x) where x + c is exact",
     .tolerance =
         "bitwise for grades that start from differences (log1p, shifted, correctly_rounded), else 2B",
     .source = "sum e^(x_i + c - x_t - c) = sum e^(x_i - x_t)",
     .applies = hard_labels,
     .generate = laws::generate_shift_invariance,
     .judge = laws::judge_shift_invariance},
    {.id = "difference",
     .statement = "l_a - l_b = x_b - x_a",
     .tolerance = kTwoB,
     .source = "l_t = lse - x_t",
     .applies = hard_labels,
     .generate = laws::generate_difference,
     .judge = laws::judge_difference},
    {.id = "normalisation",
     .statement = "sum over t of e^(-l_t) = 1",
     .tolerance = "sum of e^(-l) (e^B - 1)",
     .source = "softmax sums to 1",
     .applies = hard_labels,
     .generate = laws::generate_normalisation,
     .judge = laws::judge_normalisation},
    {.id = "uniform",
     .statement = "C equal logits give ln C, for every C from 1 to 1100 and 2^k - 1, 2^k, 2^k + 1 up to 2^17",
     .tolerance = kB,
     .source = "lse = x + ln C",
     .applies = hard_labels,
     .generate = laws::generate_uniform,
     .judge = laws::judge_uniform,
     .smoke = 250,
     .standard = laws::kUniformSweep},
    {.id = "mask",
     .statement = "inserting classes of logit -inf, singly or as a leading block, changes nothing",
     .tolerance = kTwoB,
     .source = "e^-inf = 0",
     .applies = hard_labels,
     .generate = laws::generate_mask,
     .judge = laws::judge_mask},
    {.id = "single_class",
     .statement = "if only the target's logit is finite, the loss is 0",
     .tolerance = "exact",
     .source = "ln e^(x - x) = 0",
     .applies = hard_labels,
     .generate = laws::generate_single_class,
     .judge = laws::judge_single_class},
    {.id = "small_loss",
     .statement = "for t = argmax the loss keeps its relative accuracy, however small it is",
     .tolerance = "l (u D_r + c_e + s_C + c_l + 2u), the bound of log1p",
     .source = "l = log1p(sum over i != t of e^(x_i - x_t))",
     .applies = hard_labels,
     .generate = laws::generate_small_loss,
     .judge = laws::judge_small_loss,
     .smoke = 0,
     .standard = 0,
     .not_claimed = laws::not_claimed_small_loss},
    {.id = "big_gap",
     .statement = "x = (g, 0), e^-g below half an ulp of g: the loser's loss is g",
     .tolerance = "exact; K ulp for grades that count ulps",
     .source = "l = g + ln(1 + e^-g)",
     .applies = hard_labels,
     .generate = laws::generate_big_gap,
     .judge = laws::judge_big_gap},
    {.id = "units",
     .statement = "bits ln 2 = nats",
     .tolerance = "the bounds of both calls",
     .source = "log2 x = ln x / ln 2",
     .applies = laws::applies_units,
     .generate = laws::generate_units,
     .judge = laws::judge_units},
    {.id = "sequence_mean",
     .statement =
         "the mean is unchanged when the sequence is repeated, and n times it is -ln of the product of the "
         "probabilities, also where that underflows",
     .tolerance = "the bounds of the calls compared",
     .source = "the notes, section 4; ln of a product is the sum of the logarithms",
     .applies = laws::applies_sequence_mean,
     .generate = laws::generate_sequence_mean,
     .judge = laws::judge_sequence_mean},
    {.id = "likelihood_order",
     .statement = "the likelier target has the smaller loss",
     .tolerance = "exact where the likelihoods are further apart than 2B",
     .source = "the notes, section 6: -ln is decreasing",
     .applies = laws::applies_likelihood_order,
     .generate = laws::generate_likelihood_order,
     .judge = laws::judge_likelihood_order},
    {.id = "perplexity",
     .statement =
         "a uniform choice among V has perplexity V; the logarithm is the mean over tokens, however grouped",
     .tolerance = "ppl (B + c_e)",
     .source = "Jelinek et al. 1977",
     .applies = laws::applies_perplexity,
     .generate = laws::generate_perplexity,
     .judge = laws::judge_perplexity},
    {.id = "permutation",
     .statement = "the order of the classes does not matter",
     .tolerance = "2B; bitwise if declared",
     .source = "addition is commutative",
     .applies = every_claim,
     .generate = laws::generate_permutation,
     .judge = laws::judge_permutation},
    {.id = "layout",
     .statement = "padded, offset and misaligned rows give what contiguous ones give; padding is not touched",
     .tolerance = "2B; bitwise if declared",
     .source = "the contract: element (r, c) is data[r row_stride + c class_stride]",
     .applies = every_claim,
     .generate = laws::generate_layout,
     .judge = laws::judge_layout},
    {.id = "purity",
     .statement =
         "inputs unchanged, outputs fully written, the same call gives the same bits, with any number of "
         "threads if declared",
     .tolerance = "exact; 2B between thread counts if not declared",
     .source = "the contract",
     .applies = every_claim,
     .generate = laws::generate_purity,
     .judge = laws::judge_purity},
    {.id = "target_range",
     .statement = "a target outside [0, C) is answered as the declared convention says",
     .tolerance = "exact",
     .source = "the contract",
     .applies = laws::applies_target_range,
     .generate = laws::generate_target_range,
     .judge = laws::judge_target_range},
}};

}  // namespace

std::span<const Law> all_laws() {
  return kLaws;
}

const Law* find_law(std::string_view id) {
  const auto found = std::find_if(kLaws.begin(), kLaws.end(), [id](const Law& law) { return law.id == id; });
  return found == kLaws.end() ? nullptr : &*found;
}

}  // namespace xent::properties
