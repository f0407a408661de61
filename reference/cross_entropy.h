#ifndef XENT_REFERENCE_CROSS_ENTROPY_H
#define XENT_REFERENCE_CROSS_ENTROPY_H

#include "reference/log_form.h"
#include "reference/row.h"

namespace xent::reference {

// Cross-entropy H(P, Q) = -sum p ln q: P from target_probs, Q from the input.
// Shape: classes >= 1 entries each. Units: nats.
// Domain: p, q >= 0, used as given; P may be given as ln p, Q as ln q. p = 0 contributes 0 even for q = 0; p
// > 0 with q = 0 gives +inf; NaN gives NaN. Exact: -ln prod q^p is 0 or irrational (Baker); rational when Q
// alone is given as logarithms, and a sum of powers of e when P is (theorem 5 of log_form.h). Source: Good,
// Rational Decisions (1952); Cover & Thomas, Elements of Information Theory (2006), section 2.3.
LogForm cross_entropy(const Row& row);
// Class weights w and label smoothing turn the distribution P into the masses of row.h. Derivatives: see
// distribution.h.

}  // namespace xent::reference

#endif  // XENT_REFERENCE_CROSS_ENTROPY_H
