// z_loss: the z-loss adds lambda lse^2, lse being what l_t + x_t says.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_z_loss(const xent_claim& claim, const xent_implementation&) {
  return has_logits_and_targets(claim) && contains(claim.options, XENT_OPTION_Z_LOSS) &&
         contains(claim.reductions, XENT_NONE);
}

Trial generate_z_loss(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 200);
  const double lambdas[] = {1e-4, 0.0009765625, 0.25, 1};
  trial.problem.z_loss = random.pick(std::span<const double>(lambdas));
  return trial;
}

Outcome judge_z_loss(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  Problem off = p;
  off.z_loss = Number(0.0);
  if (p.z_loss.is_zero() || !is_plain(off) || p.targets.empty() || p.reduction != XENT_NONE ||
      !is_regular(p) || p.wanted != reference::Wanted::loss) {
    return Outcome::inadmissible("no plain rows with a z-loss");
  }
  const Answered with = ask(subject, p);
  const Answered without = ask(subject, off);
  if (with.failure) return *with.failure;
  if (without.failure) return *without.failure;
  const auto with_bounds = bounds_of(subject, p);
  const auto without_bounds = bounds_of(subject, off);
  const double lambda = std::abs(p.z_loss.as_double());
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::size_t i = 0; i < with.loss.size(); ++i) {
    const double loss = without.loss[i];
    if (!std::isfinite(loss) || std::isinf(with_bounds[i])) continue;
    const auto x = p.input_row(static_cast<std::int64_t>(i))[static_cast<std::size_t>(p.targets[i])];
    const Enclosure lse = Enclosure(loss) + Enclosure(x);
    const Enclosure expected = Enclosure(loss) + Enclosure(p.z_loss) * square(lse);
    // lse is off by the bound of the loss.
    const double b = without_bounds[i];
    const double own = lambda * (2 * abs(lse).upper_double() + b) * b;
    const bool overflows =
        abs(expected).upper_double() + own >= reference::format(p.loss_format).largest() * (1 - 0x1p-8);
    if (std::isinf(with.loss[i]) && overflows) continue;
    if (!std::isfinite(with.loss[i])) return Outcome::fail("with the z-loss " + shown(with.loss[i]));
    Outcome outcome = within(Enclosure(with.loss[i]) - expected, (with_bounds[i] + b + own) * (1 + 0x1p-20),
                             "l with the z-loss against l + lambda lse^2");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
