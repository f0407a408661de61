// one_hot: against a one-hot P, H(P, Q) = -ln q_t, and soft labels give the loss of the hard label.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// The class that has all the mass; nullopt if the row is not one-hot.
std::optional<std::int64_t> hot_class(std::span<const Number> row) {
  std::optional<std::int64_t> hot;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_zero()) continue;
    if (hot || !(row[i] == Number(1.0))) return std::nullopt;
    hot = static_cast<std::int64_t>(i);
  }
  return hot;
}

}  // namespace

bool applies_one_hot(const xent_claim& claim, const xent_implementation& implementation) {
  if (!contains(claim.reductions, XENT_NONE)) return false;
  if (is_loss(claim, "cross_entropy")) {
    const xent_claim* nll = find_claim(implementation, "nll");
    return nll != nullptr && contains(nll->reductions, XENT_NONE);
  }
  return has_logits_and_targets(claim) && contains(claim.options, XENT_OPTION_SOFT_TARGETS) &&
         !formats_in(claim.target_formats).empty();
}

Trial generate_one_hot(Random& random, const xent_claim& claim, int, int) {
  Trial trial =
      trial_of(random, claim, any_regime(random, claim), random.between(1, 3), any_classes(random, 300));
  Problem& p = trial.problem;
  p.targets.clear();
  p.target_format = formats_in(claim.target_formats).front()->id;
  p.target_probs.assign(p.input.size(), Number(0.0));
  for (std::int64_t row = 0; row < p.rows; ++row) {
    p.target_probs[static_cast<std::size_t>(row * p.classes + random.below(p.classes))] = 1.0;
  }
  return trial;
}

Outcome judge_one_hot(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& soft = trial.problem;
  if (soft.target_probs.empty() || soft.reduction != XENT_NONE) return Outcome::inadmissible("not rows of P");
  Problem hard = soft;
  if (soft.loss == "cross_entropy") hard.loss = "nll";
  hard.target_probs.clear();
  hard.target_format = XENT_NO_FORMAT;
  for (std::int64_t row = 0; row < soft.rows; ++row) {
    const auto hot = hot_class(soft.target_row(row));
    if (!hot) return Outcome::inadmissible("P is not one-hot");
    hard.targets.push_back(*hot);
  }
  if (auto outcome = inadmissible(subject, {hard, {}, trial.regime})) return *outcome;
  const Answered from_soft = ask(subject, soft);
  const Answered from_hard = ask(subject, hard);
  if (from_soft.failure) return *from_soft.failure;
  if (from_hard.failure) return *from_hard.failure;
  const auto soft_bounds = bounds_of(subject, soft);
  const auto hard_bounds = bounds_of(subject, hard);
  for (std::size_t i = 0; i < from_hard.loss.size(); ++i) {
    const double a = from_soft.loss[i];
    const double b = from_hard.loss[i];
    const bool same = a == b || (std::isnan(a) && std::isnan(b));
    if (same || std::abs(a - b) <= soft_bounds[i] + hard_bounds[i]) continue;
    return Outcome::fail("one-hot P gives " + shown(a) + ", the hard label " + shown(b));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
