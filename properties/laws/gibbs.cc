// gibbs: KL(P||Q) = H(P, Q) - H(P); KL(P||P) = 0; H(P, Q) >= H(P) for exactly normalised P and Q.
#include <array>
#include <cmath>
#include <utility>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

Problem entropy_of(const Problem& kl) {
  Problem p;
  p.loss = "entropy";
  p.rows = kl.rows;
  p.classes = kl.classes;
  p.input_space = XENT_PROBABILITIES;
  p.input = kl.target_probs;
  p.input_format = kl.target_format;
  p.loss_format = kl.loss_format;
  return p;
}

Problem cross_entropy_of(const Problem& kl) {
  Problem p = kl;
  p.loss = "cross_entropy";
  return p;
}

// The problem with Q replaced by P.
Problem against_itself(const Problem& kl) {
  Problem p = kl;
  p.input = kl.target_probs;
  p.input_format = kl.target_format;
  return p;
}

}  // namespace

bool applies_gibbs(const xent_claim& claim, const xent_implementation& implementation) {
  const auto has_rows = [&](const char* loss) {
    const xent_claim* other = find_claim(implementation, loss);
    return other != nullptr && contains(other->reductions, XENT_NONE);
  };
  return is_loss(claim, "kl") && has_distribution_rows(claim, implementation) && has_rows("cross_entropy") &&
         has_rows("entropy");
}

Trial generate_gibbs(Random& random, const xent_claim& claim, int, int) {
  const Regime regime = random.chance(0.7) ? Regime::probabilities : Regime::sparse;
  return distribution_trial(random, claim, regime, random.between(1, 3), 200);
}

Outcome judge_gibbs(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& kl = trial.problem;
  if (kl.loss != "kl" || !asks_for_distributions(kl))
    return Outcome::inadmissible("not plain rows of P and Q");
  const Problem parts[] = {cross_entropy_of(kl), entropy_of(kl), against_itself(kl)};
  for (const Problem& part : parts) {
    if (auto outcome = inadmissible(subject, {part, {}, trial.regime})) return *outcome;
  }
  const Answered divergence = ask(subject, kl);
  const Answered cross = ask(subject, parts[0]);
  const Answered entropy = ask(subject, parts[1]);
  const Answered itself = ask(subject, parts[2]);
  for (const Answered* answered : {&divergence, &cross, &entropy, &itself}) {
    if (answered->failure) return *answered->failure;
  }
  const auto bound = [&](const Problem& p) { return bounds_of(subject, p); };
  const auto kl_bound = bound(kl);
  const auto cross_bound = bound(parts[0]);
  const auto entropy_bound = bound(parts[1]);
  const auto itself_bound = bound(parts[2]);
  const Format format = measured_in(subject, kl);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::size_t i = 0; i < divergence.loss.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const double allowance = sum_of(std::array{kl_bound[i], cross_bound[i], entropy_bound[i]});
    if (!std::isfinite(allowance) || !std::isfinite(itself_bound[i]))
      return Outcome::inadmissible("a value without a bound");
    if (std::abs(itself.loss[i]) > itself_bound[i] || std::isnan(itself.loss[i])) {
      return Outcome::fail("KL(P||P) is " + shown(itself.loss[i]) + ", allowed " + shown(itself_bound[i]));
    }
    const bool infinite = cross.loss[i] == HUGE_VAL;
    if (infinite != (divergence.loss[i] == HUGE_VAL)) {
      // The other may be about as large, and just not overflow.
      const double other = infinite ? divergence.loss[i] + entropy.loss[i] : cross.loss[i] - entropy.loss[i];
      if (may_overflow(other, HUGE_VAL, allowance + 0x1p-52 * std::abs(other), format)) continue;
      return Outcome::fail("KL is " + shown(divergence.loss[i]) + " but H(P, Q) is " + shown(cross.loss[i]));
    }
    if (infinite) continue;
    const std::pair<const Problem*, double> values[] = {
        {&kl, divergence.loss[i]}, {&parts[0], cross.loss[i]}, {&parts[1], entropy.loss[i]}};
    for (const auto& [question, value] : values) {
      if (auto outcome = not_finite(subject, *question, i, value)) return *outcome;
    }
    const Enclosure residual =
        Enclosure(divergence.loss[i]) - (Enclosure(cross.loss[i]) - Enclosure(entropy.loss[i]));
    Outcome outcome = within(residual, allowance, "KL against H(P, Q) - H(P)");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
    const bool normalised = is_normalised(kl.input_row(row)) && is_normalised(kl.target_row(row));
    if (normalised && cross.loss[i] < entropy.loss[i] - cross_bound[i] - entropy_bound[i]) {
      return Outcome::fail("H(P, Q) = " + shown(cross.loss[i]) +
                           " is below H(P) = " + shown(entropy.loss[i]));
    }
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
