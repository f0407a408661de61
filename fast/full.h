// The part of "xent-fast" that answers in binary64 throughout: options, soft labels, softmax and log_softmax,
// binary64 logits.
#ifndef XENT_FAST_FULL_H
#define XENT_FAST_FULL_H

#include "fast/request.h"

namespace xent::fast {

// Domain: a loss from logits that a claim of "xent-fast" with compute_format binary64 covers.
// Error: full_row.h; sums over rows are compensated.
xent_status compute_full(const Request& request);

}  // namespace xent::fast

#endif  // XENT_FAST_FULL_H
