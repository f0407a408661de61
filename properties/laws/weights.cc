// weights: weights of 1 change nothing, twice the weights give twice the loss and gradient.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

// Twice or once the weights of a kind; exact, as doubling is.
std::vector<Number> times(const std::vector<Number>& weights, double factor) {
  std::vector<Number> scaled;
  for (const Number& w : weights) scaled.emplace_back(w.as_double() * factor);
  return scaled;
}

}  // namespace

bool applies_weights(const xent_claim& claim, const xent_implementation&) {
  const auto has = [&](std::int32_t option) {
    return contains(claim.options, option) && contains(reference::find_loss(claim.loss)->options, option);
  };
  return has(XENT_OPTION_CLASS_WEIGHTS) || has(XENT_OPTION_SAMPLE_WEIGHTS);
}

Trial generate_weights(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_question(random, claim, 60);
  Problem& p = trial.problem;
  const reference::Loss& loss = *reference::find_loss(claim.loss);
  const auto has = [&](std::int32_t option) {
    return contains(claim.options, option) && contains(loss.options, option);
  };
  const bool classes =
      has(XENT_OPTION_CLASS_WEIGHTS) && (!has(XENT_OPTION_SAMPLE_WEIGHTS) || random.chance(0.5));
  const Format& format = reference::format(factor_format(p));
  std::vector<Number>& weights = classes ? p.class_weights : p.sample_weights;
  weights.clear();
  const bool ones = random.chance(0.3);
  for (std::int64_t i = 0; i < (classes ? p.classes : p.rows); ++i)
    weights.emplace_back(ones ? 1 : any_weight(random, format));
  trial.parameters = {Number(classes ? 1.0 : 0.0)};
  return trial;
}

Outcome judge_weights(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const auto kind = trial.integer(0) != 0 ? &Problem::class_weights : &Problem::sample_weights;
  const std::vector<Number>& weights = p.*kind;
  // Some of what is doubled must not be, and none of it twice: z-losses know no class weights, nor do some
  // smoothings, nor what p is multiplied by in a gradient of unit mass; a mean over the weights knows no
  // factor.
  const bool is_of_unit_mass =
      p.wanted == reference::Wanted::gradient && p.conventions.gradient_of_unit_mass != 0;
  const bool all_doubled =
      kind == &Problem::sample_weights ||
      (p.z_loss.is_zero() && !is_of_unit_mass &&
       (p.label_smoothing.is_zero() || p.conventions.smoothing_weights != XENT_SMOOTH_UNWEIGHTED));
  const bool cancels = p.reduction == XENT_MEAN && p.conventions.denominator == XENT_VALID_WEIGHTS;
  const bool apart = cancels && (p.conventions.z_loss_over_valid_rows != 0 && !p.z_loss.is_zero());
  if (weights.empty() || !all_doubled || apart)
    return Outcome::inadmissible("no weights that double everything");
  const bool ones =
      std::all_of(weights.begin(), weights.end(), [](const Number& w) { return w == Number(1.0); });
  Problem other = p;
  other.*kind = ones ? std::vector<Number>() : times(weights, 2);
  if (auto outcome = inadmissible(subject, {other, {}, trial.regime})) return *outcome;
  const Answered here = ask(subject, p);
  const Answered there = ask(subject, other);
  if (here.failure) return *here.failure;
  if (there.failure) return *there.failure;
  // Without weights a soft label counts by its sum in the denominator all the same.
  const double factor = ones || cancels ? 1 : 2;
  if (p.loss == "perplexity" && factor != 1) return Outcome::inadmissible("a power");
  auto allowance = bounds_of(subject, other);
  const auto bounds = bounds_of(subject, p);
  auto expected = here.wanted(p);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] *= factor;
    allowance[i] += factor * bounds[i];
    if (!std::isfinite(expected[i]) || !std::isfinite(there.wanted(p)[i])) allowance[i] = HUGE_VAL;
  }
  return all_agree(there.wanted(p), expected, allowance,
                   ones ? "without weights of 1" : "with twice the weights");
}

}  // namespace xent::properties::laws
