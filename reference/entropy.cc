#include "reference/entropy.h"

#include "reference/distribution.h"
#include "reference/preparation.h"

namespace xent::reference {

LogForm entropy(const Row& row) {
  const xent_space space = row.problem().input_space;
  if (has_nan(row.input())) return LogForm::undefined();
  LogForm form;
  for (const Number& p : row.input()) add_log_of(form, probability(p, space).times(-1), p, space);
  return form;
}

Quantities entropy_gradient(const Row& row, const Factors& factors) {
  const auto p = row.input();
  const Problem& problem = row.problem();
  if (has_nan(p)) return undefined_entries(problem);
  // scale (-ln p - 1), times the factor.
  const auto derivative = [&](std::size_t c, const Mass& scale) {
    LogForm form;
    scale.add_to(form, -1);
    add_log_of(form, scale.times(-1), p[c], problem.input_space);
    return times(factors.loss, std::move(form), problem);
  };
  const auto elasticity = [&](std::size_t c) {
    return derivative(c, probability(p[c], problem.input_space));
  };
  std::vector<LogForm> forms;
  for (std::size_t c = 0; c < p.size(); ++c)
    forms.push_back(problem.input_space == XENT_PROBABILITIES ? derivative(c, 1) : elasticity(c));
  return logarithms(before_preparation(row, Prepared::input, std::move(forms), elasticity), factors, problem);
}

}  // namespace xent::reference
