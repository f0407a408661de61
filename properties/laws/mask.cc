// mask: inserting classes of logit -inf, singly or as a whole leading block, changes no loss.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_mask(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logits_and_targets(claim) && has_row_losses(claim, implementation.conventions) &&
         takes_masked_logits(claim);
}

Trial generate_mask(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 300);
  const std::int64_t blocks[] = {1, 2, 7, 8, 16, 63, 64, 256, 512, 1024, 1500};
  const bool leading = random.chance(0.5);
  trial.parameters = {Number(static_cast<double>(leading ? 0 : random.below(trial.problem.classes + 1))),
                      Number(static_cast<double>(random.pick(std::span<const std::int64_t>(blocks))))};
  return trial;
}

Outcome judge_mask(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const std::int64_t at = std::clamp<std::int64_t>(trial.integer(0), 0, p.classes);
  const std::int64_t count = trial.integer(1);
  if (count < 1 || count > 100000 || p.targets.empty() || p.ignore_index || !asks_for_rows(p) ||
      !is_regular(p)) {
    return Outcome::inadmissible("no classes to insert, or not regular rows");
  }
  const Problem masked = with_masked(p, at, count);
  if (auto outcome = inadmissible(subject, {masked, {}, trial.regime})) return *outcome;
  const Answered plain = ask(subject, p);
  const Answered with = ask(subject, masked);
  if (plain.failure) return *plain.failure;
  if (with.failure) return *with.failure;
  const auto bounds = bounds_of(subject, p);
  const auto masked_bounds = bounds_of(subject, masked);
  for (std::size_t i = 0; i < plain.loss.size(); ++i) {
    if (std::abs(plain.loss[i] - with.loss[i]) <= bounds[i] + masked_bounds[i]) continue;
    if (plain.loss[i] == with.loss[i]) continue;
    return Outcome::fail("loss " + shown(plain.loss[i]) + " became " + shown(with.loss[i]) +
                         " after inserting " + std::to_string(count) + " masked classes before class " +
                         std::to_string(at));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
