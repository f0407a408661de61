// difference: l_a - l_b = z_b - z_a, for the same row with two targets; a z-loss is the same in both.
#include <algorithm>
#include <array>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/logit_map.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

constexpr std::uint32_t kDifferenceOptions =
    kMapOptions | XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS) | XENT_BIT(XENT_OPTION_Z_LOSS);

// A mean by weights may divide the z-loss by another number.
bool has_options_of_labels(const Problem& p) {
  const bool is_divided = p.reduction == XENT_MEAN && !p.sample_weights.empty();
  return !p.label_smoothing.is_zero() || !p.class_weights.empty() || !p.base.is_zero() || is_divided;
}

}  // namespace

Trial generate_difference(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 400);
  if (random.chance(0.5)) choose_row_options(random, claim, kDifferenceOptions, trial.problem);
  trial.parameters = {Number(static_cast<double>(random.below(trial.problem.classes)))};
  return trial;
}

Outcome judge_difference(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!asks_for_label_losses(p) || has_options_of_labels(p))
    return Outcome::inadmissible("no rows with a hard label");
  Problem other = p;
  for (std::int64_t& target : other.targets)
    target = std::clamp<std::int64_t>(trial.integer(0), 0, p.classes - 1);
  if (!is_regular(p) || !is_regular(other)) return Outcome::inadmissible("an infinite or undefined logit");
  const Answered a = ask(subject, p);
  const Answered b = ask(subject, other);
  if (a.failure) return *a.failure;
  if (b.failure) return *b.failure;
  const auto bounds_a = bounds_of(subject, p);
  const auto bounds_b = bounds_of(subject, other);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::size_t i = 0; i < a.loss.size(); ++i) {
    if (!std::isfinite(a.loss[i]) || !std::isfinite(b.loss[i]))
      return Outcome::inadmissible("the loss overflows");
    const auto x = p.input_row(static_cast<std::int64_t>(i));
    const Enclosure gap = mapped(p, x[static_cast<std::size_t>(other.targets[i])]) -
                          mapped(p, x[static_cast<std::size_t>(p.targets[i])]);
    const Enclosure weight = p.sample_weights.empty() ? Enclosure(1L) : Enclosure(p.sample_weights[i]);
    Outcome outcome = within(Enclosure(a.loss[i]) - Enclosure(b.loss[i]) - weight * gap,
                             sum_of(std::array{bounds_a[i], bounds_b[i]}), "l_a - l_b against z_b - z_a");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
