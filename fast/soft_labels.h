// Softmax cross-entropy of soft labels in binary32 lanes, which are summed in binary64.
#ifndef XENT_FAST_SOFT_LABELS_H
#define XENT_FAST_SOFT_LABELS_H

#include <cstdint>

#include "fast/kernel.h"
#include "reference/xent.h"

namespace xent::fast {

// Rows of labels y are stored as logits may be. Class c has the mass (1 - terms.mass) y_c + terms.share.
using Labels = Logits;
inline Labels all_labels(const xent_problem& problem) {
  const xent_tensor& labels = problem.target_probs;
  return {labels.data, labels.row_stride, problem.classes, labels.format};
}

// losses[r] = sum over the classes of mass_c (lse - x_c), and terms.z_loss lse^2.
//
// Formula: l sum mass_c + sum mass_c (m - x_c), with m the largest logit and l = lse - m its loss. Nothing
//   cancels where no mass is negative.
// Shape: rows of logits and labels, as many losses. Units: nats.
// Domain: that of softmax_cross_entropy; a row that is masked altogether gives NaN. A mass of 0 on a masked
//   class counts nothing, any other makes the loss infinite.
// Error: u kLossError l |sum mass_c|, u = 2^-24, and 2^-53 for each of the additions and 3 more, of
//   (l + m - x_c) |mass_c| added up. A z-loss is off by 2 z_loss |lse| u kLossError l.
void soft_cross_entropy(const Logits& logits, const Labels& labels, int64_t rows, const Terms& terms,
                        double* losses);

// The same, and the gradient (p_i (sum mass_c + 2 z_loss lse) - mass_i) scales[r] of every row.
//
// Domain: as above. Where the loss is NaN, so is the gradient; masked classes have gradient 0.
// Error: that of p_i in softmax_cross_entropy_gradient, times |sum mass_c + 2 z_loss lse|, and u for each
//   rounding: 2 of mass_i |scale|, one more of it where labels are smoothed, and one of the entry. That of
//   the largest logit is made from 1 - p_i, with whose error it is right where p_i and mass_i are near 1. A
//   narrower format adds its rounding.
void soft_cross_entropy_gradient(const Logits& logits, const Labels& labels, int64_t rows, const Terms& terms,
                                 const double* scales, double* losses, const Gradient& gradient);

// The same of all rows of a problem, few and long, whose classes threads share; gradient may be null.
// Domain: shares_rows(problem).
void soft_cross_entropy_by_segments(const xent_problem& problem, const Terms& terms, const double* scales,
                                    double* losses, const Gradient* gradient);

}  // namespace xent::fast

#endif  // XENT_FAST_SOFT_LABELS_H
