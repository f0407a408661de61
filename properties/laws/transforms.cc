// transforms: temperature and scale are the same call on logits that were divided and multiplied before.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

// scale / temperature; 0 if that is not a power of two, so that the products might be rounded.
double exact_factor(const Problem& p) {
  double factor = 1;
  if (!p.scale.is_zero()) factor *= p.scale.as_double();
  if (!p.temperature.is_zero()) factor /= p.temperature.as_double();
  int exponent = 0;
  return std::frexp(factor, &exponent) == 0.5 ? factor : 0;
}

}  // namespace

bool applies_transforms(const xent_claim& claim, const xent_implementation&) {
  const std::uint32_t options = claim.options & reference::find_loss(claim.loss)->options;
  return contains(claim.input_spaces, XENT_LOGITS) &&
         (contains(options, XENT_OPTION_TEMPERATURE) || contains(options, XENT_OPTION_SCALE));
}

Trial generate_transforms(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_question(random, claim, 100);
  Problem& p = trial.problem;
  const auto power = [&] { return std::ldexp(1.0, static_cast<int>(random.between(-3, 3))); };
  p.scale = p.temperature = Number(0.0);
  const bool has_scale = contains(claim.options, XENT_OPTION_SCALE);
  const bool has_temperature = contains(claim.options, XENT_OPTION_TEMPERATURE);
  if (has_scale && (!has_temperature || random.chance(0.5))) p.scale = power();
  if (has_temperature && (p.scale.is_zero() || random.chance(0.5))) p.temperature = power();
  return trial;
}

Outcome judge_transforms(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const double factor = exact_factor(p);
  if ((p.scale.is_zero() && p.temperature.is_zero()) || factor == 0)
    return Outcome::inadmissible("no map by a power of two");
  Problem mapped = p;
  mapped.scale = mapped.temperature = Number(0.0);
  for (Number& x : mapped.input) {
    if (x.is_finite()) x = Number(reference::Rational(x.rational() * reference::Rational(factor)));
  }
  if (auto outcome = inadmissible(subject, {mapped, {}, trial.regime})) return *outcome;
  const Answered here = ask(subject, p);
  const Answered there = ask(subject, mapped);
  if (here.failure) return *here.failure;
  if (there.failure) return *there.failure;
  auto allowance = bounds_of(subject, p);
  const auto bounds = bounds_of(subject, mapped);
  auto expected = there.wanted(p);
  // By the chain rule.
  const double slope = p.wanted == reference::Wanted::gradient ? factor : 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] *= slope;
    allowance[i] += slope * bounds[i];
    if (!std::isfinite(expected[i]) || !std::isfinite(here.wanted(p)[i])) {
      const bool same = agree(expected[i], here.wanted(p)[i], 0);
      if (!same && std::isfinite(allowance[i]) && std::isnan(here.wanted(p)[i]) && std::isfinite(expected[i]))
        return Outcome::fail("NaN where mapped logits give " + shown(expected[i]));
      allowance[i] = HUGE_VAL;
    }
  }
  return all_agree(here.wanted(p), expected, allowance, "by scale and temperature against mapped logits");
}

}  // namespace xent::properties::laws
