#include "reference/distribution.h"

#include <algorithm>

#include "reference/log_targets.h"
#include "reference/preparation.h"

namespace xent::reference {

void add_log_of(LogForm& form, const Rational& c, const Number& entry, xent_space space) {
  if (entry.is_nan()) return form.set_nan();
  if (c == 0) return;
  if (space == XENT_PROBABILITIES) return form.add_log(c, entry);
  if (entry.is_infinite()) return form.add_infinity(c.sign() * entry.sign());
  form.add(c * entry.rational());
}

bool is_impossible(const Number& entry, xent_space space) {
  return space == XENT_PROBABILITIES ? entry.is_zero() : entry.is_infinite() && entry.sign() < 0;
}

bool has_nan(std::span<const Number> numbers) {
  return std::any_of(numbers.begin(), numbers.end(), [](const Number& x) { return x.is_nan(); });
}

bool zero_times_infinity_is_nan(const Problem& problem) {
  return problem.conventions.zero_weight_times_infinity == XENT_POLICY_NAN;
}

LogForm times(const Rational& c, LogForm form, const Problem& problem) {
  LogForm product;
  const bool vanishes = c == 0 && form.is_special() && !form.is_nan();
  if (!vanishes) {
    product.add(c, std::move(form));
  } else if (zero_times_infinity_is_nan(problem)) {
    product.set_nan();
  }
  return product;
}

LogForm expected_surprisal(const Row& row) {
  LogForm form;
  const auto q = row.input();
  const xent_space space = row.problem().input_space;
  if (has_nan(q) || row.has_undefined_mass()) return LogForm::undefined();
  for (const auto& [c, mass] : row.masses()) {
    const Number& entry = q[static_cast<std::size_t>(c)];
    if (mass == 0 && is_impossible(entry, space) && zero_times_infinity_is_nan(row.problem())) {
      form.set_nan();
    } else {
      add_log_of(form, -mass, entry, space);
    }
  }
  return form;
}

void add_derivative_of_log(LogForm& form, const Rational& c, const Number& entry, const Problem& problem) {
  if (entry.is_nan()) return form.set_nan();
  if (problem.input_space != XENT_PROBABILITIES) return form.add(c);
  if (!entry.is_zero()) return form.add(c / entry.rational());
  if (c != 0) {
    form.add_infinity(c.sign());
  } else if (zero_times_infinity_is_nan(problem)) {
    form.set_nan();
  }
}

Quantities expected_surprisal_gradient(const Row& row, const Factors& factors) {
  if (has_log_targets(row)) return gradient_of_logs(row, factors);
  const auto q = row.input();
  const Problem& problem = row.problem();
  if (has_nan(q) || row.has_undefined_mass()) return undefined_entries(problem);
  std::vector<LogForm> forms(q.size());
  std::vector<Rational> elasticities(q.size());
  for (const auto& [c, mass] : row.masses()) {
    const auto index = static_cast<std::size_t>(c);
    elasticities[index] = -factors.loss * mass;
    add_derivative_of_log(forms[index], elasticities[index], q[index], problem);
  }
  const auto elasticity = [&](std::size_t c) { return LogForm::constant(elasticities[c]); };
  return logarithms(before_preparation(row, Prepared::input, std::move(forms), elasticity), problem);
}

Quantities expected_surprisal_target_gradient(const Row& row, const Factors& factors) {
  if (has_log_targets(row)) return target_gradient_of_logs(row, factors, false);
  const auto q = row.input();
  const auto p = row.target_probs();
  const Problem& problem = row.problem();
  if (has_nan(q) || row.has_undefined_mass()) return undefined_entries(problem);
  std::vector<LogForm> derivatives(q.size());
  const Rational share = factors.loss * (1 - problem.label_smoothing.rational());
  for (std::size_t c = 0; c < q.size(); ++c) {
    LogForm surprisal;
    add_log_of(surprisal, -1, q[c], problem.input_space);
    const Rational weight = class_weight(problem, static_cast<std::int64_t>(c)).rational();
    derivatives[c] = times(share * weight, std::move(surprisal), problem);
  }
  const auto elasticity = [&](std::size_t c) { return times(p[c].rational(), derivatives[c], problem); };
  return logarithms(before_preparation(row, Prepared::targets, derivatives, elasticity), problem);
}

Quantities undefined_entries(const Problem& problem) {
  const Quantity undefined = Quantity::logarithm(LogForm::undefined(), 0);
  return listed(std::vector(static_cast<std::size_t>(problem.classes), undefined));
}

Quantities logarithms(std::vector<LogForm> forms, const Problem& problem) {
  std::vector<Quantity> all;
  all.reserve(forms.size());
  for (LogForm& form : forms) all.push_back(Quantity::logarithm(std::move(form), problem.base.rational()));
  return listed(std::move(all));
}

}  // namespace xent::reference
