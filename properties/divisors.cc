#include "properties/divisors.h"

#include <cmath>

#include "properties/masses.h"

namespace xent::properties {
namespace {

using reference::Problem;

// What the class weights make of a row's label.
double label_weight(const Problem& p, std::int64_t row) {
  if (!p.targets.empty()) return weight_at(p.class_weights, p.targets[static_cast<std::size_t>(row)]);
  if (p.target_probs.empty()) return 1;
  double total = 0;
  for (std::int64_t c = 0; c < p.classes; ++c)
    total += weight_at(p.class_weights, c) * as_double(p.target_row(row)[static_cast<std::size_t>(c)]);
  return total;
}

double sum_of_weights(const Problem& p) {
  double total = 0;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (!p.is_ignored(row) && !p.is_out_of_range(row))
      total += weight_at(p.sample_weights, row) * label_weight(p, row);
  }
  return total;
}

double divisor(const Problem& p) {
  switch (p.conventions.denominator) {
    case XENT_ALL_ROWS:
      return static_cast<double>(p.rows);
    case XENT_ELEMENTS:
      return static_cast<double>(p.rows) * static_cast<double>(p.classes);
    case XENT_GIVEN:
      return p.conventions.denominator_value;
    case XENT_VALID_WEIGHTS:
      return sum_of_weights(p);
    default:
      return static_cast<double>(p.valid_rows());
  }
}

}  // namespace

Divisors divisors_of(const Problem& p, const Machine& a) {
  Divisors divisors;
  if (p.reduction != XENT_MEAN) return divisors;
  divisors.loss = divisor(p);
  const auto valid = static_cast<double>(p.valid_rows());
  divisors.z_loss = p.conventions.z_loss_over_valid_rows != 0 ? valid : divisors.loss;
  divisors.is_empty = divisors.loss == 0 || valid == 0;
  divisors.error = 3 * a.u;
  if (p.conventions.denominator == XENT_VALID_WEIGHTS) {
    const double of_labels = p.target_probs.empty() ? 0 : a.sum_factor(static_cast<double>(p.classes));
    divisors.error += a.sum_factor(static_cast<double>(p.rows)) + of_labels + 2 * a.u;
    // Each product of a weight and a label may be below the normal range.
    const auto products =
        static_cast<double>(p.rows) * static_cast<double>(p.target_probs.empty() ? 1 : p.classes + 1);
    divisors.error += products * a.smallest / std::abs(divisors.loss);
  }
  // 1 / (1 - e) - 1.
  divisors.error = divisors.error < 1 ? divisors.error / (1 - divisors.error) : HUGE_VAL;
  return divisors;
}

}  // namespace xent::properties
