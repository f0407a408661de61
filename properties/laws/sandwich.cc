// sandwich: max(0, m - z_t) <= l <= m - z_t + ln C, up to B, times the weights and in the units that are
// asked for. Needs no reference, so it works at any size.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/logit_map.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

constexpr std::uint32_t kSandwichOptions = kMapOptions | XENT_BIT(XENT_OPTION_BASE) |
                                           XENT_BIT(XENT_OPTION_CLASS_WEIGHTS) |
                                           XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS);

// What the loss of a row in nats is multiplied by; not negative for bases above 1.
Enclosure row_factor(const Problem& p, std::size_t row) {
  Enclosure factor(1L);
  if (!p.class_weights.empty())
    factor = factor * Enclosure(p.class_weights[static_cast<std::size_t>(p.targets[row])]);
  // Over one row, a mean by weights knows none.
  const bool cancels = p.reduction == XENT_MEAN && p.conventions.denominator == XENT_VALID_WEIGHTS;
  if (!p.sample_weights.empty() && !cancels) factor = factor * Enclosure(p.sample_weights[row]);
  return p.base.is_zero() ? factor : factor / log(Enclosure(p.base));
}

// The mean of a row without weight is by convention.
bool is_mean_of_nothing(const Problem& p) {
  return p.reduction == XENT_MEAN && !p.sample_weights.empty() && p.sample_weights[0].is_zero();
}

bool has_only_factors(const Problem& p) {
  return weighs_positively(p) && p.label_smoothing.is_zero() && p.z_loss.is_zero() &&
         (p.base.is_zero() || Number(1.0) < p.base);
}

// m, the largest of the logits: maps keep their order.
Enclosure largest(const Problem& p, std::span<const Number> x) {
  return mapped(p, x[argmax(x)]);
}

}  // namespace

Trial generate_sandwich(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = softmax_trial(random, claim, index % 10 == 9 ? 20000 : 600);
  if (random.chance(0.5)) choose_row_options(random, claim, kSandwichOptions, trial.problem);
  return trial;
}

Outcome judge_sandwich(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!asks_for_label_losses(p) || !has_only_factors(p) || is_mean_of_nothing(p) || !is_regular(p)) {
    return Outcome::inadmissible("no rows of finite or masked logits, with factors at most");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const Format format = measured_in(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::size_t row = 0; row < answered.loss.size(); ++row) {
    const auto x = p.input_row(static_cast<std::int64_t>(row));
    const double loss = answered.loss[row];
    const Enclosure gap = largest(p, x) - mapped(p, x[static_cast<std::size_t>(p.targets[row])]);
    const Enclosure factor = row_factor(p, row);
    const double low = (factor * gap).lower_double();
    const double high = (factor * (gap + log(Enclosure(static_cast<long>(p.classes))))).upper_double();
    if (std::isinf(bounds[row])) continue;  // sound code may meet anything on its way
    if (std::isinf(loss) && may_overflow(loss > 0 ? high : low, loss, bounds[row], format)) continue;
    if (!(loss >= low - bounds[row] && loss <= high + bounds[row])) {
      return Outcome::fail("row " + std::to_string(row) + ": " + shown(loss) + " is outside [" + shown(low) +
                           ", " + shown(high) + "] by more than " + shown(bounds[row]));
    }
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
