// shift_invariance: l(x + c) = l(x) for x and c on a dyadic grid, where x + c is exact.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// Shifting keeps every difference x_i - x_j, so formulas that start from differences see the same numbers.
bool works_on_differences(const ClaimedGrade& grade) {
  return grade.grade == Grade::log1p || grade.grade == Grade::shifted ||
         grade.grade == Grade::correctly_rounded;
}

}  // namespace

Trial generate_shift_invariance(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, Regime::ordinary, 300);
  Problem& p = trial.problem;
  const Format& format = reference::format(p.input_format);
  // Multiples of 2^-step within +-2^3, moved by a multiple within the same number of bits.
  const auto step = static_cast<int>(random.between(0, format.precision / 2));
  const int largest = format.precision - step - 1;
  for (Number& x : p.input) {
    const std::int64_t multiple = random.between(-8, 8) * (std::int64_t{1} << step) / random.between(1, 3);
    x = std::ldexp(static_cast<double>(multiple), -step);
  }
  const double c = std::ldexp(random.unit() - 0.5, static_cast<int>(random.between(1, std::max(largest, 1))));
  trial.parameters = {Number(std::ldexp(std::nearbyint(std::ldexp(c, step)), -step))};
  return trial;
}

Outcome judge_shift_invariance(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (trial.parameters.empty() || !trial.parameters[0].is_finite() || !is_regular(p)) {
    return Outcome::inadmissible("no finite shift, or no regular row");
  }
  Problem moved = p;
  for (Number& x : moved.input) {
    if (x.is_finite()) x = Number(reference::Rational(x.rational() + trial.parameters[0].rational()));
    if (!is_representable(x, reference::format(p.input_format)))
      return Outcome::inadmissible("x + c is not exact");
  }
  const Answered here = ask(subject, p);
  const Answered there = ask(subject, moved);
  if (here.failure) return *here.failure;
  if (there.failure) return *there.failure;
  const xent_claim& claim = *subject.claim(p);
  const bool bitwise = works_on_differences(*parse_grade(claim.grade));
  const auto bounds = bounds_of(subject, p);
  const auto moved_bounds = bounds_of(subject, moved);
  for (std::size_t i = 0; i < here.loss.size(); ++i) {
    const double allowance = bitwise ? 0 : bounds[i] + moved_bounds[i];
    if (agree(here.loss[i], there.loss[i], allowance)) continue;
    return Outcome::fail("loss " + shown(here.loss[i]) + " became " + shown(there.loss[i]) +
                         " after adding " + trial.parameters[0].to_string() + " to every logit; allowed " +
                         shown(allowance));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
