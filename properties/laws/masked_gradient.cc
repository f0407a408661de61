// masked_gradient: a masked class has derivative exactly 0, and the others have what they have without it.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_masked_gradient(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logits_and_targets(claim) && has_row_losses(claim, implementation.conventions) &&
         has_gradient(claim) && takes_masked_logits(claim);
}

Trial generate_masked_gradient(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 60);
  want_gradient(random, claim, trial.problem);
  const std::int64_t blocks[] = {1, 2, 7, 8, 16, 64, 200};
  trial.parameters = {Number(static_cast<double>(random.below(trial.problem.classes + 1))),
                      Number(static_cast<double>(random.pick(std::span<const std::int64_t>(blocks))))};
  return trial;
}

Outcome judge_masked_gradient(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const std::int64_t at = std::clamp<std::int64_t>(trial.integer(0), 0, p.classes);
  const std::int64_t count = trial.integer(1);
  if (p.wanted != reference::Wanted::gradient || p.loss != "softmax_cross_entropy" || count < 1 ||
      count > 10000 || p.targets.empty() || p.ignore_index || !asks_for_rows(p) ||
      !p.label_smoothing.is_zero() || !p.class_weights.empty() || !p.softcap.is_zero() || !is_regular(p)) {
    return Outcome::inadmissible("no classes to insert, or not regular rows");
  }
  const Problem masked = with_masked(p, at, count);
  if (auto outcome = inadmissible(subject, {masked, {}, trial.regime})) return *outcome;
  const Answered plain = ask(subject, p);
  const Answered with = ask(subject, masked);
  if (plain.failure) return *plain.failure;
  if (with.failure) return *with.failure;
  const auto plain_bounds = bounds_of(subject, p);
  const Format format = measured_in(subject, p);
  const auto with_bounds = bounds_of(subject, masked);
  for (std::int64_t i = 0; i < masked.rows * masked.classes; ++i) {
    const std::int64_t c = i % masked.classes;
    const double g = with.grad[static_cast<std::size_t>(i)];
    if (c >= at && c < at + count) {
      if (std::isinf(with_bounds[static_cast<std::size_t>(i)])) continue;
      if (g != 0) return Outcome::fail("a masked class has derivative " + shown(g));
      continue;
    }
    const auto before = static_cast<std::size_t>(i / masked.classes * p.classes + (c < at ? c : c - count));
    const double allowance = with_bounds[static_cast<std::size_t>(i)] + plain_bounds[before];
    if (agree(g, plain.grad[before], allowance, format)) continue;
    return Outcome::fail("derivative " + shown(plain.grad[before]) + " became " + shown(g) +
                         " after inserting masked classes");
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
