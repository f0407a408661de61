#include "reference/entropy.h"

#include "reference/distribution.h"

namespace xent::reference {

LogForm entropy(const Row& row) {
  LogForm form;
  for (const Number& p : row.input()) {
    add_log_of(form, p.is_nan() ? Rational(1) : Rational(-p.rational()), p, XENT_PROBABILITIES);
  }
  return form;
}

Quantities entropy_gradient(const Row& row, const Factors& factors) {
  if (has_nan(row.input())) return undefined_entries(row.problem());
  std::vector<LogForm> forms;
  for (const Number& p : row.input()) {
    LogForm derivative;
    derivative.add(-1);
    derivative.add_log(-1, p);
    forms.push_back(times(factors.loss, std::move(derivative), row.problem()));
  }
  return logarithms(std::move(forms), row.problem());
}

}  // namespace xent::reference
