#include "reference/log_targets.h"

#include "reference/distribution.h"

namespace xent::reference {
namespace {

// e^l (a - ln q), where l is finite.
void add_term_of_log(LogForm& form, const Rational& l, const Rational& a, const Number& q, xent_space space) {
  form.add_power(a, l);
  if (space == XENT_PROBABILITIES) return form.add_power_of_log(-1, l, q);
  if (q.is_infinite()) return form.add_infinity(-q.sign());
  form.add_power(-q.rational(), l);
}

}  // namespace

bool has_log_targets(const Row& row) {
  return row.problem().target_space == XENT_LOG_PROBABILITIES && !row.target_probs().empty();
}

LogForm expected_surprisal_of_logs(const Row& row, bool less_entropy) {
  LogForm form;
  const auto q = row.input();
  const auto logs = row.target_probs();
  const Problem& problem = row.problem();
  if (has_nan(q) || has_nan(logs)) return LogForm::undefined();
  for (std::size_t c = 0; c < q.size(); ++c) {
    if (logs[c].is_finite()) {
      const Rational l = logs[c].rational();
      add_term_of_log(form, l, less_entropy ? l : Rational(0), q[c], problem.input_space);
    } else if (is_impossible(q[c], problem.input_space) && zero_times_infinity_is_nan(problem)) {
      form.set_nan();
    }
  }
  return form;
}

Quantities gradient_of_logs(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const auto logs = row.target_probs();
  const Problem& problem = row.problem();
  if (has_nan(q) || has_nan(logs)) return undefined_entries(problem);
  std::vector<LogForm> forms(q.size());
  for (std::size_t c = 0; c < q.size(); ++c) {
    const bool is_zero = problem.input_space == XENT_PROBABILITIES && q[c].is_zero();
    if (logs[c].is_infinite() || is_zero) {
      add_derivative_of_log(forms[c], logs[c].is_infinite() ? Rational(0) : Rational(-factors.loss), q[c],
                            problem);
    } else {
      const Rational divisor = problem.input_space == XENT_PROBABILITIES ? q[c].rational() : Rational(1);
      forms[c].add_power(-factors.loss / divisor, logs[c].rational());
    }
  }
  return logarithms(std::move(forms), problem);
}

Quantities target_gradient_of_logs(const Row& row, const Factors& factors, bool less_entropy) {
  const auto q = row.input();
  const auto logs = row.target_probs();
  const Problem& problem = row.problem();
  if (has_nan(q) || has_nan(logs)) return undefined_entries(problem);
  std::vector<LogForm> forms(q.size());
  for (std::size_t c = 0; c < q.size(); ++c) {
    LogForm derivative;
    if (logs[c].is_finite()) {
      const Rational l = logs[c].rational();
      add_term_of_log(derivative, l, less_entropy ? Rational(l + 1) : Rational(0), q[c], problem.input_space);
    } else if (is_impossible(q[c], problem.input_space) && zero_times_infinity_is_nan(problem)) {
      derivative.set_nan();
    }
    forms[c] = times(factors.loss, std::move(derivative), problem);
  }
  return logarithms(std::move(forms), problem);
}

}  // namespace xent::reference
