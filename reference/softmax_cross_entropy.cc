#include "reference/softmax_cross_entropy.h"

#include "reference/capped_row.h"
#include "reference/distribution.h"
#include "reference/logits.h"
#include "reference/softmax.h"

namespace xent::reference {
namespace {

LogForm all_masked(const xent_conventions& conventions) {
  LogForm form;
  switch (conventions.all_masked) {
    case XENT_POLICY_ZERO:
      break;
    case XENT_POLICY_INFINITY:
      form.add_infinity(1);
      break;
    default:
      form.set_nan();
  }
  return form;
}

// What mass_c (-ln 0) adds: an infinity, or what the convention says of 0 times it.
void add_masked(LogForm& form, const Rational& mass, const Problem& problem) {
  if (mass != 0) {
    form.add_infinity(mass.sign());
  } else if (zero_times_infinity_is_nan(problem)) {
    form.set_nan();
  }
}

LogForm hard(std::span<const Number> x, const ClassMass& target, const Problem& problem) {
  LogForm form;
  if (x[static_cast<std::size_t>(target.index)].is_infinite()) {
    add_masked(form, target.mass, problem);
  } else {
    form.add_softmax(target.mass, SoftmaxRow(x, target.index));
  }
  return form;
}

// sum mass (lse - x) = (lse - m) sum mass + sum mass (m - x), m the largest logit: rationals but for lse - m.
// A missing mass multiplies lse or lse - m.
LogForm soft(std::span<const Number> x, const std::vector<ClassMass>& masses, std::int64_t largest,
             const Problem& problem, const Rational& missing = 0) {
  LogForm form;
  const Rational m = x[static_cast<std::size_t>(largest)].rational();
  Rational total = missing;
  Rational linear = problem.conventions.target_out_of_range == XENT_POLICY_LSE ? Rational(missing * m) : 0;
  for (const auto& [c, mass] : masses) {
    const Number& logit = x[static_cast<std::size_t>(c)];
    if (!logit.is_finite()) {
      add_masked(form, mass, problem);
    } else {
      total += mass;
      linear += mass * (m - logit.rational());
    }
  }
  if (form.is_special()) return form;
  form.add(linear);
  form.add_softmax(total, SoftmaxRow(x, largest));
  return form;
}

LogForm capped(std::span<const Number> x, std::vector<ClassMass> masses, const Number& cap) {
  const CappedRow row(x, cap);
  Rational total = 0;
  for (const ClassMass& class_mass : masses) total += class_mass.mass;
  LogForm form;
  if (const std::int64_t equal = row.equal_logits(); equal > 0) {
    form.add_log(total, Number(static_cast<double>(equal)));
  } else {
    form.add_number(1, row.loss(std::move(masses)));
  }
  return form;
}

// sum of the masses that multiplies p in the gradient.
Rational total_mass(const std::vector<ClassMass>& masses, const Row& row) {
  if (row.problem().conventions.gradient_of_unit_mass != 0) return 1;
  Rational total = row.misses_target() ? row.missing_mass() : Rational(0);
  for (const ClassMass& class_mass : masses) total += class_mass.mass;
  return total;
}

}  // namespace

LogForm softmax_cross_entropy(const Row& row) {
  const Problem& problem = row.problem();
  const auto x = row.input();
  const LogitRow kind = classify(x);
  const bool is_capped = !problem.softcap.is_zero();
  if (kind.is_undefined(problem.softcap)) return LogForm::undefined();
  if (row.has_undefined_mass()) return LogForm::undefined();
  if (kind.largest < 0 && !is_capped) return all_masked(problem.conventions);
  std::vector<ClassMass> masses = row.masses();
  if (row.misses_target()) return soft(x, masses, kind.largest, problem, row.missing_mass());
  if (is_capped) return capped(x, std::move(masses), problem.softcap);
  return masses.size() == 1 && row.has_target() ? hard(x, masses.front(), problem)
                                                : soft(x, masses, kind.largest, problem);
}

Quantities softmax_cross_entropy_gradient(const Row& row, const Factors& factors) {
  const Problem& problem = row.problem();
  if (row.has_undefined_mass()) return undefined_entries(problem);
  auto gradient = std::make_shared<SoftmaxGradient>(row);
  std::vector<ClassMass> masses = row.masses();
  gradient->set_factor(factors.loss * total_mass(masses, row));
  gradient->set_squared_lse(factors.z_loss * problem.z_loss.rational());
  for (ClassMass& b : masses) b.mass *= factors.loss;
  gradient->subtract(std::move(masses));
  return gradient;
}

Quantities softmax_cross_entropy_target_gradient(const Row& row, const Factors& factors) {
  const Problem& problem = row.problem();
  if (row.has_undefined_mass()) return undefined_entries(problem);
  const LogSoftmax logarithms_of_row(row);
  std::vector<LogForm> entries;
  const Rational share = factors.loss * (1 - problem.label_smoothing.rational());
  for (std::int64_t c = 0; c < problem.classes; ++c) {
    const Rational weight = class_weight(problem, c).rational();
    if (logarithms_of_row.row() && row.is_left_out(c)) {
      entries.emplace_back();
    } else {
      entries.push_back(times(-share * weight, logarithms_of_row.at(c), problem));
    }
  }
  return logarithms(std::move(entries), problem);
}

void add_z_loss(LogForm& form, const Rational& factor, const Row& row) {
  const Problem& problem = row.problem();
  const Rational weight = factor * problem.z_loss.rational();
  if (weight == 0 || form.is_special()) return;
  const auto x = row.input();
  if (!problem.softcap.is_zero()) return form.add_number(weight, CappedRow(x, problem.softcap).squared_lse());
  const std::int64_t largest = classify(x).largest;
  if (largest < 0) return;  // the row's own value is given by convention
  form.add_squared_lse(weight, x[static_cast<std::size_t>(largest)].rational(), SoftmaxRow(x, largest));
}

}  // namespace xent::reference
