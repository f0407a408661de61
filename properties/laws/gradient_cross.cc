// gradient_cross: g_c = ((sum y) e^(-l_c) - y_c) dz_c/dx_c, l_c being what the implementation itself says of
// class c; times the weight of the row and its upstream factor.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/logit_map.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

// Every class in turn as the hard label of the one row.
Problem every_target(const Problem& p, const xent_claim& claim) {
  Problem all = loss_beside(p, claim);
  all.rows = p.classes;
  all.input.clear();
  all.targets.clear();
  all.target_probs.clear();
  all.sample_weights.clear();
  all.upstream.clear();
  for (std::int64_t c = 0; c < p.classes; ++c) {
    all.input.insert(all.input.end(), p.input.begin(), p.input.end());
    all.targets.push_back(c);
  }
  return all;
}

Number label(const Problem& p, std::int64_t c) {
  if (p.targets.empty()) return p.target_probs[static_cast<std::size_t>(c)];
  return Number(p.targets[0] == c ? 1.0 : 0.0);
}

// What the derivatives of the row are multiplied by.
Enclosure row_factor(const Problem& p) {
  Enclosure factor(1L);
  if (!p.sample_weights.empty()) factor = factor * Enclosure(p.sample_weights[0]);
  if (!p.upstream.empty()) factor = factor * Enclosure(p.upstream[0]);
  return factor;
}

bool has_more_than_maps_and_factors(const Problem& p) {
  Problem bare = p;
  bare.temperature = bare.scale = bare.softcap = Number(0.0);
  bare.sample_weights.clear();
  bare.upstream.clear();
  return !is_plain(bare);
}

}  // namespace

bool applies_gradient_cross(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logits_and_targets(claim) && has_gradient(claim) && contains(claim.reductions, XENT_NONE) &&
         implementation.conventions.gradient_of_unit_mass == 0;
}

Trial generate_gradient_cross(Random& random, const xent_claim& claim, int, int) {
  Trial trial = trial_of(random, claim, {random.pick(logit_regimes()), 1, random.between(1, 24)});
  Problem& p = trial.problem;
  const bool has_options = random.chance(0.5);
  if (has_options) {
    xent_claim rows = claim;
    rows.reductions = XENT_BIT(XENT_NONE);
    choose_row_options(random, rows, kMapOptions | XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS), p);
  }
  want_gradient(random, claim, p);
  if (!has_options) p.upstream.clear();
  return trial;
}

Outcome judge_gradient_cross(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const auto finite = [](const Number& x) { return x.is_finite(); };
  if (p.wanted != reference::Wanted::gradient || p.conventions.gradient_of_unit_mass != 0 ||
      p.loss != "softmax_cross_entropy" || p.rows != 1 || p.classes > 100 || p.reduction != XENT_NONE ||
      has_more_than_maps_and_factors(p) || !std::all_of(p.input.begin(), p.input.end(), finite)) {
    return Outcome::inadmissible("not the gradient of one row of finite logits");
  }
  const xent_claim& claim = *subject.claim(p);
  const Problem all = every_target(p, claim);
  if (auto outcome = inadmissible(subject, {all, {}, trial.regime})) return *outcome;
  const Answered answered = ask(subject, p);
  const Answered losses = ask(subject, all);
  if (answered.failure) return *answered.failure;
  if (losses.failure) return *losses.failure;
  const auto bounds = bounds_of(subject, p);
  const auto loss_bounds = bounds_of(subject, all);
  const reference::PrecisionScope scope(kJudgePrecision);
  reference::Rational total = 0;
  for (std::int64_t c = 0; c < p.classes; ++c) total += label(p, c).rational();
  for (std::size_t c = 0; c < answered.grad.size(); ++c) {
    const double g = answered.grad[c];
    if (std::isinf(bounds[c]) || std::isinf(loss_bounds[c])) continue;
    if (std::isnan(losses.loss[c]))
      return Outcome::fail("l is " + shown(losses.loss[c]) + ", its derivative " + shown(g));
    // With factors it may be beyond its format.
    if (const auto outcome = not_finite(subject, p, c, g)) {
      if (outcome->kind == Outcome::Kind::fail) return *outcome;
      continue;
    }
    const Enclosure p_c = std::isinf(losses.loss[c]) ? Enclosure(0.0) : exp(-Enclosure(losses.loss[c]));
    const Enclosure factor = row_factor(p) * map_slope(p, p.input[c]);
    const Enclosure mass = Enclosure(total) * p_c;
    const Enclosure expected = factor * (mass - Enclosure(label(p, static_cast<std::int64_t>(c))));
    const double moved = std::expm1(loss_bounds[c]);
    const double most = (abs(factor) * mass).upper_double();
    const double spread = std::isinf(moved) ? moved : most * moved;  // not 0 times infinity
    Outcome outcome = within(Enclosure(g) - expected, (bounds[c] + spread) * (1 + 0x1p-20),
                             "derivative " + std::to_string(c) + " against ((sum y) e^-l - y) dz/dx");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
