// target_range: a target outside [0, C) is answered as the declared convention says, and nothing is touched.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

std::optional<std::string> wrong(const Response& response, std::size_t row, xent_policy policy) {
  if (!response.defect.empty()) return response.defect;
  if (policy == XENT_POLICY_DEFAULT || policy == XENT_POLICY_STATUS) {
    if (response.status == XENT_TARGET_OUT_OF_RANGE) return std::nullopt;
    return "status " + std::to_string(response.status) + ", must be XENT_TARGET_OUT_OF_RANGE";
  }
  if (response.status != XENT_OK) return "status " + std::to_string(response.status) + ", must be XENT_OK";
  const double loss = response.loss[row];
  const bool right = policy == XENT_POLICY_NAN ? std::isnan(loss) : loss == 0;
  return right ? std::nullopt : std::optional("loss " + shown(loss) + " does not follow the convention");
}

}  // namespace

bool applies_target_range(const xent_claim& claim, const xent_implementation& implementation) {
  // The other policies give values that only the reference knows.
  if (implementation.conventions.target_out_of_range > XENT_POLICY_STATUS) return false;
  return (has_logits_and_targets(claim) || is_loss(claim, "nll")) &&
         has_row_losses(claim, implementation.conventions);
}

Trial generate_target_range(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, any_regime(random, claim), 300);
  const Problem& p = trial.problem;
  const double bad[] = {-1, static_cast<double>(p.classes), static_cast<double>(p.classes + 7), -2147483648.0,
                        2147483647.0};
  trial.parameters = {Number(random.pick(std::span<const double>(bad))),
                      Number(static_cast<double>(random.below(p.rows)))};
  return trial;
}

Outcome judge_target_range(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  Problem p = trial.problem;
  const std::int64_t bad = trial.integer(0);
  const std::int64_t row = trial.integer(1);
  const bool is_known = p.loss == "softmax_cross_entropy" || p.loss == "nll";
  if (!is_known || p.wanted != reference::Wanted::loss || p.targets.empty() || row < 0 || row >= p.rows ||
      (bad >= 0 && bad < p.classes) || !asks_for_rows(p) || p.ignore_index || std::abs(bad) > 2147483648) {
    return Outcome::inadmissible("no row to spoil, or a target in range");
  }
  const xent_policy policy = p.conventions.target_out_of_range;
  const bool divides_by_it = p.reduction == XENT_MEAN && p.conventions.denominator == XENT_VALID_WEIGHTS;
  if (policy > XENT_POLICY_STATUS || (policy == XENT_POLICY_ZERO && divides_by_it))
    return Outcome::inadmissible("a value that only the reference knows");
  p.targets[static_cast<std::size_t>(row)] = bad;
  const Response response = subject.run(p);
  if (const auto why = wrong(response, static_cast<std::size_t>(row), policy)) {
    return Outcome::fail("target " + std::to_string(bad) + " with " + std::to_string(p.classes) +
                         " classes: " + *why);
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
