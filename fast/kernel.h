// The SIMD kernel, dispatched to the best target that the processor supports.
#ifndef XENT_FAST_KERNEL_H
#define XENT_FAST_KERNEL_H

#include <cstdint>

#include "fast/tail.h"
#include "reference/xent.h"

namespace xent::fast {

// Consecutive rows of logits, classes contiguous.
struct Logits {
  const void* data;
  int64_t row_stride;                  // in elements; may be 0 or negative
  int64_t classes;                     // >= 1
  xent_format format = XENT_BINARY32;  // or XENT_BINARY16, XENT_BFLOAT16: the same as if converted before
};

// The same logits from a row and a class on.
inline Logits from(const Logits& logits, int64_t row, int64_t first_class, int64_t classes) {
  const int64_t size = logits.format == XENT_BINARY32 ? 4 : 2;
  const int64_t offset = (row * logits.row_stride + first_class) * size;
  return {static_cast<const char*>(logits.data) + offset, logits.row_stride, classes, logits.format};
}

// Stands for the target of an ignored row.
inline constexpr int64_t kIgnored = -1;

// Stands for a target that lies elsewhere, so that all classes are others.
inline constexpr int64_t kNoTarget = -2;

// losses[r] = softmax cross-entropy of row r with target targets[r].
//
// Shape: rows values of targets and losses. Units: nats.
// Domain: targets in [0, classes), or kIgnored: its logits are not read and its loss is 0.
// Values
//   as in tail.h: NaN or +inf anywhere in a row makes it NaN, -inf masks a class.
// Error: relative, in units of u = 2^-24: D + kExpErrorPerNat D + kExpError + kGroupRoundings + 2^-20, where
//   D <= ln(classes) is the mean of max - x_i under the softmax of the tail: each x_i - m is rounded once (u
//   |x_i - m|), then exp (exp.h) and kGroupRoundings additions. What is added in binary64 counts for nothing:
//   2^-53 for each of the additions and at most 2^-51 for each of the K rescalings to a new maximum, K <=
//   classes / 64, while classes < 2^36; terms lost below e^-87 are classes 2^-125 of a sum >= 1.
void softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, double* losses);

// values[r] = log-sum-exp of row r.
//
// Units: nats. Domain: as above, but a row that is masked altogether gives -inf.
// Error: the bound above, as an absolute error, and 2^-28 u (|max| + |result|).
void log_sum_exp(const Logits& logits, int64_t rows, double* values);

// The tail of the first row, target in [0, classes) or kNoTarget. Domain, error: as above; classes > 64.
Tail tail_of(const Logits& logits, int64_t target);

// One logit of the first row, exactly.
double logit_of(const Logits& logits, int64_t c);

// losses[r] = softmax cross-entropy of row r < rows. Error: that of tails.sum, and what losses-inl.h adds.
void losses_of_tails(const Tails& tails, int64_t rows, double* losses);

}  // namespace xent::fast

#endif  // XENT_FAST_KERNEL_H
