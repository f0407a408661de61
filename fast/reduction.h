// From the sum over the rows to the one value that a reduced problem asks for.
#ifndef XENT_FAST_REDUCTION_H
#define XENT_FAST_REDUCTION_H

#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include "reference/xent.h"

namespace xent::fast {

// A loss in nats in the units of the problem. Formula: nats / ln(base). Error: 2 roundings of Real.
template <class Real>
Real in_base(const xent_problem& problem, Real nats) {
  return problem.base == 0 ? nats : nats / static_cast<Real>(std::log(problem.base));
}

// What a mean divides by. Every row weighs 1, so the weights of the valid rows are their number.
inline double denominator(const xent_problem& problem, int64_t valid_rows) {
  switch (problem.conventions.denominator) {
    case XENT_ALL_ROWS:
      return static_cast<double>(problem.rows);
    case XENT_GIVEN:
      return problem.conventions.denominator_value;
    default:
      return static_cast<double>(valid_rows);
  }
}

// What reduction and base make of the derivative of a row's loss. Domain: a mean of no valid row has no row
// whose gradient would need it.
inline double gradient_scale(const xent_problem& problem, int64_t valid_rows) {
  const double scale = in_base(problem, 1.0);
  return problem.reduction == XENT_MEAN ? scale / denominator(problem, valid_rows) : scale;
}

// The reduced result.
//
// Formula: sum for XENT_SUM; sum / D for XENT_MEAN, D as the conventions say; e^(sum / D) for perplexity.
// Units: sum in nats, the result in the base of the problem (perplexity has none).
// Domain: a mean of no valid row is NaN, whatever D is; a sum of none is 0.
// Error: one rounding of Real for each operation named.
template <class Real>
Real reduced(const xent_problem& problem, Real sum, int64_t valid_rows) {
  if (problem.reduction == XENT_SUM) return in_base(problem, sum);
  if (valid_rows == 0) return std::numeric_limits<Real>::quiet_NaN();
  const Real mean = sum / static_cast<Real>(denominator(problem, valid_rows));
  return std::string_view(problem.loss) == "perplexity" ? std::exp(mean) : in_base(problem, mean);
}

}  // namespace xent::fast

#endif  // XENT_FAST_REDUCTION_H
