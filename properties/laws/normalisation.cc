// normalisation: sum over t of e^(-l_t) = 1. With `difference` it characterises the loss completely.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// The losses of rows and what they may be off: asked for at once, or one by one by those who only add up.
struct RowLosses {
  std::vector<double> values;
  std::vector<double> bounds;
  std::optional<Outcome> failure;

  RowLosses(const Subject& subject, const Problem& p) {
    const std::int64_t step = p.reduction == XENT_NONE ? p.rows : 1;
    for (std::int64_t row = 0; row < p.rows && !failure; row += step) {
      const Problem part = rows_of(p, row, row + step);
      const Answered answered = ask(subject, part);
      const auto allowed = bounds_of(subject, part);
      values.insert(values.end(), answered.loss.begin(), answered.loss.end());
      bounds.insert(bounds.end(), allowed.begin(), allowed.end());
      failure = answered.failure;
    }
  }
};

// Neither NaN nor +inf.
bool is_defined(const Problem& p) {
  return std::all_of(p.input.begin(), p.input.end(),
                     [](const Number& x) { return x.is_finite() || (x.is_infinite() && x.sign() < 0); });
}

}  // namespace

Trial generate_normalisation(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 65);
  Problem& p = trial.problem;
  for (std::int64_t i = random.below(4); i > 0 && is_unmapped(p); --i)
    choose_row_options(random, claim, kMapOptions, p);
  // One row of logits; the law asks for every target in turn.
  p.input.resize(static_cast<std::size_t>(p.classes));
  p.targets = {0};
  p.rows = 1;
  return trial;
}

Outcome judge_normalisation(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  // Mapped logits have a softmax, too.
  if (p.rows != 1 || !asks_for_label_losses(p) || !has_maps_only(p) || p.classes > 1000) {
    return Outcome::inadmissible("not one row without weights");
  }
  Problem every = p;
  every.rows = p.classes;
  every.input.clear();
  every.targets.clear();
  for (std::int64_t target = 0; target < p.classes; ++target) {
    // A cap unmasks.
    if (p.softcap.is_zero() && !p.input[static_cast<std::size_t>(target)].is_finite()) continue;
    every.input.insert(every.input.end(), p.input.begin(), p.input.end());
    every.targets.push_back(target);
  }
  every.rows = static_cast<std::int64_t>(every.targets.size());
  if (every.rows == 0 || !is_defined(p)) return Outcome::inadmissible("no finite logit, or an undefined one");
  const RowLosses losses(subject, every);
  if (losses.failure) return *losses.failure;
  const reference::PrecisionScope scope(kJudgePrecision);
  Enclosure total(-1L);
  double allowance = 0;
  for (std::size_t t = 0; t < losses.values.size(); ++t) {
    const double loss = losses.values[t];
    if (std::isinf(losses.bounds[t])) return Outcome::inadmissible("a loss without a bound");
    if (std::isnan(loss))
      return Outcome::fail("loss of target " + std::to_string(every.targets[t]) + " is nan");
    if (loss == HUGE_VAL) continue;  // its share is below e^-(largest float)
    const Enclosure share = exp(-Enclosure(loss));
    total += share;
    allowance += share.upper_double() * std::expm1(losses.bounds[t]);
  }
  return within(total, allowance * (1 + std::ldexp(1.0, -20)), "sum of e^-l over all targets, minus 1");
}

}  // namespace xent::properties::laws
