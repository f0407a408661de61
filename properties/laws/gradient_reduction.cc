// gradient_reduction: the gradient of a sum is that of its rows, and that of a mean is that divided.
#include <algorithm>
#include <cmath>

#include "properties/divisors.h"
#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_gradient_reduction(const xent_claim& claim, const xent_implementation&) {
  return has_gradient(claim) && contains(claim.reductions, XENT_SUM) &&
         (contains(claim.reductions, XENT_MEAN) || contains(claim.reductions, XENT_NONE));
}

Trial generate_gradient_reduction(Random& random, const xent_claim& claim, int, int) {
  Trial trial = gradient_trial(random, claim, 100);
  trial.problem.reduction = XENT_SUM;
  trial.problem.upstream.clear();
  return trial;
}

Outcome judge_gradient_reduction(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& sum = trial.problem;
  const xent_conventions& conventions = sum.conventions;
  if (sum.wanted != reference::Wanted::gradient || sum.reduction != XENT_SUM || !sum.upstream.empty())
    return Outcome::inadmissible("not the gradient of a sum");
  const xent_claim& claim = *subject.claim(sum);
  const Answered summed = ask(subject, sum);
  if (summed.failure) return *summed.failure;
  const auto sum_bounds = bounds_of(subject, sum);
  for (const xent_reduction reduction : {XENT_NONE, XENT_MEAN}) {
    Problem other = sum;
    other.reduction = reduction;
    const bool apart = conventions.z_loss_over_valid_rows != 0 && !sum.z_loss.is_zero();
    const Divisors divisors = divisors_of(other, machine_of(other, claim));
    if (inadmissible(subject, {other, {}, trial.regime}) || divisors.is_empty ||
        (reduction == XENT_MEAN && apart))
      continue;
    const Answered answered = ask(subject, other);
    if (answered.failure) return *answered.failure;
    auto allowance = bounds_of(subject, other);
    auto expected = answered.grad;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expected[i] *= divisors.loss;
      // The divisor is known to 2^-30 of itself, of up to 2^22 terms in binary64.
      allowance[i] = allowance[i] * std::abs(divisors.loss) + sum_bounds[i] + 0x1p-30 * std::abs(expected[i]);
      // What overflowed stands for less, or for more, when it is multiplied.
      if (!std::isfinite(expected[i])) allowance[i] = HUGE_VAL;
    }
    Outcome outcome = all_agree(summed.grad, expected, allowance, measured_in(subject, sum),
                                reduction == XENT_MEAN ? "gradient of the sum against that of the mean"
                                                       : "gradient of the sum against that of the rows");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
