#ifndef XENT_REFERENCE_KL_H
#define XENT_REFERENCE_KL_H

#include "reference/log_form.h"
#include "reference/problem.h"

namespace xent::reference {

// Kullback-Leibler divergence KL(P||Q) = sum p ln(p / q) = H(P, Q) - H(P): P from target_probs, Q from the
// input. Shape: classes >= 1 entries each. Units: nats. Domain: p, q >= 0, used as given (so it may be
// negative when they do not sum to the same); Q may be given as ln q. p = 0 contributes 0 even for q = 0; p >
// 0 with q = 0 gives +inf; NaN gives NaN. Exact: ln prod (p/q)^p is 0 or irrational (Baker); for normalised
// P, Q it is 0 exactly when P = Q. Source: Kullback & Leibler, On Information and Sufficiency (1951).
LogForm kl(const Problem& problem, std::int64_t row);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_KL_H
