// The implementation "xent-stable": textbook code with the maximum subtracted.
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "fast/implementations.h"
#include "fast/plain.h"
#include "fast/probabilities.h"

namespace xent::fast {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float maximum(const Row& row) {
  float m = -kInfinity;
  for (int64_t i = 0; i < row.classes; ++i)
    m = std::max(m, row.input(i));  // ignores NaN, which the sum does not
  return m;
}

// S = sum e^(x - m). NaN for a NaN or +inf logit, and for a row that is all -inf.
float sum_exp(const Row& row, float m) {
  float sum = 0;
  for (int64_t i = 0; i < row.classes; ++i) sum += std::exp(row.input(i) - m);
  return sum;
}

// lse sum y - sum y x = sum y ((m - x) + ln S); y = 0 hides a masked class, but not a NaN.
float soft_softmax_cross_entropy(const Row& row) {
  const float m = maximum(row);
  const float log_sum = std::log(sum_exp(row, m));
  float sum = 0 * log_sum;
  for (int64_t i = 0; i < row.classes; ++i) {
    const float y = row.target_prob(i);
    if (y != 0) sum += y * ((m - row.input(i)) + log_sum);
  }
  return sum;
}

// lse - x_t = (m - x_t) + ln S.
float softmax_cross_entropy(const Row& row) {
  if (row.has_target_probs()) return soft_softmax_cross_entropy(row);
  const float m = maximum(row);
  return (m - row.input(row.target)) + std::log(sum_exp(row, m));
}

// lse = m + ln S.
float log_sum_exp(const Row& row) {
  const float m = maximum(row);
  if (m == -kInfinity) {
    for (int64_t i = 0; i < row.classes; ++i) {
      if (std::isnan(row.input(i))) return row.input(i);
    }
    return m;
  }
  return m + std::log(sum_exp(row, m));
}

// KL divergence: sum p (ln p - ln q), which neither over- nor underflows where p / q does.
float kl(const Row& row) {
  float sum = 0;
  for (int64_t i = 0; i < row.classes; ++i) {
    const float p = row.target_prob(i);
    const float q = row.input(i);
    if (p != 0 || std::isnan(q)) sum += p * (std::log(p) - std::log(q));
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
  return compute_plain(*stable_implementation(), kLosses, problem, result);
}

}  // namespace

const xent_implementation* stable_implementation() {
  static const auto kClaims = [] {
    std::array<xent_claim, std::size(kLosses)> claims;
    std::transform(std::begin(kLosses), std::end(kLosses), claims.begin(),
                   [](const PlainLoss& loss) { return plain_claim(loss, "shifted"); });
    return claims;
  }();
  static const xent_implementation kImplementation = {.abi_version = XENT_ABI_VERSION,
                                                      .claim_count = kClaims.size(),
                                                      .name = "xent-stable",
                                                      .version = "0.1.0",
                                                      .claims = kClaims.data(),
                                                      .conventions = {},
                                                      .compute = compute};
  return &kImplementation;
}

}  // namespace xent::fast
