#ifndef XENT_REFERENCE_ENTROPY_H
#define XENT_REFERENCE_ENTROPY_H

#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Entropy H(P) = -sum p ln p of one row of the input.
// Shape: classes >= 1 probabilities, or their logarithms. Units: nats.
// Domain: p >= 0, used as given (a measure: it need not sum to 1); 0 ln 0 = 0; NaN gives NaN.
// Exact: -ln prod p^p is 0 or irrational (Baker); 0 when every p is 0 or 1, or the powers cancel: (2, 1/4
// four times). Of logarithms l, -sum l e^l is 0 or irrational (theorem 5 of log_form.h). Source: Shannon, A
// Mathematical Theory of Communication (1948), section 6.
LogForm entropy(const Row& row);

// Its derivatives with respect to P as it is given, times factors.loss: where nothing prepares it -ln p - 1,
// which is +inf at p = 0; in log space p (-ln p - 1).
Quantities entropy_gradient(const Row& row, const Factors& factors);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_ENTROPY_H
