// The functions of every law. One law, one file; its row in the catalogue is in properties/laws.cc.
#ifndef XENT_PROPERTIES_LAWS_LAWS_H
#define XENT_PROPERTIES_LAWS_LAWS_H

#include "properties/law.h"

namespace xent::properties::laws {

// The sizes that `uniform` sweeps: 1 ... 1100 and 2^k - 1, 2^k, 2^k + 1 for k = 11 ... 17.
inline constexpr int kUniformSweep = 1100 + 3 * 7;

#define XENT_LAW(id)                                                                  \
  Trial generate_##id(Random& random, const xent_claim& claim, int index, int count); \
  Outcome judge_##id(const Subject& subject, const Trial& trial, const Recorder& record)

XENT_LAW(accuracy);
XENT_LAW(nonnegativity);
XENT_LAW(gibbs);
XENT_LAW(one_hot);
XENT_LAW(sandwich);
XENT_LAW(shift_invariance);
XENT_LAW(difference);
XENT_LAW(normalisation);
XENT_LAW(uniform);
XENT_LAW(mask);
XENT_LAW(single_class);
XENT_LAW(small_loss);
XENT_LAW(big_gap);
XENT_LAW(units);
XENT_LAW(sequence_mean);
XENT_LAW(likelihood_order);
XENT_LAW(perplexity);
XENT_LAW(permutation);
XENT_LAW(layout);
XENT_LAW(purity);
XENT_LAW(target_range);
#undef XENT_LAW

// Laws about particular losses.
bool applies_nonnegativity(const xent_claim& claim, const xent_implementation& implementation);
bool applies_gibbs(const xent_claim& claim, const xent_implementation& implementation);
bool applies_one_hot(const xent_claim& claim, const xent_implementation& implementation);
bool applies_units(const xent_claim& claim, const xent_implementation& implementation);
bool applies_sequence_mean(const xent_claim& claim, const xent_implementation& implementation);
bool applies_likelihood_order(const xent_claim& claim, const xent_implementation& implementation);
bool applies_perplexity(const xent_claim& claim, const xent_implementation& implementation);
bool applies_target_range(const xent_claim& claim, const xent_implementation& implementation);
std::optional<std::string> not_claimed_small_loss(const xent_claim& claim);

}  // namespace xent::properties::laws

#endif  // XENT_PROPERTIES_LAWS_LAWS_H
