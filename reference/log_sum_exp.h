#ifndef XENT_REFERENCE_LOG_SUM_EXP_H
#define XENT_REFERENCE_LOG_SUM_EXP_H

#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Log-sum-exp: lse(x) = ln sum e^x = m + ln sum e^(x - m), m = max x.
// Shape: classes >= 1 logits. Units: nats.
// Domain: logits finite or -inf (contributes nothing; all -inf gives -inf); a NaN or +inf logit gives NaN.
// Exact: rational only if a single logit is finite, then that logit (Lindemann-Weierstrass).
// Source: Blanchard, Higham & Higham, Accurately computing the log-sum-exp and softmax functions (2021).
// With softcap nothing is known of exact cases.
LogForm log_sum_exp(const Row& row);

// Its derivatives with respect to every logit: the softmax probabilities; see softmax.h.
Quantities log_sum_exp_gradient(const Row& row, const Factors& factors);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOG_SUM_EXP_H
