// What every implementation of this folder does before and around the arithmetic: read a problem, refuse what
// its claims do not promise, look up targets, store results.
#ifndef XENT_FAST_REQUEST_H
#define XENT_FAST_REQUEST_H

#include <cstdint>

#include "fast/kernel.h"
#include "reference/xent.h"

namespace xent::fast {

// A problem that was found valid and covered by `claim`.
struct Request {
  xent_problem problem;
  xent_result result;
  const xent_claim* claim;
};

// Copies, validates and matches a problem.
//
// Domain: any pointers and any bytes; nothing that the problem points to is read.
// Status: XENT_INVALID where the problem contradicts the contract (null data, rows < 0, classes < 1, a base
// that is negative, 1, infinite or NaN, an element whose address does not fit in 63 bits), XENT_UNSUPPORTED
// where no claim of `implementation` covers it.
xent_status read_request(const xent_implementation& implementation, const xent_problem* problem,
                         const xent_result* result, Request& request);

// Whether the loss asked for takes hard labels, or a distribution P: softmax_cross_entropy takes either.
bool uses_targets(const xent_problem& problem);
bool uses_target_probs(const xent_problem& problem);
// Whether its result is a value for every class of every row.
bool gives_matrix(const xent_problem& problem);

// The targets of rows [first, first + rows): in [0, classes), or kIgnored of kernel.h.
// Status: XENT_TARGET_OUT_OF_RANGE otherwise. The ignored value is recognised first, so it may lie out of
// range.
xent_status read_targets(const xent_problem& problem, int64_t first, int64_t rows, int64_t* targets);

// What the gradients of rows [first, first + rows) are multiplied by: their upstream gradient, 1 if there is
// none.
void read_upstream(const xent_problem& problem, int64_t first, int64_t rows, double* upstream);

// Writes values for rows [first, first + rows), each rounded once to the format of the output.
// Domain: output.format is binary32 or binary64.
void store(const xent_output& output, int64_t first, int64_t rows, const double* values);
inline void store(const xent_output& output, int64_t row, double value) {
  store(output, row, 1, &value);
}

}  // namespace xent::fast

#endif  // XENT_FAST_REQUEST_H
