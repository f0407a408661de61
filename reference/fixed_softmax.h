// First enclosures of all classes of a row of logits at once, in fixed point.
#ifndef XENT_REFERENCE_FIXED_SOFTMAX_H
#define XENT_REFERENCE_FIXED_SOFTMAX_H

#include <span>
#include <vector>

#include "reference/fixed_point.h"
#include "reference/row.h"
#include "reference/softmax_row.h"

namespace xent::reference {

// factor e^(x_c - lse) for every class c; 0 if it is masked. Empty if fixed_logit does not take the largest
// logit.
std::vector<FixedInterval> fixed_softmax(const SoftmaxRow& row, const Enclosure& factor);

// x_c - lse for every class c, likewise. Domain: the row is unmasked.
std::vector<FixedInterval> fixed_log_softmax(const SoftmaxRow& row);

// Subtracts scale b_c from each entry of a class that is not masked.
void subtract_scaled(std::vector<FixedInterval>& entries, const NumberRow& logits,
                     std::span<const ClassMass> b, const Enclosure& scale);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_FIXED_SOFTMAX_H
