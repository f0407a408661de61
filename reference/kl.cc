#include "reference/kl.h"

#include "reference/distribution.h"

namespace xent::reference {
namespace {

void add_term(LogForm& form, const Number& p, const Number& q, const Problem& problem) {
  const xent_space q_space = problem.input_space;
  if (p.is_nan() || q.is_nan()) return form.set_nan();
  if (p.is_zero()) {
    if (is_impossible(q, q_space) && zero_times_infinity_is_nan(problem)) form.set_nan();
    return;
  }
  const Rational weight = p.rational();
  if (q_space == XENT_PROBABILITIES && !q.is_zero()) {
    // One logarithm of the exact ratio: no cancellation, and equal entries contribute exactly nothing.
    return form.add_log(weight, Number(Rational(weight / q.rational())));
  }
  form.add_log(weight, p);
  add_log_of(form, -weight, q, q_space);
}

}  // namespace

LogForm kl(const Row& row) {
  LogForm form;
  const auto q = row.input();
  const auto p = row.target_probs();
  for (std::size_t i = 0; i < q.size(); ++i) add_term(form, p[i], q[i], row.problem());
  return form;
}

std::vector<Quantity> kl_gradient(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const auto p = row.target_probs();
  if (has_nan(q) || has_nan(p)) return undefined_entries(row.problem());
  std::vector<LogForm> forms(q.size());
  for (std::size_t i = 0; i < q.size(); ++i)
    add_derivative_of_log(forms[i], -factors.loss * p[i].rational(), q[i], row.problem());
  return logarithms(std::move(forms), row.problem());
}

std::vector<Quantity> kl_target_gradient(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const auto p = row.target_probs();
  if (has_nan(q) || has_nan(p)) return undefined_entries(row.problem());
  std::vector<LogForm> forms(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    LogForm derivative;
    derivative.add(1);
    derivative.add_log(1, p[i]);
    add_log_of(derivative, -1, q[i], row.problem().input_space);
    forms[i] = times(factors.loss, std::move(derivative), row.problem());
  }
  return logarithms(std::move(forms), row.problem());
}

}  // namespace xent::reference
