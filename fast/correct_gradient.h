// The gradient of a row, every entry the float nearest to the true value.
#ifndef XENT_FAST_CORRECT_GRADIENT_H
#define XENT_FAST_CORRECT_GRADIENT_H

#include <cstdint>

#include "fast/tail.h"
#include "reference/xent.h"

namespace xent::fast {

// One row: classes logits; target in [0, classes), or kIgnored of kernel.h.
struct GradientRow {
  const float* logits;
  int64_t classes;
  int64_t target;
  double upstream;
};

// out[i] = upstream (p_i - [i = t]), ties to even, from the tail of the row, whose sum is off by so much of
// itself.
//
// Shape: classes floats, apart from the logits. So many threads may share the row. Domain: the conventions of
//   kernel.h: NaN where the loss is, 0 for masked classes, and for an ignored row.
// Method: binary64 decides nearly every entry, double-double arithmetic the others.
// Error: none. Status: XENT_FAILED for an entry that even that leaves open; XENT_UNSUPPORTED for |upstream| >
//   2^200, which would make floats of probabilities that binary64 does not have, and for NaN.
xent_status write_correct_gradient(const GradientRow& row, const Tail& tail, double error, int threads,
                                   float* out);

}  // namespace xent::fast

#endif  // XENT_FAST_CORRECT_GRADIENT_H
