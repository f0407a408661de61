#include "reference/log_targets.h"

#include "reference/distribution.h"

namespace xent::reference {
namespace {

// e^l (a - ln q), which for l = -inf is 0, or NaN by convention where -ln q is infinite.
LogForm term(const Number& l, const Rational& a, const Number& q, const Problem& problem) {
  LogForm form;
  if (!l.is_finite()) {
    if (is_impossible(q, problem.input_space) && zero_times_infinity_is_nan(problem)) form.set_nan();
  } else if (problem.input_space == XENT_PROBABILITIES) {
    form.add_power(a, l.rational());
    form.add_power_of_log(-1, l.rational(), q);
  } else if (q.is_infinite()) {
    form.add_infinity(-q.sign());
  } else {
    form.add_power(a - q.rational(), l.rational());
  }
  return form;
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
    const Rational own = less_entropy && logs[c].is_finite() ? logs[c].rational() : Rational(0);
    form.add(1, term(logs[c], own, q[c], problem));
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
    const Rational own = less_entropy && logs[c].is_finite() ? Rational(logs[c].rational() + 1) : Rational(0);
    forms[c] = times(factors.loss, term(logs[c], own, q[c], problem), problem);
  }
  return logarithms(std::move(forms), problem);
}

}  // namespace xent::reference
