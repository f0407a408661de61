// What every peer does around its library's call: reads the problem, refuses what it does not claim, and
// hands over packed rows.
#ifndef XENT_BENCH_PEERS_ADAPTER_H
#define XENT_BENCH_PEERS_ADAPTER_H

#include <cstdint>

#include "reference/xent.h"

namespace xent::bench::peer {

// Rows that follow each other without gaps, and targets in [0, classes).
struct Batch {
  std::int64_t rows;  // >= 1
  std::int64_t classes;
  const float* logits;
  const std::int64_t* targets;
  float* losses;
  float* gradient;  // null: not wanted
  int threads;      // >= 1
};

// The library's part. Status: false if the library failed.
using Compute = bool (*)(const Batch&);

// Softmax cross-entropy of binary32 logits with int64 targets, one binary32 loss a row, with binary32
// gradients; no options. What lies in memory as a batch does is used where it is, in particular what is
// timed; rows with padding are copied. An exception of the library is XENT_FAILED.
xent_status answer(const xent_problem& problem, const xent_result& result, Compute compute);

// The declaration that fits answer(): the textbook formula after subtracting the maximum, with sums in any
// order. `exp_error` is that of the library's exp in units of 2^-24.
constexpr xent_claim claim(double exp_error) {
  return {.loss = "softmax_cross_entropy",
          .input_spaces = XENT_BIT(XENT_LOGITS),
          .input_formats = XENT_BIT(XENT_BINARY32),
          .target_formats = XENT_BIT(XENT_INT64),
          .loss_formats = XENT_BIT(XENT_BINARY32),
          .grad_formats = XENT_BIT(XENT_BINARY32),
          .reductions = XENT_BIT(XENT_NONE),
          .options = XENT_BIT(XENT_OPTION_HARD_TARGETS),
          .guarantees = 0,
          .grade = "shifted",
          .summation = XENT_SEQUENTIAL,  // the largest bound: libraries do not say how they add
          .compute_format = XENT_BINARY32,
          .exp_error = exp_error,
          .log_error = 0};
}

// Scratch memory of the calling thread, kept from call to call: at least `count` floats.
float* scratch(std::int64_t count);

}  // namespace xent::bench::peer

#endif  // XENT_BENCH_PEERS_ADAPTER_H
