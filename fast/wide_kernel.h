// The SIMD kernel in binary64 lanes, dispatched to the best target that the processor supports.
#ifndef XENT_FAST_WIDE_KERNEL_H
#define XENT_FAST_WIDE_KERNEL_H

#include <cstdint>

#include "fast/kernel.h"

namespace xent::fast {

// How much to compute for a row.
enum class Effort {
  usual,  // enough for all rows but one in ten thousand
  more    // enough for all but one in a million, at 1.2 times the cost; also for |logits| beyond 2^15
};

// Stands for an error about which nothing is known.
inline constexpr double kUnknown = 1;

// losses[r] = softmax cross-entropy of row r, off by at most errors[r] times the loss.
//
// Shape, units, domain: those of softmax_cross_entropy, logits in binary32. A loss below 2^-900 may be off by
// itself. Error: the value of errors[r], derived in wide_kernel.cc: about 2^-38, or 2^-42 with more effort,
// for 128,256
//   classes; kUnknown or more where losses[r] means nothing. The bits of losses depend on the SIMD target.
void wide_softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, Effort effort,
                                double* losses, double* errors);

// As tail_of and losses_of_tails of kernel.h, for tails of rows of so many classes, however they were cut.
Tail wide_tail_of(const Logits& logits, int64_t target, Effort effort);
void wide_losses_of_tails(const Tails& tails, int64_t rows, int64_t classes, Effort effort, double* losses,
                          double* errors);

}  // namespace xent::fast

#endif  // XENT_FAST_WIDE_KERNEL_H
