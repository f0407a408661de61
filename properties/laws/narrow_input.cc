// narrow_input: logits in a narrow format give what the same numbers in a wider one give.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

bool applies_narrow_input(const xent_claim& claim, const xent_implementation&) {
  return formats_in(claim.input_formats).size() > 1;
}

Trial generate_narrow_input(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_question(random, claim, 300);
  trial.parameters = {Number(static_cast<double>(random.below(16)))};
  return trial;
}

Outcome judge_narrow_input(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const xent_claim& claim = *subject.claim(p);
  const auto formats = formats_in(claim.input_formats);
  Problem wide = p;
  wide.input_format = formats[static_cast<std::size_t>(std::abs(trial.integer(0))) % formats.size()]->id;
  if (wide.input_format == p.input_format) return Outcome::inadmissible("the same format");
  if (auto outcome = inadmissible(subject, {wide, {}, trial.regime})) return *outcome;
  const Answered here = ask(subject, p);
  const Answered there = ask(subject, wide);
  if (here.failure) return *here.failure;
  if (there.failure) return *there.failure;
  const auto bounds = bounds_of(subject, p);
  const auto wide_bounds = bounds_of(subject, wide);
  const Format format = measured_in(subject, p);
  const Format wide_format = measured_in(subject, wide);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const double a = here.wanted(p)[i];
    const double b = there.wanted(p)[i];
    const double allowance = bounds[i] + wide_bounds[i];
    // Computed in the input's format, one may overflow where the other does not.
    if (agree(a, b, allowance, std::isinf(a) ? format : wide_format)) continue;
    return Outcome::fail("in one format against another: result " + std::to_string(i) + " is " + shown(a) +
                         " against " + shown(b) + ", allowed " + shown(allowance));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
