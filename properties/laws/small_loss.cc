// small_loss: for t = argmax the loss keeps the relative accuracy of log1p, however small it is.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

std::optional<std::string> not_claimed_small_loss(const xent_claim& claim) {
  const auto grade = parse_grade(claim.grade);
  if (grade && grade->grade <= Grade::log1p) return std::nullopt;
  return std::string("grade '") + claim.grade + "' does not claim relative accuracy of small losses";
}

Trial generate_small_loss(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, Regime::confident, 300);
  return trial;
}

Outcome judge_small_loss(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!asks_for_label_losses(p) || !is_plain(p) || !is_regular(p)) {
    return Outcome::inadmissible("not plain rows");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const xent_claim& claim = *subject.claim(p);
  const auto grade = *parse_grade(claim.grade);
  const ClaimedGrade judged = grade.grade <= Grade::log1p ? grade : ClaimedGrade{Grade::log1p, 0};
  const auto bounds = error_bounds(p, claim, judged);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto x = p.input_row(row);
    const auto i = static_cast<std::size_t>(row);
    if (!(x[static_cast<std::size_t>(p.targets[i])] == x[argmax(x)]))
      return Outcome::inadmissible("t is not argmax");
    auto truth = reference::certify_row(p, row);
    Measurement measurement;
    Outcome outcome =
        compare(answered.loss[i], truth, measured_in(p, claim), judged, bounds[i], &measurement);
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
