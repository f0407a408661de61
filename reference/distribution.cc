#include "reference/distribution.h"

#include <algorithm>

#include "reference/preparation.h"
#include "reference/quotient.h"

namespace xent::reference {
namespace {

// A mass times a form, neither of them rational.
class Product : public RealNumber {
 public:
  Product(Mass mass, LogForm form) : mass_(std::move(mass)), form_(std::move(form)) {}
  Enclosure enclose() const override { return mass_.enclose() * form_.enclose(0); }
  bool is_not_zero() const override { return form_.exactness(0).excludes_zero(); }

 private:
  Mass mass_;
  LogForm form_;
};

}  // namespace

void add_log_of(LogForm& form, const Mass& mass, const Number& entry, xent_space space) {
  if (entry.is_nan()) return form.set_nan();
  if (mass.is_zero()) return;
  if (space == XENT_PROBABILITIES) return mass.add_log_to(form, entry);
  if (entry.is_infinite()) return form.add_infinity(mass.sign() * entry.sign());
  mass.add_to(form, entry.rational());
}

void add_surprisal(LogForm& form, const Mass& mass, const Number& entry, const Problem& problem) {
  const bool is_infinite = is_impossible(entry, problem.input_space) || entry.is_infinite();
  if (mass.is_zero() && is_infinite && zero_times_infinity_is_nan(problem)) {
    form.set_nan();
  } else {
    add_log_of(form, mass.times(-1), entry, problem.input_space);
  }
}

Mass probability(const Number& entry, xent_space space) {
  return Mass::of_label(1, entry, space);
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

LogForm times(const Mass& mass, LogForm form, const Problem& problem) {
  LogForm product;
  const bool vanishes = mass.is_zero() && form.is_special() && !form.is_nan();
  if (vanishes) {
    if (zero_times_infinity_is_nan(problem)) product.set_nan();
  } else if (mass.is_rational()) {
    product.add(mass.rational(), std::move(form));
  } else if (form.is_special()) {
    product.add(mass.sign(), std::move(form));
  } else if (form.has_logs_alone()) {
    product.add_multiple_of_power(mass.power()->coefficient, mass.power()->exponent, form);
    product.add(mass.rational(), std::move(form));
  } else {
    product.add_number(1, std::make_shared<Product>(mass, std::move(form)));
  }
  return product;
}

LogForm expected_surprisal(const Row& row) {
  LogForm form;
  const auto q = row.input();
  if (has_nan(q) || row.has_undefined_mass()) return LogForm::undefined();
  for (const auto& [c, mass] : row.masses())
    add_surprisal(form, mass, q[static_cast<std::size_t>(c)], row.problem());
  return form;
}

void add_derivative_of_log(LogForm& form, const Mass& c, const Number& entry, const Problem& problem) {
  if (entry.is_nan()) return form.set_nan();
  if (problem.input_space != XENT_PROBABILITIES) return c.add_to(form, 1);
  if (!entry.is_zero()) return c.add_to(form, 1 / entry.rational());
  if (!c.is_zero()) {
    form.add_infinity(c.sign());
  } else if (zero_times_infinity_is_nan(problem)) {
    form.set_nan();
  }
}

Quantities expected_surprisal_gradient(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const Problem& problem = row.problem();
  if (has_nan(q) || row.has_undefined_mass()) return undefined_entries(problem);
  std::vector<LogForm> forms(q.size());
  std::vector<LogForm> elasticities(q.size());
  for (const auto& [c, mass] : row.masses()) {
    const auto index = static_cast<std::size_t>(c);
    const Mass elasticity = mass.times(-factors.loss);
    elasticity.add_to(elasticities[index], 1);
    add_derivative_of_log(forms[index], elasticity, q[index], problem);
  }
  const auto elasticity = [&](std::size_t c) { return elasticities[c]; };
  return logarithms(before_preparation(row, Prepared::input, std::move(forms), elasticity), factors, problem);
}

Quantities expected_surprisal_target_gradient(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const auto p = row.target_probs();
  const Problem& problem = row.problem();
  if (has_nan(q) || row.has_undefined_mass()) return undefined_entries(problem);
  // (-ln q) times the mass.
  const auto surprisal = [&](std::size_t c, const Mass& mass) {
    LogForm form;
    add_surprisal(form, mass, q[c], problem);
    return form;
  };
  const auto share = [&](std::size_t c) {
    return Rational(factors.loss * row.label_factor(static_cast<std::int64_t>(c)));
  };
  const auto elasticity = [&](std::size_t c) {
    return surprisal(c, Mass::of_label(share(c), p[c], problem.target_space));
  };
  std::vector<LogForm> derivatives;
  for (std::size_t c = 0; c < q.size(); ++c)
    derivatives.push_back(row.has_log_targets() ? elasticity(c) : surprisal(c, share(c)));
  return logarithms(before_preparation(row, Prepared::targets, std::move(derivatives), elasticity), factors,
                    problem);
}

Quantities undefined_entries(const Problem& problem) {
  const Quantity undefined = Quantity::logarithm(LogForm::undefined(), 0);
  return listed(std::vector(static_cast<std::size_t>(problem.classes), undefined));
}

Quantities logarithms(std::vector<LogForm> forms, const Factors& factors, const Problem& problem) {
  std::vector<Quantity> all;
  all.reserve(forms.size());
  for (LogForm& form : forms) {
    if (factors.loss_divisor) form = quotient(std::move(form), factors.loss_divisor);
    all.push_back(Quantity::logarithm(std::move(form), problem.base.rational()));
  }
  return listed(std::move(all));
}

}  // namespace xent::reference
