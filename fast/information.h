// Losses of a row of probabilities, in binary64.
#ifndef XENT_FAST_INFORMATION_H
#define XENT_FAST_INFORMATION_H

#include <cstdint>

#include "reference/xent.h"

namespace xent::fast {

// Row `index` of a problem whose input is probabilities: entropy -sum p ln p, cross_entropy -sum p ln q, kl
// sum p (ln p - ln q), or the -ln q_t of nll, sequence and perplexity.
//
// Shape: classes probabilities, and as many of P, or a target in [0, classes). Units: nats.
// Domain: p, q >= 0, which need not sum to 1; 0 ln 0 = 0; p > 0 with q = 0 gives +inf; NaN anywhere in the
//   row gives NaN.
// Error: add_information of full_kernel.h; the sum is compensated.
double information_of_row(const xent_problem& problem, int64_t index, int64_t target);

}  // namespace xent::fast

#endif  // XENT_FAST_INFORMATION_H
