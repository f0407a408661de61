// z_loss: the z-loss adds lambda lse^2, lse being what l_t + z_t says, and 2 lambda lse p_c dz_c/dx_c to the
// derivatives, p_c being what the derivatives say.
#include <algorithm>
#include <cmath>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"
#include "properties/laws/logit_map.h"

namespace xent::properties::laws {
namespace {

// What knows nothing but the logits: neither weights nor smoothing, upstream factors nor a z-loss.
Problem bare(const Problem& p) {
  Problem plain = p;
  plain.z_loss = plain.label_smoothing = Number(0.0);
  plain.class_weights.clear();
  plain.sample_weights.clear();
  plain.upstream.clear();
  return plain;
}

// What the z-loss is multiplied by in a row.
Enclosure row_factor(const Problem& p, std::size_t row) {
  Enclosure factor(p.z_loss);
  if (!p.sample_weights.empty()) factor = factor * Enclosure(p.sample_weights[row]);
  if (asks_for_gradient(p) && !p.upstream.empty())
    factor = factor * Enclosure(p.upstream[p.reduction == XENT_NONE ? row : 0]);
  return factor;
}

// A real number and how far it may be off.
struct Approximation {
  Enclosure value;
  double error = 0;
};

// The log-sum-exp of a row by its loss, which is finite and within `bound`.
Approximation lse_of(const Problem& p, std::size_t row, double loss, double bound) {
  const auto x = p.input_row(static_cast<std::int64_t>(row));
  return {Enclosure(loss) + mapped(p, x[static_cast<std::size_t>(p.targets[row])]), bound};
}

// factor lse^2.
Approximation z_loss_of(const Enclosure& factor, const Approximation& lse) {
  const double slope = 2 * abs(lse.value).upper_double() + lse.error;
  return {factor * square(lse.value), abs(factor).upper_double() * slope * lse.error};
}

// 2 factor lse p_c dz_c/dx_c: the derivative of the plain loss without the label's share is p_c dz_c/dx_c.
Approximation z_slope_of(const Problem& p, const Enclosure& factor, const Approximation& lse,
                         std::size_t output, double derivative, double bound) {
  const auto classes = static_cast<std::size_t>(p.classes);
  const Number& x = p.input[output];
  Enclosure share(derivative);
  if (output % classes == static_cast<std::size_t>(p.targets[output / classes]))
    share = share + map_slope(p, x);
  const Enclosure twice = Enclosure(2L) * factor;
  const double of_lse = lse.error * (abs(share).upper_double() + bound);
  return {twice * lse.value * share,
          abs(twice).upper_double() * (abs(lse.value).upper_double() * bound + of_lse)};
}

Outcome differ_by(Inquiry& with, Inquiry& without, std::size_t output, const Approximation& term) {
  for (Inquiry* asked : {&with, &without}) {
    if (auto why = asked->unusable(output)) return *why;
  }
  const Enclosure residual = Enclosure(with.value(output)) - Enclosure(without.value(output)) - term.value;
  const double allowance = with.bound(output) + without.bound(output) + term.error;
  if (!std::isfinite(allowance)) return Outcome::inadmissible("no bound of lse^2");
  return within(residual, allowance * (1 + 0x1p-20), "with the z-loss against without and lambda lse^2");
}

}  // namespace

bool applies_z_loss(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logits_and_targets(claim) && contains(claim.options, XENT_OPTION_Z_LOSS) &&
         has_row_losses(claim, implementation.conventions);
}

Trial generate_z_loss(Random& random, const xent_claim& claim, int, int) {
  const bool gradient = has_gradient(claim) && random.chance(0.5);
  Trial trial = softmax_trial(random, claim, gradient ? 60 : 200);
  Problem& p = trial.problem;
  if (random.chance(0.5)) choose_row_options(random, claim, kAllOptions & ~XENT_BIT(XENT_OPTION_BASE), p);
  const double lambdas[] = {1e-4, 0.0009765625, 0.25, 1};
  p.z_loss = random.pick(std::span<const double>(lambdas));
  if (gradient) want_gradient(random, claim, p);
  return trial;
}

Outcome judge_z_loss(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  // A mean by weights divides the two by numbers that may differ.
  const bool is_divided = p.reduction == XENT_MEAN && !p.sample_weights.empty();
  if (p.loss != "softmax_cross_entropy" || p.z_loss.is_zero() || p.targets.empty() || !asks_for_rows(p) ||
      p.ignore_index || is_divided || !is_regular(p)) {
    return Outcome::inadmissible("no rows with a z-loss");
  }
  Problem off = p;
  off.z_loss = Number(0.0);
  const Problem plain = bare(p);
  for (const Problem& question : {off, plain}) {
    if (auto outcome = inadmissible(subject, {question, {}, trial.regime})) return *outcome;
  }
  Inquiry with(subject, p);
  Inquiry without(subject, off);
  const Answered known = ask(subject, plain);
  for (const auto* failure : {&with.failure(), &without.failure(), &known.failure}) {
    if (*failure) return **failure;
  }
  const auto bounds = bounds_of(subject, plain);
  const auto loss_bounds = asks_for_gradient(p) ? bounds_beside(subject, plain) : bounds;
  const reference::PrecisionScope scope(kJudgePrecision);
  Findings findings;
  for (std::size_t i = 0; i < with.size(); ++i) {
    const std::size_t row = asks_for_gradient(p) ? i / static_cast<std::size_t>(p.classes) : i;
    const double loss = known.loss[row];
    // Whether an infinite loss is right, the laws of losses say.
    if (!std::isfinite(loss) || !std::isfinite(loss_bounds[row])) continue;
    const Approximation lse = lse_of(p, row, loss, loss_bounds[row]);
    if (!asks_for_gradient(p)) {
      findings.add(differ_by(with, without, i, z_loss_of(row_factor(p, row), lse)));
    } else if (std::isfinite(known.grad[i]) && std::isfinite(bounds[i])) {
      findings.add(
          differ_by(with, without, i, z_slope_of(p, row_factor(p, row), lse, i, known.grad[i], bounds[i])));
    }
  }
  return findings.outcome("no finite loss");
}

}  // namespace xent::properties::laws
