#include "reference/row.h"

#include <algorithm>

#include "reference/preparation.h"

namespace xent::reference {
namespace {

template <typename Map>
void map_finite(std::vector<Number>& numbers, Map map) {
  for (Number& x : numbers) {
    if (x.is_finite()) x = Number(Rational(map(x.rational())));
  }
}

}  // namespace

Row::Row(const Problem& problem, std::int64_t index)
    : problem_(problem), index_(index), input_(problem.input_row(index)) {
  const xent_conventions& conventions = problem.conventions;
  if (!problem.target_probs.empty()) target_probs_ = problem.target_row(index);
  if (problem.input_space == XENT_LOGITS && !(problem.scale.is_zero() && problem.temperature.is_zero())) {
    owned_input_.assign(input_.begin(), input_.end());
    // Both are positive, so that infinities stay what they are.
    map_finite(owned_input_, [factor = logit_factor(problem)](const Rational& x) { return x * factor; });
    input_ = owned_input_;
  }
  if (problem.input_space == XENT_PROBABILITIES && prepares(conventions, Prepared::input)) {
    owned_input_ = prepared(input_, conventions, Prepared::input);
    input_ = owned_input_;
  }
  if (!has_log_targets() && prepares(conventions, Prepared::targets)) {
    owned_target_probs_ = prepared(target_probs_, conventions, Prepared::targets);
    target_probs_ = owned_target_probs_;
  }
}

bool Row::has_log_targets() const {
  return !target_probs_.empty() && problem_.target_space == XENT_LOG_PROBABILITIES;
}

bool Row::has_undefined_mass() const {
  const auto is_nan = [](const Number& x) { return x.is_nan(); };
  const auto& weights = problem_.class_weights;
  if (std::any_of(target_probs_.begin(), target_probs_.end(), is_nan)) return true;
  if (weights.empty()) return false;
  // A hard label's own weight always counts; those of the others where they reach the smoothing term.
  const bool counts_target_alone =
      has_target() &&
      (problem_.label_smoothing.is_zero() || problem_.conventions.smoothing_weights != XENT_SMOOTH_WEIGHTED);
  return counts_target_alone ? weights[static_cast<std::size_t>(target())].is_nan()
                             : std::any_of(weights.begin(), weights.end(), is_nan);
}

std::vector<ClassMass> Row::masses() const {
  const Rational alpha = problem_.label_smoothing.rational();
  const std::int64_t label = has_target() ? target() : -1;
  std::vector<ClassMass> masses = has_target() ? hard_masses(alpha) : soft_masses();
  std::erase_if(masses,
                [&](const ClassMass& mass) { return mass.index != label && is_left_out(mass.index); });
  for (ClassMass& mass : masses) {
    if (is_left_out(mass.index)) mass.mass = (1 - alpha) * weight(label);  // without what smoothing adds
  }
  return masses;
}

bool Row::is_left_out(std::int64_t c) const {
  // A capped logit is finite, so that no class is masked.
  if (problem_.conventions.masked_labels != XENT_POLICY_ZERO || problem_.input_space != XENT_LOGITS ||
      !problem_.softcap.is_zero())
    return false;
  const Number& logit = input_[static_cast<std::size_t>(c)];
  return logit.is_infinite() && logit.sign() < 0;
}

Rational Row::label_factor(std::int64_t c) const {
  return (1 - problem_.label_smoothing.rational()) * weight(c);
}

Rational Row::weight(std::int64_t c) const {
  return class_weight(problem_, c).rational();
}

Rational Row::smoothing_weight(std::int64_t c) const {
  switch (problem_.conventions.smoothing_weights) {
    case XENT_SMOOTH_UNWEIGHTED:
      return 1;
    case XENT_SMOOTH_BY_TARGET:
      return weight(target());
    default:
      return weight(c);
  }
}

// What smoothing puts on class c.
Rational Row::smoothing_mass(std::int64_t c) const {
  const Rational alpha = problem_.label_smoothing.rational();
  if (problem_.conventions.smoothing_mass != XENT_SMOOTH_OTHERS) return alpha / problem_.classes;
  return c == target() ? Rational(0) : Rational(alpha / (problem_.classes - 1));
}

// Masses add up to 1, whichever the target is.
Rational Row::missing_mass() const {
  Rational rest = 1;
  for (const ClassMass& smoothed : hard_masses(problem_.label_smoothing.rational()))
    rest -= smoothed.mass.rational();
  return rest;
}

std::vector<ClassMass> Row::hard_masses(const Rational& alpha) const {
  std::vector<ClassMass> masses;
  if (alpha == 0 && misses_target()) return masses;
  if (alpha == 0) return {{target(), weight(target())}};
  for (std::int64_t c = 0; c < problem_.classes; ++c) {
    Rational mass = smoothing_mass(c) * smoothing_weight(c);
    if (c == target()) mass += (1 - alpha) * weight(c);
    masses.push_back({c, mass});
  }
  return masses;
}

std::vector<ClassMass> Row::soft_masses() const {
  const Rational alpha = problem_.label_smoothing.rational();
  std::vector<ClassMass> masses;
  for (std::int64_t c = 0; c < problem_.classes; ++c) {
    const Number& label = target_probs_[static_cast<std::size_t>(c)];
    Mass mass = Mass::of_label(label_factor(c), label, problem_.target_space);
    if (alpha != 0) mass = mass + smoothing_mass(c) * smoothing_weight(c);
    masses.push_back({c, std::move(mass)});
  }
  return masses;
}

Rational logit_factor(const Problem& p) {
  Rational factor = 1;
  if (!p.scale.is_zero()) factor *= p.scale.rational();
  if (!p.temperature.is_zero()) factor /= p.temperature.rational();
  return factor;
}

Number sample_weight(const Problem& problem, std::int64_t row) {
  return problem.sample_weights.empty() ? Number(1.0) : problem.sample_weights[static_cast<std::size_t>(row)];
}

Number class_weight(const Problem& problem, std::int64_t c) {
  return problem.class_weights.empty() ? Number(1.0) : problem.class_weights[static_cast<std::size_t>(c)];
}

}  // namespace xent::reference
