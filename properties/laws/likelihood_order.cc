// likelihood_order: the more likely target has the smaller loss, so argmin NLL = argmax likelihood.
#include <algorithm>
#include <cmath>
#include <utility>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"
#include "reference/row.h"

namespace xent::properties::laws {
namespace {

// ln of the likelihood ratio of the two classes: x_a - x_b, or ln(q_a / q_b).
Enclosure log_ratio(const Problem& p, const Number& a, const Number& b) {
  if (p.input_space == XENT_PROBABILITIES) return log(Enclosure(a)) - log(Enclosure(b));
  return Enclosure(a) - Enclosure(b);
}

}  // namespace

bool applies_likelihood_order(const xent_claim& claim, const xent_implementation& implementation) {
  return (has_logits_and_targets(claim) || is_loss(claim, "nll")) &&
         has_row_losses(claim, implementation.conventions);
}

Trial generate_likelihood_order(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, any_regime(random, claim), 200);
  Problem& p = trial.problem;
  p.rows = 1;
  p.input.resize(static_cast<std::size_t>(p.classes));
  p.targets.resize(1);
  const std::int64_t others = std::max<std::int64_t>(p.classes - 1, 1);
  trial.parameters = {Number(static_cast<double>((p.targets[0] + 1 + random.below(others)) % p.classes))};
  return trial;
}

Outcome judge_likelihood_order(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  Problem p = trial.problem;
  const bool is_known = p.loss == "softmax_cross_entropy" || p.loss == "nll";
  if (p.rows != 1 || !is_known || p.targets.empty() || p.wanted != reference::Wanted::loss ||
      !asks_for_rows(p) || !is_plain(p))
    return Outcome::inadmissible("not one row");
  Problem other = p;
  other.targets = {std::clamp<std::int64_t>(trial.integer(0), 0, p.classes - 1)};
  if (!is_regular(p) || !is_regular(other)) return Outcome::inadmissible("an infinite or undefined logit");
  const reference::Row prepared(p, 0);
  const auto input_at_target = [&](const Problem& problem) -> const Number& {
    return prepared.input()[static_cast<std::size_t>(problem.targets[0])];
  };
  if (input_at_target(p) < input_at_target(other)) std::swap(p, other);
  const Number& a = input_at_target(p);
  const Number& b = input_at_target(other);
  if (p.input_space == XENT_PROBABILITIES && (a.is_zero() || b.is_zero()))
    return Outcome::inadmissible("impossible target");
  const double needed = bounds_of(subject, p)[0] + bounds_of(subject, other)[0];
  const reference::PrecisionScope scope(kJudgePrecision);
  const Enclosure ratio = log_ratio(p, a, b);
  if (!(ratio.lower_double() > needed))
    return Outcome::inadmissible("the likelihoods are not separated by the bounds");
  const Answered likely = ask(subject, p);
  const Answered unlikely = ask(subject, other);
  if (likely.failure) return *likely.failure;
  if (unlikely.failure) return *unlikely.failure;
  // Where the smaller loss overflows, so does the other, and nothing orders them.
  if (const auto outcome = not_finite(subject, p, 0, likely.loss[0])) return *outcome;
  if (likely.loss[0] < unlikely.loss[0]) return Outcome::pass();
  return Outcome::fail("class " + std::to_string(p.targets[0]) + " is likelier than class " +
                       std::to_string(other.targets[0]) + ", but its loss " + shown(likely.loss[0]) +
                       " is not below " + shown(unlikely.loss[0]));
}

}  // namespace xent::properties::laws
