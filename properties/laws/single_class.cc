// single_class: a row whose only finite logit is the target's has loss exactly 0; C = 1 is the plainest case.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

Trial generate_single_class(Random& random, const xent_claim& claim, int index, int) {
  const std::int64_t classes = index % 2 == 0 ? 1 : any_classes(random, 600);
  Trial trial = softmax_trial(random, claim, Regime::single_class, 1);
  Problem& p = trial.problem;
  p.classes = classes;
  p.input.assign(static_cast<std::size_t>(p.rows * classes), Number(-HUGE_VAL));
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const std::int64_t target = random.below(classes);
    p.targets[static_cast<std::size_t>(row)] = target;
    p.input[static_cast<std::size_t>(row * classes + target)] =
        any_finite(random, reference::format(p.input_format));
  }
  return trial;
}

Outcome judge_single_class(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.loss != "softmax_cross_entropy" || p.wanted != reference::Wanted::loss || p.targets.empty() ||
      !has_maps_only(p) || !p.softcap.is_zero() || p.rows == 0)
    return Outcome::inadmissible("no plain rows");
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto x = p.input_row(row);
    const auto masked = std::count(x.begin(), x.end(), Number(-HUGE_VAL));
    if (masked != p.classes - 1 ||
        !x[static_cast<std::size_t>(p.targets[static_cast<std::size_t>(row)])].is_finite()) {
      return Outcome::inadmissible("a logit besides the target's is not -inf");
    }
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  for (std::size_t i = 0; i < answered.loss.size(); ++i) {
    const double loss = answered.loss[i];
    if (std::isinf(bounds[i])) return Outcome::inadmissible("the mapped logit overflows");
    if (loss != 0) return Outcome::fail("the target is the only class left, but its loss is " + shown(loss));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
