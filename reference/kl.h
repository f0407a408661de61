#ifndef XENT_REFERENCE_KL_H
#define XENT_REFERENCE_KL_H

#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Kullback-Leibler divergence KL(P||Q) = sum p ln(p / q) = H(P, Q) - H(P): P from target_probs, Q from the
// input. Shape: classes >= 1 entries each. Units: nats. Domain: p, q >= 0, used as given (so it may be
// negative when they do not sum to the same); P may be given as ln p, Q as ln q. p = 0 contributes 0 even for
// q = 0; p > 0 with q = 0 gives +inf; NaN gives NaN. Exact: ln prod (p/q)^p is 0 or irrational (Baker); for
// normalised P, Q it is 0 exactly when P = Q. Source: Kullback & Leibler, On Information and Sufficiency
// (1951).
LogForm kl(const Row& row);

// Its derivatives with respect to Q and P as they are given, times factors.loss: where nothing prepares them
// -p/q (in log space -p) and ln(p/q) + 1, which is -inf at p = 0 < q; in log space p (ln(p/q) + 1). Shape:
// one a class. Domain: that of kl; NaN for every class where a p or a q is NaN. Exact: by Q rational; by P
// rational only for p = q (Hermite-Lindemann), or where the logarithms cancel.
Quantities kl_gradient(const Row& row, const Factors& factors);
Quantities kl_target_gradient(const Row& row, const Factors& factors);

// What these and those of generalised_kl are: derivatives that are c - p/q by Q and c + ln(p/q) by P where
// nothing prepares them, in log space times q and p, times factors.loss.
Quantities ratios(const Row& row, const Factors& factors, const Rational& c);
Quantities log_ratios(const Row& row, const Factors& factors, const Rational& c);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_KL_H
