// The implementation "xent-naive": textbook formulas taken literally, no maximum subtracted.
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "fast/implementations.h"
#include "fast/plain.h"
#include "fast/probabilities.h"

namespace xent::fast {
namespace {

// lse = ln sum e^x. Overflows to +inf from x = 88.8, and is -inf where every e^x underflows.
float log_sum_exp(const Row& row) {
  float sum = 0;
  for (int64_t i = 0; i < row.classes; ++i) sum += std::exp(row.input(i));
  return std::log(sum);
}

// lse - x_t, or lse sum y - sum y x.
float softmax_cross_entropy(const Row& row) {
  const float lse = log_sum_exp(row);
  if (!row.has_target_probs()) return lse - row.input(row.target);
  float mass = 0;
  float sum = 0;
  for (int64_t i = 0; i < row.classes; ++i) {
    const float y = row.target_prob(i);
    mass += y;
    if (y != 0) sum += y * row.input(i);
  }
  return lse * mass - sum;
}

// KL divergence: sum p ln(p / q). The quotient over- and underflows, and is rounded where p and q are close.
float kl(const Row& row) {
  float sum = 0;
  for (int64_t i = 0; i < row.classes; ++i) {
    const float p = row.target_prob(i);
    const float q = row.input(i);
    if (p != 0 || std::isnan(q)) sum += p * std::log(p / q);
  }
  return sum;
}

constexpr PlainLoss kLosses[] = {
    {.loss = "entropy", .from_logits = nullptr, .from_probabilities = entropy},
    {.loss = "cross_entropy", .from_logits = nullptr, .from_probabilities = cross_entropy},
    {.loss = "kl", .from_logits = nullptr, .from_probabilities = kl},
    {.loss = "nll", .from_logits = nullptr, .from_probabilities = nll},
    {.loss = "softmax_cross_entropy", .from_logits = softmax_cross_entropy, .from_probabilities = nullptr},
    {.loss = "log_sum_exp", .from_logits = log_sum_exp, .from_probabilities = nullptr},
    {.loss = "sequence", .from_logits = softmax_cross_entropy, .from_probabilities = nll},
    {.loss = "perplexity", .from_logits = softmax_cross_entropy, .from_probabilities = nll},
};

xent_status compute(const xent_problem* problem, xent_result* result) {
  return compute_plain(*naive_implementation(), kLosses, problem, result);
}

}  // namespace

const xent_implementation* naive_implementation() {
  static const auto kClaims = [] {
    std::array<xent_claim, std::size(kLosses)> claims;
    std::transform(std::begin(kLosses), std::end(kLosses), claims.begin(),
                   [](const PlainLoss& loss) { return plain_claim(loss, "lse"); });
    return claims;
  }();
  static const xent_implementation kImplementation = {.abi_version = XENT_ABI_VERSION,
                                                      .claim_count = kClaims.size(),
                                                      .name = "xent-naive",
                                                      .version = "0.1.0",
                                                      .claims = kClaims.data(),
                                                      .conventions = {},
                                                      .compute = compute};
  return &kImplementation;
}

}  // namespace xent::fast
