// What laws ask of their inputs before they judge.
#ifndef XENT_PROPERTIES_LAWS_PREMISES_H
#define XENT_PROPERTIES_LAWS_PREMISES_H

#include <optional>

#include "properties/bounds.h"
#include "properties/error.h"
#include "properties/generators.h"
#include "properties/law.h"

namespace xent::properties {

// Why the trial cannot be put to the subject at all: malformed, not declared, not representable in its
// formats. Every law asks this first.
std::optional<Outcome> inadmissible(const Subject& subject, const Trial& trial);

// Claims by what they are about.
bool has_logits_and_targets(const xent_claim& claim);  // softmax cross-entropy with hard labels
bool is_loss(const xent_claim& claim, const char* name);

// Logits are finite or masked, and every target's logit is finite.
bool is_regular(const Problem& problem);
// Every probability that counts is at most 1.
bool is_at_most_one(const Problem& problem);
// The entries of the row sum to exactly 1.
bool is_normalised(std::span<const Number> row);
// The number is a float of the format.
bool is_representable(const Number& value, const Format& format);

// A softmax cross-entropy problem with hard labels: 1 to 3 rows of any regime, at most `most` classes.
Trial softmax_trial(Random& random, const xent_claim& claim, std::int64_t most);
// The same with `regime` given.
Trial softmax_trial(Random& random, const xent_claim& claim, Regime regime, std::int64_t most);
// A problem about the claim's loss, of any regime that fits, with options.
Trial any_trial(Random& random, const xent_claim& claim, std::int64_t most);

// The sum of a few bounds, enlarged to stay an upper bound.
double sum_of(std::span<const double> bounds);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_LAWS_PREMISES_H
