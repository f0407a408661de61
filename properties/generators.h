// Problems of every regime, as floats of the formats an implementation declares.
#ifndef XENT_PROPERTIES_GENERATORS_H
#define XENT_PROPERTIES_GENERATORS_H

#include <span>
#include <vector>

#include "properties/random.h"
#include "properties/trial.h"
#include "reference/format.h"

namespace xent::properties {

using reference::Format;

// One row of logits with its target.
struct LogitRow {
  std::vector<double> logits;
  std::int64_t target = 0;
};

// The regimes of logits, and of distributions.
std::span<const Regime> logit_regimes();
std::span<const Regime> probability_regimes();

// A row of the regime with about `classes` classes (single_class: 1; many_classes: thousands). At least one
// logit is finite unless the regime is any_bits.
LogitRow logit_row(Random& random, Regime regime, const Format& format, std::int64_t classes);

// A row of `classes` probabilities, each a float of the format, that sums to 1 up to the rounding of its
// entries.
std::vector<double> distribution(Random& random, Regime regime, const Format& format, std::int64_t classes);

// The same as multiples of a power of two that sum to 1 exactly.
std::vector<double> dyadic_distribution(Random& random, const Format& format, std::int64_t classes);

// A number of classes: small ones mostly, and those around the widths of vectors and blocks.
std::int64_t any_classes(Random& random, std::int64_t most);

// What is drawn in braces is drawn in this order.
struct TrialShape {
  Regime regime;
  std::int64_t rows;
  std::int64_t classes;
};

// A problem about one loss, rows of one regime, in formats that the claim declares; reduction none
// unless the loss is always a mean. Logits or distributions as the claim's input space asks.
Trial trial_of(Random& random, const xent_claim& claim, const TrialShape& shape);

// A regime that fits the claim's loss and input space.
Regime any_regime(Random& random, const xent_claim& claim);

// Chooses reduction, threads and every option that is declared and that the loss has a use for, each on its
// own and more often off than on, so that any combination occurs.
void choose_options(Random& random, const xent_claim& claim, reference::Problem& problem);

// Asks for the gradient in a declared format, upstream factors included where they are declared. Domain: the
// claim has gradient formats.
void want_gradient(Random& random, const xent_claim& claim, reference::Problem& problem);

// A weight: 0 now and then, 1 now and then, else of a few units, as a float of the format.
double any_weight(Random& random, const Format& format);
double any_signed_weight(Random& random, const Format& format);

// -100, a class, or another value that people use: -1, the number of classes, the largest of a byte or of
// int32.
std::int64_t any_ignore_index(Random& random, std::int64_t classes);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_GENERATORS_H
