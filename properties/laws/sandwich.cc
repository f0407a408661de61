// sandwich: max(0, m - x_t) <= l <= m - x_t + ln C, up to B. Needs no reference, so it works at any size.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

Trial generate_sandwich(Random& random, const xent_claim& claim, int index, int) {
  return softmax_trial(random, claim, index % 10 == 9 ? 20000 : 600);
}

Outcome judge_sandwich(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.targets.empty() || !asks_for_rows(p) || p.ignore_index || !p.base.is_zero() || !is_regular(p)) {
    return Outcome::inadmissible("not plain rows of finite or masked logits");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::size_t row = 0; row < answered.loss.size(); ++row) {
    const auto x = p.input_row(static_cast<std::int64_t>(row));
    const double loss = answered.loss[row];
    const Enclosure gap = Enclosure(x[argmax(x)]) - Enclosure(x[static_cast<std::size_t>(p.targets[row])]);
    const double low = gap.lower_double();
    const double high = (gap + log(Enclosure(static_cast<long>(p.classes)))).upper_double();
    if (loss == HUGE_VAL && high + bounds[row] >= reference::format(p.loss_format).largest()) continue;
    if (!(loss >= low - bounds[row] && loss <= high + bounds[row])) {
      return Outcome::fail("row " + std::to_string(row) + ": " + shown(loss) + " is outside [" + shown(low) +
                           ", " + shown(high) + "] by more than " + shown(bounds[row]));
    }
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
