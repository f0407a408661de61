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
  const std::int64_t* targets;  // null where log_softmax is asked for
  float* losses;                // or its rows x classes entries
  float* gradient;              // null: not wanted
  int threads;                  // >= 1
};

// The library's part. Status: false if the library failed.
using Compute = bool (*)(const Batch&);

// Softmax cross-entropy of binary32 logits with int64 targets, one binary32 loss a row, with binary32
// gradients; no options. What lies in memory as a batch does is used where it is, in particular what is
// timed; rows with padding are copied. An exception of the library is XENT_FAILED.
xent_status answer(const xent_problem& problem, const xent_result& result, Compute compute);

// log_softmax of binary32 logits; the rest as of answer().
xent_status answer_log_softmax(const xent_problem& problem, const xent_result& result, Compute compute);

bool is_log_softmax(const xent_problem& problem);

// Both with the library's part built in: what the contract calls.
template <Compute compute, Compute log_softmax = nullptr>
xent_status answer_with(const xent_problem* problem, xent_result* result) {
  if (log_softmax != nullptr && is_log_softmax(*problem))
    return answer_log_softmax(*problem, *result, log_softmax);
  return answer(*problem, *result, compute);
}

// The declaration that fits them: the textbook formula after subtracting the maximum, with sums in any order.
// `exp_error` is that of the library's exp in units of 2^-24. Each library makes one.
const xent_implementation* describe(const char* name, const char* version, double exp_error,
                                    xent_status (*compute)(const xent_problem*, xent_result*),
                                    bool has_log_softmax = false);

// Scratch memory of the calling thread, kept from call to call: at least `count` floats.
float* scratch(std::int64_t count);

}  // namespace xent::bench::peer

#endif  // XENT_BENCH_PEERS_ADAPTER_H
