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
void add_masked(LogForm& form, const Mass& mass, const Problem& problem) {
  if (!mass.is_zero()) {
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
    form.add_softmax(target.mass.rational(), SoftmaxRow(x, target.index));
  }
  return form;
}

// total (lse - m), total a sum of powers of e, of a row with a tail.
class LogSum : public RealNumber {
 public:
  LogSum(ExpSum total, SoftmaxRow row) : total_(std::move(total)), row_(std::move(row)) {}
  Enclosure enclose() const override { return total_.enclose() * row_.enclose_log_sum(); }
  bool is_not_zero() const override { return !total_.is_zero(); }

 private:
  ExpSum total_;
  SoftmaxRow row_;
};

void add_log_of_ties(LogForm& form, const ExpSum& total, std::int64_t ties) {
  for (const auto& [d, c] : total.terms()) form.add_power_of_log(c, d, Number(static_cast<double>(ties)));
}

// Adds total (lse - m). Domain: the row is that of m.
void add_log_sum(LogForm& form, const ExpSum& total, SoftmaxRow row) {
  if (const auto rational = total.rational()) return form.add_softmax(*rational, std::move(row));
  if (!row.has_no_tail()) return form.add_number(1, std::make_shared<LogSum>(total, std::move(row)));
  add_log_of_ties(form, total, row.ties());
}

// sum mass (lse - x) = (lse - m) sum mass + sum mass (m - x), m the largest logit: rationals but for lse - m.
// A missing mass multiplies lse or lse - m.
LogForm soft(std::span<const Number> x, const std::vector<ClassMass>& masses, std::int64_t largest,
             const Problem& problem, const Rational& missing = 0) {
  LogForm form;
  const Rational m = x[static_cast<std::size_t>(largest)].rational();
  ExpSum total = missing;
  if (problem.conventions.target_out_of_range == XENT_POLICY_LSE) form.add(missing * m);
  for (const auto& [c, mass] : masses) {
    const Number& logit = x[static_cast<std::size_t>(c)];
    if (!logit.is_finite()) {
      add_masked(form, mass, problem);
    } else {
      total.add(1, mass);
      mass.add_to(form, m - logit.rational());
    }
  }
  if (!form.is_special()) add_log_sum(form, total, SoftmaxRow(x, largest));
  return form;
}

LogForm capped(std::span<const Number> x, std::vector<ClassMass> masses, const Number& cap) {
  const CappedRow row(x, cap);
  ExpSum total;
  for (const ClassMass& class_mass : masses) total.add(1, class_mass.mass);
  LogForm form;
  if (const std::int64_t equal = row.equal_logits(); equal > 0) {
    add_log_of_ties(form, total, equal);
  } else {
    form.add_number(1, row.loss(std::move(masses)));
  }
  return form;
}

// What multiplies p in the gradient: the factor times the sum of the masses.
ExpSum total_mass(const std::vector<ClassMass>& masses, const Row& row, const Rational& factor) {
  if (row.problem().conventions.gradient_of_unit_mass != 0) return factor;
  ExpSum total = row.misses_target() ? Rational(factor * row.missing_mass()) : Rational(0);
  for (const ClassMass& class_mass : masses) total.add(factor, class_mass.mass);
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
  if (row.has_undefined_mass()) return undefined_entries(row.problem());
  std::vector<ClassMass> masses = row.masses();
  ExpSum total = total_mass(masses, row, factors.loss);
  for (ClassMass& b : masses) b.mass = b.mass.times(factors.loss);
  return std::make_shared<SoftmaxGradient>(row, factors, std::move(total), std::move(masses));
}

Quantities softmax_cross_entropy_target_gradient(const Row& row, const Factors& factors) {
  const Problem& problem = row.problem();
  if (row.has_undefined_mass()) return undefined_entries(problem);
  const LogSoftmax logarithms_of_row(row);
  std::vector<LogForm> entries;
  for (std::int64_t c = 0; c < problem.classes; ++c) {
    if (logarithms_of_row.row() && row.is_left_out(c)) {
      entries.emplace_back();
      continue;
    }
    Mass mass = -factors.loss * row.label_factor(c);
    if (row.has_log_targets())
      mass = Mass::of_label(mass.rational(), row.target_probs()[static_cast<std::size_t>(c)],
                            XENT_LOG_PROBABILITIES);
    entries.push_back(times(mass, logarithms_of_row.at(c), problem));
  }
  return logarithms(std::move(entries), factors, problem);
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
