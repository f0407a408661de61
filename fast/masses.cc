#include "fast/masses.h"

#include <algorithm>

#include "fast/elements.h"
#include "fast/full_kernel.h"

namespace xent::fast {

Masses::Masses(const xent_problem& problem) : problem_(problem), alpha_(problem.label_smoothing) {}

double Masses::class_weight(int64_t c) const {
  double weight = 1;
  if (problem_.class_weights.data != nullptr) read_elements(problem_.class_weights, 0, c, 1, &weight);
  return weight;
}

void Masses::multiply_by_weights(int64_t first, int64_t count, double* masses) const {
  if (problem_.class_weights.data == nullptr) return;
  double weights[kBlock];
  read_elements(problem_.class_weights, 0, first, count, weights);
  for (int64_t i = 0; i < count; ++i) masses[i] *= weights[i];
}

// What smoothing puts on class c, before weights.
double Masses::smoothing_mass(int64_t c, int64_t target) const {
  const auto classes = static_cast<double>(problem_.classes);
  if (problem_.conventions.smoothing_mass == XENT_SMOOTH_ALL) return alpha_ / classes;
  return c == target ? 0 : alpha_ / (classes - 1);
}

void Masses::read(int64_t row, int64_t target, int64_t first, int64_t count, double* masses) const {
  const bool is_soft = problem_.target_probs.data != nullptr;
  if (is_soft) {
    read_elements(problem_.target_probs, row, first, count, masses);
    for (int64_t i = 0; i < count; ++i) masses[i] *= 1 - alpha_;
  } else {
    for (int64_t i = 0; i < count; ++i) masses[i] = first + i == target ? 1 - alpha_ : 0;
  }
  const xent_smoothing_weights rule = problem_.conventions.smoothing_weights;
  const bool smooths = alpha_ != 0;
  if (smooths && rule != XENT_SMOOTH_UNWEIGHTED) {
    for (int64_t i = 0; i < count; ++i) masses[i] += smoothing_mass(first + i, target);
  }
  if (smooths && rule == XENT_SMOOTH_BY_TARGET) {
    const double weight = class_weight(target);
    for (int64_t i = 0; i < count; ++i) masses[i] *= weight;
    return;
  }
  // 0 times a weight that is NaN is no mass of a hard label without smoothing.
  if (smooths || is_soft) {
    multiply_by_weights(first, count, masses);
  } else if (target >= first && target < first + count) {
    masses[target - first] *= class_weight(target);
  }
  if (smooths && rule == XENT_SMOOTH_UNWEIGHTED) {
    for (int64_t i = 0; i < count; ++i) masses[i] += smoothing_mass(first + i, target);
  }
}

double Masses::label_weight(int64_t row, int64_t target) const {
  if (target >= 0) return class_weight(target);
  if (problem_.target_probs.data == nullptr) return 1;
  Compensated total;
  double weights[kBlock];
  for (int64_t first = 0; first < problem_.classes; first += kBlock) {
    const int64_t count = std::min(kBlock, problem_.classes - first);
    read_elements(problem_.target_probs, row, first, count, weights);
    multiply_by_weights(first, count, weights);
    for (int64_t i = 0; i < count; ++i) total.add(weights[i]);
  }
  return total.total();
}

}  // namespace xent::fast
