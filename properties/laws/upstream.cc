// upstream: the gradient is linear in the upstream factors: row r times v_r, also where v_r is 0 or negative.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_upstream(const xent_claim& claim, const xent_implementation&) {
  return has_gradient(claim) && contains(claim.options, XENT_OPTION_UPSTREAM);
}

Trial generate_upstream(Random& random, const xent_claim& claim, int, int) {
  Trial trial = gradient_trial(random, claim, 100);
  Problem& p = trial.problem;
  const std::size_t losses = p.reduction == XENT_NONE ? static_cast<std::size_t>(p.rows) : 1;
  const Format& format = reference::format(factor_format(p));
  p.upstream.clear();
  for (std::size_t i = 0; i < losses; ++i) p.upstream.emplace_back(any_signed_weight(random, format));
  return trial;
}

Outcome judge_upstream(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.wanted != reference::Wanted::gradient || p.upstream.empty())
    return Outcome::inadmissible("no gradient with upstream factors");
  Problem without = p;
  without.upstream.clear();
  const Answered with = ask(subject, p);
  const Answered plain = ask(subject, without);
  if (with.failure) return *with.failure;
  if (plain.failure) return *plain.failure;
  const auto with_bounds = bounds_of(subject, p);
  const auto plain_bounds = bounds_of(subject, without);
  for (std::size_t i = 0; i < with.grad.size(); ++i) {
    const std::size_t row = i / static_cast<std::size_t>(p.classes);
    const double v = p.upstream[p.reduction == XENT_NONE ? row : 0].as_double();
    const double g = plain.grad[i];
    if (!std::isfinite(g) || std::isinf(with_bounds[i])) continue;
    const double product = v * g;
    const double own = 0x1p-53 * std::abs(product);
    const double allowance = with_bounds[i] + std::abs(v) * plain_bounds[i] + own;
    if (agree(with.grad[i], product, allowance, measured_in(subject, p))) continue;
    return Outcome::fail("derivative " + std::to_string(i) + " is " + shown(with.grad[i]) +
                         " with the upstream factor " + shown(v) + ", without " + shown(g));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
