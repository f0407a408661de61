#include "reference/distribution.h"

#include <algorithm>

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

bool has_log_targets(const Row& row) {
  return row.problem().target_space == XENT_LOG_PROBABILITIES && !row.target_probs().empty();
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

namespace {

// e^l (l - ln q), or e^l (-ln q), where l is finite.
void add_term_of_log(LogForm& form, const Rational& l, const Number& q, xent_space space, bool less_entropy) {
  if (less_entropy) form.add_power(l, l);
  if (space == XENT_PROBABILITIES) return form.add_power_of_log(-1, l, q);
  if (q.is_infinite()) return form.add_infinity(-q.sign());
  form.add_power(-q.rational(), l);
}

}  // namespace

LogForm expected_surprisal_of_logs(const Row& row, bool less_entropy) {
  LogForm form;
  const auto q = row.input();
  const auto logs = row.target_probs();
  const Problem& problem = row.problem();
  if (has_nan(q) || has_nan(logs)) return LogForm::undefined();
  for (std::size_t c = 0; c < q.size(); ++c) {
    if (logs[c].is_finite()) {
      add_term_of_log(form, logs[c].rational(), q[c], problem.input_space, less_entropy);
    } else if (is_impossible(q[c], problem.input_space) && zero_times_infinity_is_nan(problem)) {
      form.set_nan();
    }
  }
  return form;
}

Quantities expected_surprisal_of_logs_gradient(const Row& row, const Factors& factors) {
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
  if (has_log_targets(row)) return expected_surprisal_of_logs_gradient(row, factors);
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
  return logarithms(before_preparation(row, std::move(forms), elasticities), problem);
}

Quantities expected_surprisal_target_gradient(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const Problem& problem = row.problem();
  if (has_nan(q) || row.has_undefined_mass()) return undefined_entries(problem);
  std::vector<LogForm> forms(q.size());
  const Rational share = factors.loss * (1 - problem.label_smoothing.rational());
  for (std::size_t c = 0; c < q.size(); ++c) {
    LogForm surprisal;
    add_log_of(surprisal, -1, q[c], problem.input_space);
    const Rational weight = class_weight(problem, static_cast<std::int64_t>(c)).rational();
    forms[c] = times(share * weight, std::move(surprisal), problem);
  }
  return logarithms(std::move(forms), problem);
}

std::vector<LogForm> before_preparation(const Row& row, std::vector<LogForm> derivatives,
                                        const std::vector<Rational>& elasticities) {
  const xent_conventions& conventions = row.problem().conventions;
  if (row.problem().input_space != XENT_PROBABILITIES || !prepares_input(row.problem())) return derivatives;
  const bool normalises = (conventions.normalise & XENT_BIT(XENT_NORMALISE_INPUT)) != 0;
  const bool clips_first = (conventions.clip_rules & XENT_BIT(XENT_CLIP_FIRST)) != 0;
  const auto given = row.given();
  const auto clipped_first = [&](const Rational& q) {
    if (!clips_first || is_within_clip(conventions, q)) return q;
    const Rational least(conventions.clip);
    return q < least ? least : largest_after_clip(conventions);
  };
  Rational divisor = 0;
  for (const Number& q : given) divisor += clipped_first(q.rational());
  if (!normalises) divisor = 1;
  std::vector<bool> moves(given.size());
  Rational common = 0;  // what S moves, times S
  for (std::size_t c = 0; c < given.size(); ++c) {
    const Rational q = given[c].rational();
    moves[c] = is_within_clip(conventions, clips_first ? q : Rational(q / divisor));
    if (normalises && (moves[c] || clips_first)) common += elasticities[c];
  }
  std::vector<LogForm> forms(given.size());
  for (std::size_t c = 0; c < given.size(); ++c) {
    if (moves[c]) forms[c].add(1 / divisor, std::move(derivatives[c]));
    if (moves[c] || !clips_first) forms[c].add(-common / divisor);
  }
  return forms;
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
