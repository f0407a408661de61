#ifndef XENT_REFERENCE_GENERALISED_KL_H
#define XENT_REFERENCE_GENERALISED_KL_H

#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Generalised Kullback-Leibler divergence of measures, sum p ln(p / q) - p + q: P from target_probs, Q from
// the input. Shape: classes >= 1 entries each. Units: nats. Domain: that of kl, of probabilities; never
// negative (log-sum inequality), and 0 exactly when P = Q. Exact: the rational sum q - sum p when prod
// (p/q)^p = 1, otherwise irrational (Baker). Source: Csiszar, I-divergence geometry of probability
// distributions (1975); scipy.special.kl_div.
LogForm generalised_kl(const Row& row);

// Its derivatives, times factors.loss: 1 - p/q with respect to Q, ln(p/q) to P.
Quantities generalised_kl_gradient(const Row& row, const Factors& factors);
Quantities generalised_kl_target_gradient(const Row& row, const Factors& factors);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_GENERALISED_KL_H
