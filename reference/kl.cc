#include "reference/kl.h"

#include "reference/distribution.h"
#include "reference/log_targets.h"
#include "reference/preparation.h"

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
  if (has_log_targets(row)) return expected_surprisal_of_logs(row, true);
  LogForm form;
  const auto q = row.input();
  const auto p = row.target_probs();
  for (std::size_t i = 0; i < q.size(); ++i) add_term(form, p[i], q[i], row.problem());
  return form;
}

std::vector<LogForm> ratios(const Row& row, const Rational& factor, const Rational& c) {
  const auto q = row.input();
  const auto p = row.target_probs();
  std::vector<LogForm> forms(q.size());
  std::vector<Rational> elasticities(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    const Rational weight = factor * p[i].rational();
    forms[i].add(factor * c);
    add_derivative_of_log(forms[i], -weight, q[i], row.problem());
    elasticities[i] = -weight;
    if (c != 0) elasticities[i] += factor * c * q[i].rational();
  }
  const auto elasticity = [&](std::size_t i) { return LogForm::constant(elasticities[i]); };
  return before_preparation(row, Prepared::input, std::move(forms), elasticity);
}

std::vector<LogForm> log_ratios(const Row& row, const Rational& factor, const Rational& c) {
  const auto q = row.input();
  const auto p = row.target_probs();
  std::vector<LogForm> forms(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    LogForm derivative;
    derivative.add(c);
    derivative.add_log(1, p[i]);
    add_log_of(derivative, -1, q[i], row.problem().input_space);
    forms[i] = times(factor, std::move(derivative), row.problem());
  }
  const auto elasticity = [&](std::size_t i) {
    LogForm form;
    add_term(form, p[i], q[i], row.problem());
    if (!form.is_special()) form.add(c * p[i].rational());
    return times(factor, std::move(form), row.problem());
  };
  return before_preparation(row, Prepared::targets, std::move(forms), elasticity);
}

Quantities kl_gradient(const Row& row, const Factors& factors) {
  if (has_log_targets(row)) return gradient_of_logs(row, factors);
  if (has_nan(row.input()) || has_nan(row.target_probs())) return undefined_entries(row.problem());
  return logarithms(ratios(row, factors.loss, 0), row.problem());
}

Quantities kl_target_gradient(const Row& row, const Factors& factors) {
  if (has_log_targets(row)) return target_gradient_of_logs(row, factors, true);
  if (has_nan(row.input()) || has_nan(row.target_probs())) return undefined_entries(row.problem());
  return logarithms(log_ratios(row, factors.loss, 1), row.problem());
}

}  // namespace xent::reference
