// difference: l_a - l_b = x_b - x_a, for the same row with two targets.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

Trial generate_difference(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 400);
  trial.parameters = {Number(static_cast<double>(random.below(trial.problem.classes)))};
  return trial;
}

Outcome judge_difference(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.targets.empty() || !asks_for_rows(p) || !p.base.is_zero())
    return Outcome::inadmissible("not plain rows");
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
    const Enclosure residual = Enclosure(a.loss[i]) - Enclosure(b.loss[i]) +
                               Enclosure(x[static_cast<std::size_t>(p.targets[i])]) -
                               Enclosure(x[static_cast<std::size_t>(other.targets[i])]);
    Outcome outcome = within(residual, bounds_a[i] + bounds_b[i], "l_a - l_b against x_b - x_a");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
