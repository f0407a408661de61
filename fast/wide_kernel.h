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
//   itself. The bits of losses depend on the SIMD target.
// Error: the value of errors[r], derived in wide_kernel.cc: for 128,256 classes about 2^-38, or 2^-42 with
//   more effort; kUnknown or more where losses[r] means nothing.
void wide_softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, Effort effort,
                                double* losses, double* errors);

// The tails of rows <= Tails::kRows rows, and the logits of their targets, which are as in kernel.h.
void wide_tails(const Logits& logits, const int64_t* targets, int64_t rows, Effort effort, Tails& tails);

// As tail_of and losses_of_tails of kernel.h, for tails of rows of so many classes, however they were cut;
// rows have kShortestWideRow classes or more.
inline constexpr int64_t kShortestWideRow = 16;
Tail wide_tail_of(const Logits& logits, int64_t target, Effort effort);
void wide_losses_of_tails(const Tails& tails, int64_t rows, int64_t classes, Effort effort, double* losses,
                          double* errors);

// The relative error of the sums of wide_tails and wide_tail_of with Effort::more for so many classes.
double wide_tail_error(int64_t classes);

// What entries of a gradient are made from: e^(x - max) factor, off by error and error_per_nat |x - max| of
// itself.
struct WideEntries {
  double max;
  double factor;
  double error;
  double error_per_nat;
};
// The relative error of an exponential here: kLongExpError, and so much for each unit of |x - max|.
inline constexpr double kWideExpErrorPerNat = 2.4 * 0x1p-53;
inline constexpr double kLongExpError = 0x1p-47 + 4 * 0x1p-53;

// out[i] = the float nearest to every number within the error of entry i, ties to even, where there is one;
// gives the number of the others, and which they are in open.
//
// Shape: count logits, entries and places, which are apart. Domain: x <= max or -inf, which gives 0, or
// anything for an entry that will not be used; max finite, |factor| <= 2^200 2^36; what underflows is 0.
int64_t wide_entries(const float* x, int64_t count, const WideEntries& entries, float* out, int64_t* open);

// values[i] = e^(x[i] - max) as it is there.
void wide_exp_each(const float* x, int64_t count, double max, double* values);

}  // namespace xent::fast

#endif  // XENT_FAST_WIDE_KERNEL_H
