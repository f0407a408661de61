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
XENT_LAW(entropy_range);
XENT_LAW(log_sum);
XENT_LAW(pinsker_chi2);
XENT_LAW(kl_edges);
XENT_LAW(products);
XENT_LAW(one_hot);
XENT_LAW(sandwich);
XENT_LAW(shift_invariance);
XENT_LAW(difference);
XENT_LAW(normalisation);
XENT_LAW(uniform);
XENT_LAW(uniform_classes);
XENT_LAW(mask);
XENT_LAW(single_class);
XENT_LAW(small_loss);
XENT_LAW(big_gap);
XENT_LAW(units);
XENT_LAW(sequence_mean);
XENT_LAW(likelihood_order);
XENT_LAW(perplexity);
XENT_LAW(permutation);
XENT_LAW(grouping);
XENT_LAW(shards);
XENT_LAW(layout);
XENT_LAW(big_index);
XENT_LAW(purity);
XENT_LAW(batch);
XENT_LAW(target_range);
XENT_LAW(gradient_sum);
XENT_LAW(gradient_cross);
XENT_LAW(small_gradient);
XENT_LAW(upstream);
XENT_LAW(gradient_reduction);
XENT_LAW(masked_gradient);
XENT_LAW(convex_bracket);
XENT_LAW(ignored_rows);
XENT_LAW(reduction);
XENT_LAW(additivity);
XENT_LAW(repeated_rows);
XENT_LAW(weights);
XENT_LAW(smoothing);
XENT_LAW(z_loss);
XENT_LAW(transforms);
XENT_LAW(zero_weight);
XENT_LAW(narrow_input);
XENT_LAW(conventions);
#undef XENT_LAW

// What accuracy says of a question under any conventions. Domain: not inadmissible_by_any (premises.h).
Outcome accuracy_of(const Subject& subject, const Trial& trial, const Recorder& record);

// Laws about particular losses.
bool applies_uniform_classes(const xent_claim& claim, const xent_implementation& implementation);
bool applies_nonnegativity(const xent_claim& claim, const xent_implementation& implementation);
bool applies_gibbs(const xent_claim& claim, const xent_implementation& implementation);
bool applies_entropy_range(const xent_claim& claim, const xent_implementation& implementation);
bool applies_log_sum(const xent_claim& claim, const xent_implementation& implementation);
bool applies_pinsker_chi2(const xent_claim& claim, const xent_implementation& implementation);
bool applies_kl_edges(const xent_claim& claim, const xent_implementation& implementation);
bool applies_products(const xent_claim& claim, const xent_implementation& implementation);
bool applies_one_hot(const xent_claim& claim, const xent_implementation& implementation);
bool applies_units(const xent_claim& claim, const xent_implementation& implementation);
bool applies_sequence_mean(const xent_claim& claim, const xent_implementation& implementation);
bool applies_likelihood_order(const xent_claim& claim, const xent_implementation& implementation);
bool applies_perplexity(const xent_claim& claim, const xent_implementation& implementation);
bool applies_target_range(const xent_claim& claim, const xent_implementation& implementation);
bool applies_gradient_sum(const xent_claim& claim, const xent_implementation& implementation);
bool applies_gradient_cross(const xent_claim& claim, const xent_implementation& implementation);
bool applies_small_gradient(const xent_claim& claim, const xent_implementation& implementation);
bool applies_upstream(const xent_claim& claim, const xent_implementation& implementation);
bool applies_gradient_reduction(const xent_claim& claim, const xent_implementation& implementation);
bool applies_batch(const xent_claim& claim, const xent_implementation& implementation);
bool applies_mask(const xent_claim& claim, const xent_implementation& implementation);
bool applies_masked_gradient(const xent_claim& claim, const xent_implementation& implementation);
bool applies_convex_bracket(const xent_claim& claim, const xent_implementation& implementation);
bool applies_ignored_rows(const xent_claim& claim, const xent_implementation& implementation);
bool applies_reduction(const xent_claim& claim, const xent_implementation& implementation);
bool applies_additivity(const xent_claim& claim, const xent_implementation& implementation);
bool applies_repeated_rows(const xent_claim& claim, const xent_implementation& implementation);
bool applies_weights(const xent_claim& claim, const xent_implementation& implementation);
bool applies_mask(const xent_claim& claim, const xent_implementation& implementation);
bool applies_smoothing(const xent_claim& claim, const xent_implementation& implementation);
bool applies_z_loss(const xent_claim& claim, const xent_implementation& implementation);
bool applies_transforms(const xent_claim& claim, const xent_implementation& implementation);
bool applies_zero_weight(const xent_claim& claim, const xent_implementation& implementation);
bool applies_narrow_input(const xent_claim& claim, const xent_implementation& implementation);
bool applies_conventions(const xent_claim& claim, const xent_implementation& implementation);
std::optional<std::string> not_claimed_small_loss(const xent_claim& claim);
std::optional<std::string> unheard_big_index();
std::optional<std::string> not_claimed_small_gradient(const xent_claim& claim);

}  // namespace xent::properties::laws

#endif  // XENT_PROPERTIES_LAWS_LAWS_H
