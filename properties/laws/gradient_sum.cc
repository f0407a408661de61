// gradient_sum: the derivatives of a row add up to 0; those of log-sum-exp, to its factor.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

// sum over c of A p_c - a_c = 0; of log_sum_exp, whose masses are 0, 1. Times what the row counts.
double expected_sum(const Problem& p) {
  return p.loss == "log_sum_exp" ? 1 : 0;
}

// The mass of a masked class has no derivative to cancel with.
bool has_masked_mass(const Problem& p) {
  const bool single = !p.targets.empty() && p.label_smoothing.is_zero();
  return p.loss != "log_sum_exp" && !single &&
         std::any_of(p.input.begin(), p.input.end(), [](const Number& x) { return x.is_infinite(); });
}

bool is_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double g) { return std::isfinite(g); });
}

}  // namespace

bool applies_gradient_sum(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logit_gradient(claim) && implementation.conventions.gradient_of_unit_mass == 0;
}

Trial generate_gradient_sum(Random& random, const xent_claim& claim, int, int) {
  Trial trial = gradient_trial(random, claim, 300);
  trial.problem.softcap = Number(0.0);
  trial.problem.z_loss = Number(0.0);
  return trial;
}

Outcome judge_gradient_sum(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const double sum = expected_sum(p);
  if (p.wanted != reference::Wanted::gradient || p.input_space != XENT_LOGITS || !p.softcap.is_zero() ||
      !p.z_loss.is_zero() || !is_regular(p) || has_masked_mass(p) ||
      (sum != 0 && !(is_plain(p) && p.reduction != XENT_MEAN))) {
    return Outcome::inadmissible("not the gradient of rows of finite or masked logits");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto classes = static_cast<std::size_t>(p.classes);
    const auto entries = std::span(answered.grad).subspan(static_cast<std::size_t>(row) * classes, classes);
    if (!is_finite(entries)) return Outcome::inadmissible("a row without a finite gradient");
    Enclosure residual = -Enclosure(sum);
    for (const double g : entries) residual += Enclosure(g);
    const auto of_row = std::span(bounds).subspan(static_cast<std::size_t>(row) * classes, classes);
    Outcome outcome =
        within(residual, sum_of(of_row), "sum of the derivatives of row " + std::to_string(row));
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
