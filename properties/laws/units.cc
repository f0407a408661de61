// units: bits ln 2 = nats.
#include <cmath>
#include <numbers>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// Of two results of which one is not finite: whether the other, in its units and with the bounds of both, is
// beyond the format as well. Bits are 1.44 times as many, so they alone may overflow. Of two infinities the
// bounds may be as large as the range; then the nats that are nearest to the bits are those at its end, but
// for their bound.
bool may_differ(double nats, double bits, double nats_bound, double bits_bound, const Format& format) {
  constexpr double kRounding = 0x1p-50;  // of the products below
  const double ln2 = std::numbers::ln2;
  if (std::isinf(bits) && std::isfinite(nats)) {
    const double x = nats / ln2;
    return may_overflow(x, bits, nats_bound / ln2 + bits_bound + kRounding * std::abs(x), format);
  }
  if (std::isinf(nats) && std::isinf(bits)) {
    const double nearest = std::copysign(1.0, nats) * (format.largest() - nats_bound);
    return may_overflow(nearest / ln2, bits, bits_bound, format);
  }
  if (!std::isinf(nats) || std::isnan(bits)) return false;
  const double x = bits * ln2;
  return may_overflow(x, nats, nats_bound + bits_bound * ln2 + kRounding * std::abs(x), format);
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
  const bool has_units = contains(reference::find_loss(in_nats.loss)->options, XENT_OPTION_BASE);
  if (in_nats.wanted != reference::Wanted::loss || in_nats.loss == "perplexity" || !has_units ||
      !in_nats.base.is_zero() || !in_nats.z_loss.is_zero())
    return Outcome::inadmissible("no losses in nats");
  Problem in_bits = in_nats;
  in_bits.base = Number(2.0);
  if (auto outcome = inadmissible(subject, {in_bits, {}, trial.regime})) return *outcome;
  const Answered nats = ask(subject, in_nats);
  const Answered bits = ask(subject, in_bits);
  if (nats.failure) return *nats.failure;
  if (bits.failure) return *bits.failure;
  const auto nats_bounds = bounds_of(subject, in_nats);
  const Format format = measured_in(subject, in_bits);
  const auto bits_bounds = bounds_of(subject, in_bits);
  const reference::PrecisionScope scope(kJudgePrecision);
  const Enclosure ln2 = log(Enclosure(2L));
  for (std::size_t i = 0; i < nats.loss.size(); ++i) {
    const double a = nats.loss[i];
    const double b = bits.loss[i];
    if (std::isinf(nats_bounds[i]) || std::isinf(bits_bounds[i])) continue;
    if (!std::isfinite(a) || !std::isfinite(b)) {
      if (is_same(a, b) || may_differ(a, b, nats_bounds[i], bits_bounds[i], format)) continue;
      return Outcome::fail("nats " + shown(a) + ", allowed " + shown(nats_bounds[i]) + "; bits " + shown(b) +
                           ", allowed " + shown(bits_bounds[i]));
    }
    const double allowance = nats_bounds[i] + bits_bounds[i] * ln2.upper_double();
    Outcome outcome = within(Enclosure(b) * ln2 - Enclosure(a), allowance, "bits ln 2 against nats");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
