// Error bounds of gradients with respect to the input; the derivation is in bounds.h.
#ifndef XENT_PROPERTIES_GRADIENT_BOUNDS_H
#define XENT_PROPERTIES_GRADIENT_BOUNDS_H

#include <optional>
#include <vector>

#include "properties/machine.h"

namespace xent::properties {

// One for each class of each row, in the units of the gradient, before it is stored. Infinite where nothing
// can be said. `perplexity`: that of the problem, if it asks for its gradient. Domain: the problem wants the
// gradient.
std::vector<Bounded> gradient_bounds(const reference::Problem& problem, Grade grade, const Machine& machine,
                                     const std::optional<Bounded>& perplexity);

// The relative error of the derivative with respect to the target's logit where that is the largest:
// expm1(-l) = -sum over i != t of p_i, times the factors, each of which may be formed without cancellation.
// Domain: a hard label without smoothing, z-loss or softcap.
Bounded confident_gradient(const reference::Problem& problem, const Machine& machine, std::int64_t row);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_GRADIENT_BOUNDS_H
