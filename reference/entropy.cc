#include "reference/entropy.h"

#include "reference/distribution.h"
#include "reference/preparation.h"

namespace xent::reference {

LogForm entropy(const Row& row) {
  LogForm form;
  for (const Number& p : row.input()) {
    add_log_of(form, p.is_nan() ? Rational(1) : Rational(-p.rational()), p, XENT_PROBABILITIES);
  }
  return form;
}

Quantities entropy_gradient(const Row& row, const Factors& factors) {
  const auto p = row.input();
  const Problem& problem = row.problem();
  if (has_nan(p)) return undefined_entries(problem);
  // scale (-ln p - 1), times the factor.
  const auto derivative = [&](std::size_t c, const Rational& scale) {
    LogForm form = LogForm::constant(-scale);
    form.add_log(-scale, p[c]);
    return times(factors.loss, std::move(form), problem);
  };
  std::vector<LogForm> forms;
  for (std::size_t c = 0; c < p.size(); ++c) forms.push_back(derivative(c, 1));
  const auto elasticity = [&](std::size_t c) { return derivative(c, p[c].rational()); };
  return logarithms(before_preparation(row, Prepared::input, std::move(forms), elasticity), problem);
}

}  // namespace xent::reference
