// repeated_rows: the mean of N equal rows is the row.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_repeated_rows(const xent_claim& claim, const xent_implementation& implementation) {
  return averages_rows(implementation.conventions) && contains(claim.reductions, XENT_NONE) &&
         contains(claim.reductions, XENT_MEAN);
}

Trial generate_repeated_rows(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = trial_of(random, claim, {any_regime(random, claim), 1, random.between(1, 6)});
  // Beyond the integers of bfloat16 and of binary16, now and then.
  const double counts[] = {2, 3, 8, 257, 300, 2049};
  const double most = index % 50 == 0 ? 65521 : random.pick(std::span<const double>(counts));
  trial.parameters = {Number(most)};
  return trial;
}

Outcome judge_repeated_rows(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& row = trial.problem;
  const std::int64_t n = trial.integer(0);
  const xent_denominator denominator = row.conventions.denominator;
  if (row.rows != 1 || row.reduction != XENT_NONE || n < 1 || n > 1000000 / row.classes || !is_plain(row) ||
      !averages_rows(row.conventions) || row.wanted != reference::Wanted::loss)
    return Outcome::inadmissible("not one plain row, and how often");
  Problem many = row;
  many.rows = n;
  many.reduction = XENT_MEAN;
  for (std::int64_t i = 1; i < n; ++i) {
    many.input.insert(many.input.end(), row.input.begin(), row.input.end());
    many.targets.insert(many.targets.end(), row.targets.begin(), row.targets.end());
    many.target_probs.insert(many.target_probs.end(), row.target_probs.begin(), row.target_probs.end());
  }
  if (auto outcome = inadmissible(subject, {many, {}, trial.regime})) return *outcome;
  // A weight of soft labels is their sum, which need not be 1.
  if (denominator == XENT_VALID_WEIGHTS && !row.target_probs.empty() && !is_normalised(row.target_row(0)))
    return Outcome::inadmissible("labels that are not normalised");
  const Answered once = ask(subject, row);
  const Answered mean = ask(subject, many);
  if (once.failure) return *once.failure;
  if (mean.failure) return *mean.failure;
  const double bound = bounds_of(subject, row)[0] + bounds_of(subject, many)[0];
  if (agree(once.loss[0], mean.loss[0], bound, measured_in(subject, row))) return Outcome::pass();
  return Outcome::fail("the row is " + shown(once.loss[0]) + ", the mean of " + std::to_string(n) +
                       " such rows " + shown(mean.loss[0]) + ", allowed " + shown(bound));
}

}  // namespace xent::properties::laws
