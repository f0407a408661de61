// nonnegativity: l >= 0, H(P) >= 0, H(P, Q) >= 0 for discrete probabilities.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

bool is_known(const std::string& loss) {
  return loss == "softmax_cross_entropy" || loss == "entropy" || loss == "cross_entropy" || loss == "nll" ||
         loss == "sequence";
}

// Nothing that a sum of terms >= 0 is multiplied by is negative, nor is what is added to it.
bool keeps_sign(const Problem& p) {
  return weighs_positively(p) && p.z_loss.sign() >= 0 && (p.base.is_zero() || Number(1.0) < p.base);
}

}  // namespace

bool applies_nonnegativity(const xent_claim& claim, const xent_implementation&) {
  return has_logits_and_targets(claim) || is_loss(claim, "entropy") || is_loss(claim, "cross_entropy") ||
         is_loss(claim, "nll") || is_loss(claim, "sequence");
}

Trial generate_nonnegativity(Random& random, const xent_claim& claim, int, int) {
  return any_trial(random, claim, 200);
}

Outcome judge_nonnegativity(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!is_known(p.loss) || p.wanted != reference::Wanted::loss || !keeps_sign(p))
    return Outcome::inadmissible("not losses with factors >= 0");
  if (!is_at_most_one(p)) return Outcome::inadmissible("a probability above 1");
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  // Soft labels and smoothing from logits may subtract two sums, so there the sign holds only up to the
  // bound.
  const bool soft = p.input_space == XENT_LOGITS && (p.targets.empty() || !p.label_smoothing.is_zero());
  const auto bounds = bounds_of(subject, p);
  for (std::size_t i = 0; i < answered.loss.size(); ++i) {
    if (answered.loss[i] < (soft ? -bounds[i] : 0))
      return Outcome::fail("negative: " + shown(answered.loss[i]));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
