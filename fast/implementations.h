// The four implementations of the contract that this folder builds.
#ifndef XENT_FAST_IMPLEMENTATIONS_H
#define XENT_FAST_IMPLEMENTATIONS_H

#include "reference/xent.h"

namespace xent::fast {

// SIMD, one pass over the logits. Losses of hard labels from binary16, bfloat16 and binary32 logits, and
// their gradients, in binary32 lanes: softmax_cross_entropy and sequence to 4 ulp, perplexity, log_sum_exp.
// Options, soft labels, softmax, log_softmax and binary64 logits in binary64 lanes with compensated sums.
const xent_implementation* fast_implementation();

// SIMD softmax cross-entropy, grade "correctly_rounded": the same bits on every machine. Binary32 logits and
// losses, one loss per row.
const xent_implementation* correct_implementation();

// Textbook binary32 code that subtracts the maximum, grade "shifted". All losses.
const xent_implementation* stable_implementation();

// Textbook binary32 code that does not, and overflows where e^x does. It claims the grade "lse" all the same:
// the yardstick of what a judge must find. All losses.
const xent_implementation* naive_implementation();

}  // namespace xent::fast

#endif  // XENT_FAST_IMPLEMENTATIONS_H
