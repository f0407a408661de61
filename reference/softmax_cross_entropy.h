#ifndef XENT_REFERENCE_SOFTMAX_CROSS_ENTROPY_H
#define XENT_REFERENCE_SOFTMAX_CROSS_ENTROPY_H

#include "reference/log_form.h"
#include "reference/problem.h"

namespace xent::reference {

// Softmax cross-entropy: lse(x) - x_t for a hard label, lse(x) sum y - sum y x for soft labels y.
// Shape: classes >= 1 logits; one target, or classes soft labels. Units: nats.
// Domain: logits finite or -inf (a masked class: it contributes nothing; as the target it gives +inf); a NaN
// or +inf logit gives NaN; all logits -inf: by convention all_masked. y >= 0, used as given; y = 0
// contributes nothing, also where x = -inf (by convention zero_weight_times_infinity). Exact: rational only
// if the row has a single finite logit, then 0 for a hard label (Lindemann-Weierstrass). Source: Bridle,
// Probabilistic Interpretation of Feedforward Classification Network Outputs (1990).
LogForm softmax_cross_entropy(const Problem& problem, std::int64_t row);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SOFTMAX_CROSS_ENTROPY_H
