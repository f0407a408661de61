#ifndef XENT_REFERENCE_KL_H
#define XENT_REFERENCE_KL_H

#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Kullback-Leibler divergence KL(P||Q) = sum p ln(p / q) = H(P, Q) - H(P): P from target_probs, Q from the
// input. Shape: classes >= 1 entries each. Units: nats. Domain: p, q >= 0, used as given (so it may be
// negative when they do not sum to the same); Q may be given as ln q. p = 0 contributes 0 even for q = 0; p >
// 0 with q = 0 gives +inf; NaN gives NaN. Exact: ln prod (p/q)^p is 0 or irrational (Baker); for normalised
// P, Q it is 0 exactly when P = Q. Source: Kullback & Leibler, On Information and Sufficiency (1951).
LogForm kl(const Row& row);

// Its derivatives, times factors.loss: -p/q (in log space -p) with respect to Q, ln(p/q) + 1 to P, which is
// -inf at p = 0 < q.
std::vector<Quantity> kl_gradient(const Row& row, const Factors& factors);
std::vector<Quantity> kl_target_gradient(const Row& row, const Factors& factors);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_KL_H
