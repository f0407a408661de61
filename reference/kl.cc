#include "reference/kl.h"

#include "reference/distribution.h"
#include "reference/preparation.h"

namespace xent::reference {
namespace {

// p ln(p / q). Domain: no NaN.
void add_term(LogForm& form, const Number& p, const Number& q, const Problem& problem) {
  const xent_space p_space = problem.target_space;
  const xent_space q_space = problem.input_space;
  if (is_impossible(p, p_space)) {
    const bool is_infinite = is_impossible(q, q_space) || q.is_infinite();
    if (is_infinite && zero_times_infinity_is_nan(problem)) form.set_nan();
    return;
  }
  if (p_space == XENT_PROBABILITIES && q_space == XENT_PROBABILITIES && !q.is_zero()) {
    // One logarithm of the exact ratio: no cancellation, and equal entries contribute exactly nothing.
    const Rational weight = p.rational();
    return form.add_log(weight, Number(Rational(weight / q.rational())));
  }
  const Mass mass = probability(p, p_space);
  add_log_of(form, mass, p, p_space);
  add_log_of(form, mass.times(-1), q, q_space);
}

bool has_nan(const Row& row) {
  return has_nan(row.input()) || has_nan(row.target_probs());
}

}  // namespace

LogForm kl(const Row& row) {
  if (has_nan(row)) return LogForm::undefined();
  LogForm form;
  const auto q = row.input();
  const auto p = row.target_probs();
  for (std::size_t i = 0; i < q.size(); ++i) add_term(form, p[i], q[i], row.problem());
  return form;
}

Quantities ratios(const Row& row, const Factors& factors, const Rational& c) {
  const Problem& problem = row.problem();
  if (has_nan(row)) return undefined_entries(problem);
  const auto q = row.input();
  const auto p = row.target_probs();
  const auto minus_p = [&](std::size_t i) {
    return probability(p[i], problem.target_space).times(-factors.loss);
  };
  const auto elasticity = [&](std::size_t i) {
    LogForm form;
    minus_p(i).add_to(form, 1);
    if (c != 0) probability(q[i], problem.input_space).add_to(form, factors.loss * c);
    return form;
  };
  std::vector<LogForm> forms(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    if (problem.input_space != XENT_PROBABILITIES) {
      forms[i] = elasticity(i);
    } else {
      forms[i].add(factors.loss * c);
      add_derivative_of_log(forms[i], minus_p(i), q[i], problem);
    }
  }
  return logarithms(before_preparation(row, Prepared::input, std::move(forms), elasticity), factors, problem);
}

Quantities log_ratios(const Row& row, const Factors& factors, const Rational& c) {
  const Problem& problem = row.problem();
  if (has_nan(row)) return undefined_entries(problem);
  const auto q = row.input();
  const auto p = row.target_probs();
  const auto elasticity = [&](std::size_t i) {
    LogForm form;
    add_term(form, p[i], q[i], problem);
    if (!form.is_special()) probability(p[i], problem.target_space).add_to(form, c);
    return times(factors.loss, std::move(form), problem);
  };
  std::vector<LogForm> forms(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    if (row.has_log_targets()) {
      forms[i] = elasticity(i);
    } else {
      LogForm derivative = LogForm::constant(c);
      derivative.add_log(1, p[i]);
      add_log_of(derivative, -1, q[i], problem.input_space);
      forms[i] = times(factors.loss, std::move(derivative), problem);
    }
  }
  return logarithms(before_preparation(row, Prepared::targets, std::move(forms), elasticity), factors,
                    problem);
}

Quantities kl_gradient(const Row& row, const Factors& factors) {
  return ratios(row, factors, 0);
}

Quantities kl_target_gradient(const Row& row, const Factors& factors) {
  return log_ratios(row, factors, 1);
}

}  // namespace xent::reference
