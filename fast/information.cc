#include "fast/information.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "fast/elements.h"
#include "fast/full_kernel.h"

namespace xent::fast {
namespace {

// Whole vectors are read: what follows the row adds nothing.
void read_block(const xent_tensor& tensor, int64_t row, int64_t first, int64_t count, double padding,
                double* values) {
  read_elements(tensor, row, first, count, values);
  for (int64_t i = count; i % kLanes != 0; ++i) values[i] = padding;
}

// For one label the sum is one term; the others only have to be numbers.
double nll(const xent_problem& problem, int64_t index, int64_t target) {
  double q[kBlock];
  double nothing = 0;
  for (int64_t first = 0; first < problem.classes; first += kBlock) {
    const int64_t count = std::min(kBlock, problem.classes - first);
    read_elements(problem.input, index, first, count, q);
    for (int64_t i = 0; i < count; ++i) nothing += std::isnan(q[i]) ? q[i] : 0;
  }
  read_elements(problem.input, index, target, 1, q);
  return nothing - std::log(q[0]);
}

}  // namespace

double information_of_row(const xent_problem& problem, int64_t index, int64_t target) {
  if (target >= 0) return nll(problem, index, target);
  const std::string_view loss = problem.loss;
  const auto information = loss == "kl" ? Information::kl : Information::cross_entropy;
  const xent_tensor& masses = loss == "entropy" ? problem.input : problem.target_probs;
  alignas(64) double p[kBlock];
  alignas(64) double q[kBlock];
  LaneSums sum;
  for (int64_t first = 0; first < problem.classes; first += kBlock) {
    const int64_t count = std::min(kBlock, problem.classes - first);
    read_block(masses, index, first, count, 0, p);
    read_block(problem.input, index, first, count, 1, q);
    add_information(information, p, q, count, sum);
  }
  return sum.total().total();
}

}  // namespace xent::fast
