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

// What rows that are not ignored come to: their number, and what they weigh.
struct Valid {
  int64_t rows;
  double weight;
};

// What a mean divides by; NaN if that is 0.
inline double denominator(const xent_problem& problem, const Valid& valid) {
  double value = static_cast<double>(valid.rows);
  if (problem.conventions.denominator == XENT_ALL_ROWS) value = static_cast<double>(problem.rows);
  if (problem.conventions.denominator == XENT_VALID_WEIGHTS) value = valid.weight;
  if (problem.conventions.denominator == XENT_GIVEN) value = problem.conventions.denominator_value;
  return value == 0 ? std::numeric_limits<double>::quiet_NaN() : value;
}

// What reduction and base make of the derivative of a row's loss. Domain: a mean of no valid row has no row
// whose gradient would need it.
inline double gradient_scale(const xent_problem& problem, const Valid& valid) {
  const double scale = in_base(problem, 1.0);
  return problem.reduction == XENT_MEAN ? scale / denominator(problem, valid) : scale;
}

// The reduced result.
//
// Formula: sum for XENT_SUM; sum / D for XENT_MEAN, D as the conventions say; e^(sum / D) for perplexity.
// Units: sum in nats, the result in the base of the problem (perplexity has none).
// Domain: a mean of no valid row is NaN, whatever D is; a sum of none is 0.
// Error: one rounding of Real for each operation named.
template <class Real>
Real reduced(const xent_problem& problem, Real sum, const Valid& valid) {
  if (problem.reduction == XENT_SUM) return in_base(problem, sum);
  if (valid.rows == 0) return std::numeric_limits<Real>::quiet_NaN();
  const Real mean = sum / static_cast<Real>(denominator(problem, valid));
  return std::string_view(problem.loss) == "perplexity" ? std::exp(mean) : in_base(problem, mean);
}

}  // namespace xent::fast

#endif  // XENT_FAST_REDUCTION_H
