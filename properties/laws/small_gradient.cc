// small_gradient: for t = argmax the derivative by x_t keeps its relative accuracy, however small it is.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

std::optional<std::string> not_claimed_small_gradient(const xent_claim& claim) {
  const auto grade = parse_grade(claim.grade);
  if (grade && grade->grade <= Grade::log1p && grade->grade != Grade::ulp) return std::nullopt;
  return std::string("grade '") + claim.grade + "' does not claim relative accuracy of small derivatives";
}

bool applies_small_gradient(const xent_claim& claim, const xent_implementation&) {
  return has_logits_and_targets(claim) && has_gradient(claim);
}

Trial generate_small_gradient(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, Regime::confident, 300);
  want_gradient(random, claim, trial.problem);
  return trial;
}

Outcome judge_small_gradient(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const bool simple = p.label_smoothing.is_zero() && p.z_loss.is_zero() && p.softcap.is_zero();
  if (p.wanted != reference::Wanted::gradient || p.loss != "softmax_cross_entropy" || p.targets.empty() ||
      !simple || p.ignore_index || !is_regular(p)) {
    return Outcome::inadmissible("not the gradient of hard labels");
  }
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto x = p.input_row(row);
    const auto target = static_cast<std::size_t>(p.targets[static_cast<std::size_t>(row)]);
    if (!(x[target] == x[argmax(x)])) return Outcome::inadmissible("t is not argmax");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const xent_claim& claim = *subject.claim(p);
  const ClaimedGrade grade = judged_grade(p, claim);
  const ClaimedGrade judged = grade.grade == Grade::faithful ? grade : ClaimedGrade{Grade::log1p, 0};
  const auto bounds = confident_gradient_bounds(p, claim);
  auto truths = reference::certify(p);
  for (std::size_t row = 0; row < bounds.size(); ++row) {
    const auto entry = row * static_cast<std::size_t>(p.classes) + static_cast<std::size_t>(p.targets[row]);
    Measurement measurement;
    Outcome outcome = compare(answered.grad[entry], (*truths)[entry], measured_in(p, claim), judged,
                              bounds[row], &measurement);
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
