#include "properties/mutants.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

constexpr std::uint32_t kFloat = XENT_BIT(XENT_BINARY32);
constexpr std::uint32_t kIndices = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64);
constexpr std::uint32_t kReductions = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN);
constexpr std::uint32_t kNone = XENT_BIT(XENT_NONE);
constexpr std::uint32_t kMean = XENT_BIT(XENT_MEAN);
// Everything but class strides; where a loss has no use for an option, nobody asks for it.
constexpr std::uint32_t kOptions =
    (XENT_BIT(XENT_OPTION_HARD_TARGETS + 1) - 1) & ~XENT_BIT(XENT_OPTION_CLASS_STRIDE);
constexpr std::uint32_t kLogits = XENT_BIT(XENT_LOGITS);
constexpr std::uint32_t kProbabilities = XENT_BIT(XENT_PROBABILITIES);

std::vector<xent_claim> claims_of(const char* grade, xent_summation summation) {
  constexpr std::uint32_t kGuarantees =
      XENT_BIT(XENT_SAME_BITS_FOR_ANY_THREADS) | XENT_BIT(XENT_SAME_BITS_FOR_ANY_BATCH);
  const auto claim = [&](const char* loss, std::uint32_t spaces, std::uint32_t targets, std::uint32_t grads,
                         std::uint32_t reductions) {
    return xent_claim{loss,     spaces,      kFloat, targets,   kFloat,        grads, reductions,
                      kOptions, kGuarantees, grade,  summation, XENT_BINARY32, 0,     0};
  };
  return {claim("softmax_cross_entropy", kLogits, kIndices | kFloat, kFloat, kReductions),
          claim("log_sum_exp", kLogits, 0, kFloat, kReductions),
          claim("softmax", kLogits, 0, 0, kNone),
          claim("log_softmax", kLogits, 0, 0, kNone),
          claim("entropy", kProbabilities, 0, kFloat, kReductions),
          claim("cross_entropy", kProbabilities, kFloat, kFloat, kReductions),
          claim("kl", kProbabilities, kFloat, kFloat, kReductions),
          claim("nll", kProbabilities, kIndices, kFloat, kReductions),
          claim("sequence", kLogits | kProbabilities, kIndices, kFloat, kMean),
          claim("perplexity", kLogits | kProbabilities, kIndices, kFloat, kMean)};
}

}  // namespace

std::span<const xent_claim> sound_claims(const char* grade, xent_summation summation) {
  static const auto kClaims = [] {
    std::map<std::pair<std::string, xent_summation>, std::vector<xent_claim>> claims;
    for (const char* known : {"log1p", "shifted", "lse", "online", "probability"}) {
      for (const xent_summation sum : {XENT_SEQUENTIAL, XENT_PAIRWISE, XENT_COMPENSATED})
        claims[{known, sum}] = claims_of(known, sum);
    }
    return claims;
  }();
  return kClaims.at({grade, summation});
}

std::span<const Mutant> mutants() {
  static const std::vector<Mutant> kAll = [] {
    std::vector<Mutant> all;
    for (const auto* table : {&loss_mutants(), &option_mutants(), &gradient_mutants(), &narrow_mutants(),
                              &question_mutants(), &size_mutants(), &state_mutants()})
      all.insert(all.end(), table->begin(), table->end());
    return all;
  }();
  return kAll;
}

const Mutant* find_mutant(std::string_view id) {
  const auto all = mutants();
  const auto found = std::find_if(all.begin(), all.end(), [id](const Mutant& m) { return m.id == id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace xent::properties
