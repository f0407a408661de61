#ifndef XENT_REFERENCE_NLL_H
#define XENT_REFERENCE_NLL_H

#include "reference/log_form.h"
#include "reference/row.h"

namespace xent::reference {

// Negative log-likelihood, the surprisal of the target: -ln q_t, Q from the input.
// Shape: classes >= 1 probabilities and one target. Units: nats.
// Domain: q >= 0, used as given, or ln q; q_t = 0 gives +inf; a NaN anywhere in the row gives NaN.
// Exact: 0 for q_t = 1, otherwise irrational (Hermite-Lindemann); rational when Q is given as logarithms.
// Source: Shannon (1948); the notes' "surprisal".
LogForm nll(const Row& row);
// Class weights w and label smoothing turn the target into the masses of row.h. Derivatives: see
// distribution.h.

}  // namespace xent::reference

#endif  // XENT_REFERENCE_NLL_H
