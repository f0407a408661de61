// zero_weight: a class without mass may be impossible: y_c = 0 with x_c = -inf adds nothing, as if it were
// not there.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_zero_weight(const xent_claim& claim, const xent_implementation& implementation) {
  const xent_policy policy = implementation.conventions.zero_weight_times_infinity;
  return is_loss(claim, "softmax_cross_entropy") && contains(claim.options, XENT_OPTION_SOFT_TARGETS) &&
         !formats_in(claim.target_formats).empty() && policy != XENT_POLICY_NAN && takes_masked_logits(claim);
}

Trial generate_zero_weight(Random& random, const xent_claim& claim, int, int) {
  Trial trial =
      trial_of(random, claim, {random.pick(logit_regimes()), random.between(1, 3), any_classes(random, 60)});
  Problem& p = trial.problem;
  const auto formats = formats_in(claim.target_formats);
  p.targets.clear();
  p.target_probs.clear();
  p.target_format = formats.front()->id;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    for (const double y : distribution(random, Regime::probabilities, *formats.front(), p.classes))
      p.target_probs.emplace_back(y);
  }
  trial.parameters = {Number(static_cast<double>(random.below(p.classes + 1))),
                      Number(static_cast<double>(random.between(1, 9)))};
  return trial;
}

Outcome judge_zero_weight(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const std::int64_t at = std::clamp<std::int64_t>(trial.integer(0), 0, p.classes);
  const std::int64_t count = trial.integer(1);
  const bool counts_classes = p.reduction == XENT_MEAN && p.conventions.denominator == XENT_ELEMENTS;
  if (p.loss != "softmax_cross_entropy" || p.conventions.zero_weight_times_infinity == XENT_POLICY_NAN ||
      counts_classes || p.target_probs.empty() || !p.label_smoothing.is_zero() || !p.class_weights.empty() ||
      !p.softcap.is_zero() || count < 1 || count > 1000 || !is_regular(p) ||
      p.wanted != reference::Wanted::loss) {
    return Outcome::inadmissible("no rows of soft labels, or no classes to insert");
  }
  Problem wider = with_masked(p, at, count);
  wider.target_probs.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto y = p.target_row(row);
    wider.target_probs.insert(wider.target_probs.end(), y.begin(), y.begin() + at);
    wider.target_probs.insert(wider.target_probs.end(), static_cast<std::size_t>(count), Number(0.0));
    wider.target_probs.insert(wider.target_probs.end(), y.begin() + at, y.end());
  }
  if (auto outcome = inadmissible(subject, {wider, {}, trial.regime})) return *outcome;
  const Answered here = ask(subject, p);
  const Answered there = ask(subject, wider);
  if (here.failure) return *here.failure;
  if (there.failure) return *there.failure;
  auto allowance = bounds_of(subject, p);
  const auto bounds = bounds_of(subject, wider);
  for (std::size_t i = 0; i < allowance.size(); ++i) allowance[i] += bounds[i];
  return all_agree(there.loss, here.loss, allowance, measured_in(subject, p),
                   "with impossible classes of mass 0 against without them");
}

}  // namespace xent::properties::laws
