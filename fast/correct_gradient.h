// The gradient of a row, every entry the float nearest to the true value.
#ifndef XENT_FAST_CORRECT_GRADIENT_H
#define XENT_FAST_CORRECT_GRADIENT_H

#include <cstdint>

#include "reference/xent.h"

namespace xent::fast {

// result.grad of row `index`: upstream (p_i - [i = t]), ties to even.
//
// Shape: a row of problem.classes logits in binary16, bfloat16 or binary32; grad in binary32, which may lie
// where binary32 logits do. So many threads may share the row. Domain: a problem with hard labels and no
// options but upstream; target in [0, classes), or kIgnored, which gives 0. The conventions of
//   kernel.h: NaN where the loss is, 0 for masked classes.
// Method: binary64 decides nearly every entry, double-double arithmetic the others.
// Error: none. Status: XENT_FAILED for an entry that even that leaves open; XENT_UNSUPPORTED for |upstream| >
//   2^200, which would make floats of probabilities that binary64 does not have, and for NaN.
xent_status write_correct_gradient(const xent_problem& problem, int64_t index, int64_t target,
                                   double upstream, int threads, const xent_output& grad);

}  // namespace xent::fast

#endif  // XENT_FAST_CORRECT_GRADIENT_H
