// log_softmax in binary32.
#ifndef XENT_FAST_LOG_SOFTMAX_H
#define XENT_FAST_LOG_SOFTMAX_H

#include "fast/request.h"

namespace xent::fast {

// result.loss: x_i - lse of every class of every row, in the base of the problem.
//
// Shape: rows x classes, in a format that gradients may have, which may lie where logits of that format do.
// Units: nats, or the base of the problem. Domain: a request for "log_softmax" with no options but base,
// temperature and scale. Error: that of log_softmax in kernel.h.
void compute_log_softmax(const Request& request);

}  // namespace xent::fast

#endif  // XENT_FAST_LOG_SOFTMAX_H
