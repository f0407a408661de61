// additivity: a batch gives what its parts give: rows by rows, and sums as sums of parts.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_additivity(const xent_claim& claim, const xent_implementation&) {
  return contains(claim.reductions, XENT_NONE) || contains(claim.reductions, XENT_SUM);
}

Trial generate_additivity(Random& random, const xent_claim& claim, int index, int) {
  const std::int64_t rows = index % 4 == 0 ? random.between(5, 200) : random.between(2, 8);
  Trial trial = trial_of(random, claim, any_regime(random, claim), rows, any_classes(random, 20));
  choose_options(random, claim, trial.problem);
  if (trial.problem.reduction == XENT_MEAN) trial.problem.reduction = XENT_NONE;
  if (has_gradient(claim) && random.chance(0.5)) want_gradient(random, claim, trial.problem);
  trial.parameters = {Number(static_cast<double>(random.between(1, rows - 1)))};
  return trial;
}

Outcome judge_additivity(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const std::int64_t k = trial.integer(0);
  if (p.reduction == XENT_MEAN || k < 1 || k >= p.rows) return Outcome::inadmissible("no two parts");
  const Answered whole = ask(subject, p);
  if (whole.failure) return *whole.failure;
  std::vector<double> joined;
  std::vector<double> bounds;
  for (const Problem& part : {rows_of(p, 0, k), rows_of(p, k, p.rows)}) {
    const Answered answered = ask(subject, part);
    if (answered.failure) return *answered.failure;
    const auto part_bounds = bounds_of(subject, part);
    joined.insert(joined.end(), answered.wanted(p).begin(), answered.wanted(p).end());
    bounds.insert(bounds.end(), part_bounds.begin(), part_bounds.end());
  }
  if (p.reduction == XENT_SUM && p.wanted == reference::Wanted::loss) {
    joined = {joined[0] + joined[1]};
    bounds = {bounds[0] + bounds[1] + 0x1p-53 * std::abs(joined[0])};
    if (!std::isfinite(joined[0]) || !std::isfinite(whole.loss[0])) bounds[0] = HUGE_VAL;
  }
  const auto whole_bounds = bounds_of(subject, p);
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] += whole_bounds[i];
  return all_agree(whole.wanted(p), joined, bounds, "the whole against its parts");
}

}  // namespace xent::properties::laws
