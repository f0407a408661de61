// Losses of one row of probabilities, as textbooks have them, in binary32.
//
// Domain of all: 0 ln 0 = 0; p > 0 with q = 0 gives +inf; a NaN anywhere in the row gives NaN.
// Error: each logarithm 2u, each product and each of the C - 1 additions u, relative to the terms.
#ifndef XENT_FAST_PROBABILITIES_H
#define XENT_FAST_PROBABILITIES_H

#include <cmath>

#include "fast/plain.h"

namespace xent::fast {

// Entropy: -sum p ln p. The subtraction from 0 makes the entropy of a point mass +0.
inline float entropy(const Row& row) {
  float sum = 0;
  for (int64_t i = 0; i < row.classes; ++i) {
    const float p = row.input(i);
    if (p != 0) sum += p * std::log(p);
  }
  return 0 - sum;
}

// Cross-entropy: -sum p ln q.
inline float cross_entropy(const Row& row) {
  float sum = 0;
  for (int64_t i = 0; i < row.classes; ++i) {
    const float p = row.target_prob(i);
    const float q = row.input(i);
    if (p != 0 || std::isnan(q)) sum += p * std::log(q);
  }
  return 0 - sum;
}

// Negative log-likelihood: -ln q_t.
inline float nll(const Row& row) {
  for (int64_t i = 0; i < row.classes; ++i) {
    if (std::isnan(row.input(i))) return row.input(i);
  }
  return 0 - std::log(row.input(row.target));
}

}  // namespace xent::fast

#endif  // XENT_FAST_PROBABILITIES_H
