// The SIMD kernel in binary64 lanes, dispatched to the best target that the processor supports.
#ifndef XENT_FAST_WIDE_KERNEL_H
#define XENT_FAST_WIDE_KERNEL_H

#include <cstdint>

#include "fast/kernel.h"

namespace xent::fast {

// losses[r] = softmax cross-entropy of row r, off by at most errors[r] times the loss.
//
// Shape, units, domain: those of softmax_cross_entropy. A loss below 2^-900 may be off by itself.
// Error: the value of errors[r], derived in wide_kernel.cc; about 2^-42 for 128,256 classes. What the bits of
//   losses are depends on the SIMD target.
void wide_softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, double* losses,
                                double* errors);

}  // namespace xent::fast

#endif  // XENT_FAST_WIDE_KERNEL_H
