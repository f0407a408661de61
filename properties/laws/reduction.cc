// reduction: the sum is the sum of the rows, and the mean times its divisor is that too.
#include <algorithm>
#include <cmath>

#include "properties/divisors.h"
#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_reduction(const xent_claim& claim, const xent_implementation&) {
  return contains(claim.reductions, XENT_NONE) &&
         (contains(claim.reductions, XENT_SUM) || contains(claim.reductions, XENT_MEAN));
}

Trial generate_reduction(Random& random, const xent_claim& claim, int index, int) {
  const std::int64_t rows = index % 4 == 0 ? random.between(5, 300) : random.between(1, 6);
  Trial trial = trial_of(random, claim, {any_regime(random, claim), rows, random.between(1, 12)});
  choose_options(random, claim, trial.problem);
  trial.problem.reduction = XENT_NONE;
  return trial;
}

Outcome judge_reduction(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& rows = trial.problem;
  const bool apart = rows.conventions.z_loss_over_valid_rows != 0 && !rows.z_loss.is_zero();
  if (rows.reduction != XENT_NONE || rows.wanted != reference::Wanted::loss || rows.rows == 0)
    return Outcome::inadmissible("not the losses of rows");
  const xent_claim& claim = *subject.claim(rows);
  const Answered each = ask(subject, rows);
  if (each.failure) return *each.failure;
  const double row_bound = sum_of(bounds_of(subject, rows));
  const auto finite = [](double loss) { return std::isfinite(loss); };
  if (!std::all_of(each.loss.begin(), each.loss.end(), finite))
    return Outcome::inadmissible("a loss is not finite");
  const reference::PrecisionScope scope(kJudgePrecision);
  Enclosure total;
  for (const double loss : each.loss) total += Enclosure(loss);
  bool tested = false;
  for (const xent_reduction reduction : {XENT_SUM, XENT_MEAN}) {
    Problem whole = rows;
    whole.reduction = reduction;
    const Divisors divisors = divisors_of(whole, machine_of(whole, claim));
    if (inadmissible(subject, {whole, {}, trial.regime}) || divisors.is_empty ||
        (apart && reduction == XENT_MEAN))
      continue;
    const Answered answered = ask(subject, whole);
    if (answered.failure) return *answered.failure;
    const double bound = bounds_of(subject, whole)[0] * std::abs(divisors.loss) + row_bound;
    tested = true;
    if (std::isinf(bound)) continue;
    // The sum itself may be beyond the range.
    const Enclosure most = (abs(total) + Enclosure(bound)) / abs(Enclosure(divisors.loss));
    if (std::isinf(answered.loss[0]) &&
        may_overflow(most.upper_double(), HUGE_VAL, 0, measured_in(subject, whole)))
      continue;
    if (!std::isfinite(answered.loss[0]))
      return Outcome::fail("all rows are finite, but reduced they are " + shown(answered.loss[0]));
    // The divisor is known to 2^-30 of itself.
    const Enclosure product = Enclosure(answered.loss[0]) * Enclosure(divisors.loss);
    const double own = 0x1p-30 * abs(product).upper_double();
    Outcome outcome =
        within(product - total, bound + own,
               reduction == XENT_SUM ? "the sum against the rows" : "the mean times its divisor");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return tested ? Outcome::pass() : Outcome::inadmissible("no reduction to compare with");
}

}  // namespace xent::properties::laws
