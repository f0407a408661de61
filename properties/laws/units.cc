// units: bits ln 2 = nats.
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

double rounded_up(xent_format id, double value) {
  if (!std::isfinite(value)) return value;  // beyond binary64, so beyond every format
  const Format& format = reference::format(id);
  const auto direction = value > 0 ? reference::Rounding::upward : reference::Rounding::downward;
  return reference::decode(format, reference::round(reference::Rational(value), format, direction));
}

}  // namespace

bool applies_units(const xent_claim& claim, const xent_implementation&) {
  return contains(claim.options & reference::find_loss(claim.loss)->options, XENT_OPTION_BASE) &&
         !is_loss(claim, "perplexity");
}

Trial generate_units(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_trial(random, claim, 200);
  trial.problem.base = Number(0.0);
  trial.problem.z_loss = Number(0.0);
  return trial;
}

Outcome judge_units(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& in_nats = trial.problem;
  if (!in_nats.base.is_zero()) return Outcome::inadmissible("not in nats");
  Problem in_bits = in_nats;
  in_bits.base = Number(2.0);
  if (auto outcome = inadmissible(subject, {in_bits, {}, trial.regime})) return *outcome;
  const Answered nats = ask(subject, in_nats);
  const Answered bits = ask(subject, in_bits);
  if (nats.failure) return *nats.failure;
  if (bits.failure) return *bits.failure;
  const auto nats_bounds = bounds_of(subject, in_nats);
  const auto bits_bounds = bounds_of(subject, in_bits);
  const reference::PrecisionScope scope(kJudgePrecision);
  const Enclosure ln2 = log(Enclosure(2L));
  for (std::size_t i = 0; i < nats.loss.size(); ++i) {
    const double a = nats.loss[i];
    const double b = bits.loss[i];
    if (std::isinf(nats_bounds[i])) continue;
    if (!std::isfinite(a) || !std::isfinite(b)) {
      if (a == b || (std::isnan(a) && std::isnan(b))) continue;
      // Bits are 1.44 times as many, so they alone may overflow, in sound code sooner by both bounds.
      const double most = (std::abs(a) + nats_bounds[i]) / ln2.lower_double() + bits_bounds[i];
      if (std::isfinite(a) && !std::isfinite(rounded_up(in_nats.loss_format, most))) continue;
      return Outcome::fail("nats " + shown(a) + ", bits " + shown(b));
    }
    const double allowance = nats_bounds[i] + bits_bounds[i] * ln2.upper_double();
    Outcome outcome = within(Enclosure(b) * ln2 - Enclosure(a), allowance, "bits ln 2 against nats");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
