// The loss of a row that binary64 cannot decide, and entries of its gradient.
#ifndef XENT_FAST_RECOMPUTE_H
#define XENT_FAST_RECOMPUTE_H

#include <cstdint>
#include <optional>

#include "fast/double_double.h"

namespace xent::fast {

// The float nearest to the softmax cross-entropy of one row, ties to even.
//
// Shape: classes logits, target in [0, classes). Units: nats. Domain: that of tail.h.
// Error: none. nullopt: the loss is within 2^-90 + classes 2^-102 of the midpoint of two floats and was not
//   decided.
// Method: loss = base + t, base = max(0, m - x_t) exactly, t > 0 in double-double arithmetic; then the sign
//   of loss - midpoint. A base that is a midpoint itself is decided by t > 0, however small: the loss of a
//   row with several finite logits is transcendental (Lindemann-Weierstrass), so that it never is a midpoint.
std::optional<float> recompute(const float* row, int64_t classes, int64_t target);

// The gradient upstream (p_i - [i = t]) of one row, entry by entry.
//
// Shape: as above. Views the row.
// Domain: as above, but no logit is NaN or +inf, some class besides the target is not masked, and
//   |upstream| is at most 2^200.
// Error: none.
// Method: probabilities are quotients of exponentials in double-double arithmetic, 1 - p_t that of the sum of
//   the others. Where all logits that count are equal or nearly so, entries are rational or nearly so: these
//   may be midpoints, and it is found out on which side of them an entry lies.
class RecomputedGradient {
 public:
  RecomputedGradient(const float* row, int64_t classes, int64_t target, double upstream);

  // The float nearest to entry i, ties to even; nullopt: it is within 2^-84 + classes 2^-102 of the midpoint
  // of two floats and was not decided.
  std::optional<float> entry(int64_t i) const;

 private:
  // The same for its magnitude. Domain: neither class i nor upstream is nothing.
  std::optional<float> magnitude_of(int64_t i) const;

  const float* row_;
  const int64_t classes_;
  const int64_t target_;
  const double upstream_;
  float reference_;      // what exponentials are relative to: the larger of the target and the others
  DoubleDouble others_;  // sum of those of the others
  DoubleDouble all_;     // and the target's
};

}  // namespace xent::fast

#endif  // XENT_FAST_RECOMPUTE_H
