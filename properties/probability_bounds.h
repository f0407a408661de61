// Error bounds of the losses of distributions, one row, in nats; see bounds.h.
#ifndef XENT_PROPERTIES_PROBABILITY_BOUNDS_H
#define XENT_PROPERTIES_PROBABILITY_BOUNDS_H

#include <vector>

#include "properties/machine.h"

namespace xent::properties {

// Of entropy, cross_entropy, kl, generalised_kl, nll and their kind.
Bounded probability_row(const reference::Problem& problem, const Machine& machine, std::int64_t row);

// Of the derivatives with respect to the entries of the input, before any factor: -a_c / q_c (with logarithms
// of probabilities: -a_c), 1 - p / q, -(ln p + 1).
std::vector<Bounded> probability_gradient(const reference::Problem& problem, const Machine& machine,
                                          std::int64_t row);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PROBABILITY_BOUNDS_H
