// gradient_sum: the derivatives of a row add up to 0; those of log-sum-exp, to 1; those of a z-loss, to 2
// lambda lse.
#include <algorithm>
#include <cmath>

#include "properties/divisors.h"
#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

// ln sum e^x. Domain: finite or masked logits, not all masked.
Enclosure log_sum_exp(std::span<const Number> x) {
  const Enclosure most(x[argmax(x)]);
  Enclosure sum(0L);
  for (const Number& logit : x) {
    if (logit.is_finite()) sum += exp(Enclosure(logit) - most);
  }
  return most + log(sum);
}

// sum over c of A p_c - a_c = 0; of log_sum_exp, whose masses are 0, 1; of lambda lse^2, whose derivatives
// are 2 lambda lse p_c, 2 lambda lse. All over what a mean divides by.
Enclosure expected_sum(const Problem& p, std::int64_t row, const Divisors& divisors) {
  if (p.loss == "log_sum_exp") return Enclosure(1L) / Enclosure(divisors.loss);
  if (p.z_loss.is_zero()) return Enclosure(0L);
  return Enclosure(2L) * Enclosure(p.z_loss) * log_sum_exp(p.input_row(row)) / Enclosure(divisors.z_loss);
}

bool is_zero_sum(const Problem& p) {
  return p.loss != "log_sum_exp" && p.z_loss.is_zero();
}

// Whether each row counts alike, and a mean divides by a count or a given number, which binary64 holds.
bool counts_rows_alike(const Problem& p) {
  Problem without = p;
  without.z_loss = Number(0.0);
  const bool sums_labels = p.conventions.denominator == XENT_VALID_WEIGHTS && !p.target_probs.empty();
  return is_plain(without) && !(p.reduction == XENT_MEAN && sums_labels);
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
  Problem& p = trial.problem;
  p.softcap = p.z_loss = Number(0.0);
  const std::uint32_t options = claim.options & reference::find_loss(claim.loss)->options;
  if (!contains(options, XENT_OPTION_Z_LOSS) || random.chance(0.7)) return trial;
  Problem plain = trial_of(random, claim, {trial.regime, p.rows, p.classes}).problem;
  want_gradient(random, claim, plain);
  plain.upstream.clear();
  plain.reduction = p.reduction;
  const double lambdas[] = {1e-4, 0.0009765625, 0.25, 1};
  plain.z_loss = random.pick(std::span<const double>(lambdas));
  p = plain;
  return trial;
}

Outcome judge_gradient_sum(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const Divisors divisors = divisors_of(p, machine_of(p, *subject.claim(p)));
  if (p.wanted != reference::Wanted::gradient || p.conventions.gradient_of_unit_mass != 0 ||
      p.input_space != XENT_LOGITS || !p.softcap.is_zero() || !is_regular(p) || has_masked_mass(p) ||
      (!is_zero_sum(p) && !counts_rows_alike(p))) {
    return Outcome::inadmissible("not the gradient of rows of finite or masked logits");
  }
  if (divisors.is_empty) return Outcome::inadmissible("a mean of nothing");
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto classes = static_cast<std::size_t>(p.classes);
    const auto entries = std::span(answered.grad).subspan(static_cast<std::size_t>(row) * classes, classes);
    if (!is_finite(entries)) return Outcome::inadmissible("a row without a finite gradient");
    Enclosure residual = -expected_sum(p, row, divisors);
    for (const double g : entries) residual += Enclosure(g);
    const auto of_row = std::span(bounds).subspan(static_cast<std::size_t>(row) * classes, classes);
    Outcome outcome =
        within(residual, sum_of(of_row), "sum of the derivatives of row " + std::to_string(row));
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
