// P given as its logarithms l, as distillation and kl_div(log_target) have it: p = e^l.
#ifndef XENT_REFERENCE_LOG_TARGETS_H
#define XENT_REFERENCE_LOG_TARGETS_H

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

bool has_log_targets(const Row& row);

// sum e^l (-ln q), and with `less_entropy` sum e^l (l - ln q).
// Shape: classes >= 1 entries each. Units: nats. Domain: l finite or -inf, which contributes 0 even for q =
// 0; q
// >= 0, or ln q, used as given; l finite with q = 0 gives +inf; NaN gives NaN. Exact: where Q is given as
// logarithms too, rational only if the multipliers of all powers of e but e^0 cancel (theorem 5 of
// log_form.h); otherwise nothing is known but where they do. Source: Lindemann (1882), Weierstrass (1885).
LogForm expected_surprisal_of_logs(const Row& row, bool less_entropy);
// Its derivatives with respect to every entry of Q as it is given, -e^l / q or, in log space, -e^l, times
// factors.loss. Shape: one a class. Domain: that; 0 / 0 is 0, or NaN by convention; e^l / 0 is an infinity.
// Exact: rational only for l = 0 or -inf.
Quantities gradient_of_logs(const Row& row, const Factors& factors);

// Their derivatives with respect to every l, times factors.loss: e^l (-ln q), and with `less_entropy` e^l (l
// + 1 - ln q). Shape, domain, exact: as there.
Quantities target_gradient_of_logs(const Row& row, const Factors& factors, bool less_entropy);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOG_TARGETS_H
