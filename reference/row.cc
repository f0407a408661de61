#include "reference/row.h"

#include <algorithm>

namespace xent::reference {
namespace {

bool has(std::uint32_t set, unsigned member) {
  return (set & XENT_BIT(member)) != 0;
}

template <typename Map>
void map_finite(std::vector<Number>& numbers, Map map) {
  for (Number& x : numbers) {
    if (x.is_finite()) x = Number(Rational(map(x.rational())));
  }
}

void clip(std::vector<Number>& probabilities, const xent_conventions& conventions) {
  const Rational least(conventions.clip);
  const Rational most = largest_after_clip(conventions);
  map_finite(probabilities, [&](const Rational& q) { return q < least ? least : q > most ? most : q; });
}

void normalise(std::vector<Number>& probabilities) {
  if (std::any_of(probabilities.begin(), probabilities.end(), [](const Number& q) { return q.is_nan(); }))
    return;
  const Rational total = sum(probabilities);
  if (total == 0) {
    std::fill(probabilities.begin(), probabilities.end(), Number(std::numeric_limits<double>::quiet_NaN()));
  } else {
    map_finite(probabilities, [&](const Rational& q) { return q / total; });
  }
}

void clip_and_normalise(std::vector<Number>& probabilities, const xent_conventions& conventions, bool clips,
                        bool normalises) {
  const bool clips_first = has(conventions.clip_rules, XENT_CLIP_FIRST);
  if (clips && clips_first) clip(probabilities, conventions);
  if (normalises) normalise(probabilities);
  if (clips && !clips_first) clip(probabilities, conventions);
}

}  // namespace

Rational largest_after_clip(const xent_conventions& conventions) {
  return has(conventions.clip_rules, XENT_CLIP_UP_TO_ONE) ? Rational(1)
                                                          : Rational(1 - Rational(conventions.clip));
}

bool prepares_input(const Problem& problem) {
  return problem.conventions.clip != 0 || has(problem.conventions.normalise, XENT_NORMALISE_INPUT);
}

bool is_within_clip(const xent_conventions& conventions, const Rational& x) {
  if (conventions.clip == 0) return true;
  return x >= Rational(conventions.clip) && x <= largest_after_clip(conventions);
}

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
  const bool clips = conventions.clip != 0;
  const bool normalises_input = has(conventions.normalise, XENT_NORMALISE_INPUT);
  if (problem.input_space == XENT_PROBABILITIES && (clips || normalises_input)) {
    owned_input_.assign(input_.begin(), input_.end());
    clip_and_normalise(owned_input_, conventions, clips, normalises_input);
    input_ = owned_input_;
  }
  const bool clips_targets = clips && has(conventions.clip_rules, XENT_CLIP_TARGETS);
  const bool normalises_targets = has(conventions.normalise, XENT_NORMALISE_TARGETS);
  if (clips_targets || normalises_targets) {
    owned_target_probs_.assign(target_probs_.begin(), target_probs_.end());
    clip_and_normalise(owned_target_probs_, conventions, clips_targets, normalises_targets);
    target_probs_ = owned_target_probs_;
  }
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
  return has_target() ? hard_masses(alpha) : soft_masses(alpha);
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

std::vector<ClassMass> Row::hard_masses(const Rational& alpha) const {
  std::vector<ClassMass> masses;
  if (alpha == 0) return {{target(), weight(target())}};
  for (std::int64_t c = 0; c < problem_.classes; ++c) {
    Rational mass = smoothing_mass(c) * smoothing_weight(c);
    if (c == target()) mass += (1 - alpha) * weight(c);
    masses.push_back({c, std::move(mass)});
  }
  return masses;
}

std::vector<ClassMass> Row::soft_masses(const Rational& alpha) const {
  std::vector<ClassMass> masses;
  for (std::int64_t c = 0; c < problem_.classes; ++c) {
    Rational mass = (1 - alpha) * target_probs_[static_cast<std::size_t>(c)].rational() * weight(c);
    if (alpha != 0) mass += smoothing_mass(c) * smoothing_weight(c);
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
