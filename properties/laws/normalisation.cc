// normalisation: sum over t of e^(-l_t) = 1. With `difference` it characterises the loss completely.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

Trial generate_normalisation(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 65);
  Problem& p = trial.problem;
  // One row of logits; the law asks for every target in turn.
  p.input.resize(static_cast<std::size_t>(p.classes));
  p.targets = {0};
  p.rows = 1;
  return trial;
}

Outcome judge_normalisation(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.rows != 1 || p.targets.empty() || p.ignore_index || !p.base.is_zero() || p.classes > 1000) {
    return Outcome::inadmissible("not one plain row");
  }
  Problem every = p;
  every.rows = p.classes;
  every.reduction = XENT_NONE;
  every.input.clear();
  every.targets.clear();
  for (std::int64_t target = 0; target < p.classes; ++target) {
    if (!p.input[static_cast<std::size_t>(target)].is_finite()) continue;
    every.input.insert(every.input.end(), p.input.begin(), p.input.end());
    every.targets.push_back(target);
  }
  every.rows = static_cast<std::int64_t>(every.targets.size());
  if (every.rows == 0 || !is_regular(every))
    return Outcome::inadmissible("no finite logit, or an undefined one");
  if (auto outcome = inadmissible(subject, {every, {}, trial.regime})) return *outcome;
  const Answered answered = ask(subject, every);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, every);
  const reference::PrecisionScope scope(kJudgePrecision);
  Enclosure total(-1L);
  double allowance = 0;
  for (std::size_t t = 0; t < answered.loss.size(); ++t) {
    const double loss = answered.loss[t];
    if (std::isnan(loss))
      return Outcome::fail("loss of target " + std::to_string(every.targets[t]) + " is nan");
    if (loss == HUGE_VAL) continue;  // its share is below e^-(largest float)
    const Enclosure share = exp(-Enclosure(loss));
    total += share;
    allowance += share.upper_double() * std::expm1(bounds[t]);
  }
  return within(total, allowance * (1 + std::ldexp(1.0, -20)), "sum of e^-l over all targets, minus 1");
}

}  // namespace xent::properties::laws
