// perplexity: e^(token-weighted mean of the losses); V for a uniform choice among V; whole and parts agree.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"
#include "reference/preparation.h"

namespace xent::properties::laws {
namespace {

// Why nothing follows from a finite perplexity: the true one is positive, but may be lost in the bound.
std::optional<Outcome> unusable(double perplexity, double bound, const std::string& what) {
  if (perplexity > 0) return std::nullopt;
  if (perplexity >= -bound) return Outcome::inadmissible(what + " is within its bound of 0");
  return Outcome::fail(what + " is " + shown(perplexity));
}

// ln of a perplexity and the error that its bound leaves in it.
struct LogPerplexity {
  Enclosure value;
  double error;
};
LogPerplexity log_of(double perplexity, double bound) {
  return {log(Enclosure(perplexity)), bound >= perplexity ? HUGE_VAL : -std::log1p(-bound / perplexity)};
}

// n ln ppl = k ln ppl(first k steps) + (n - k) ln ppl(the rest): a mean over tokens, however they are
// grouped.
Outcome judge_parts(const Subject& subject, const Problem& p, std::int64_t k, const LogPerplexity& whole) {
  Enclosure residual = -whole.value * Enclosure(static_cast<long>(p.rows));
  double allowance = whole.error * static_cast<double>(p.rows);
  for (const Problem& part : {rows_of(p, 0, k), rows_of(p, k, p.rows)}) {
    const Answered answered = ask(subject, part);
    if (answered.failure) return *answered.failure;
    // A part may overflow where the whole does not.
    if (const auto outcome = not_finite(subject, part, 0, answered.loss[0])) return *outcome;
    const double bound = bounds_of(subject, part)[0];
    if (const auto outcome = unusable(answered.loss[0], bound, "perplexity of a part")) return *outcome;
    const auto log_part = log_of(answered.loss[0], bound);
    residual += log_part.value * Enclosure(static_cast<long>(part.rows));
    allowance += log_part.error * static_cast<double>(part.rows);
  }
  return within(residual, allowance, "logarithm of the perplexity of the parts against the whole");
}

bool is_uniform(const Problem& p) {
  const auto same = [&](const Number& x) { return x.is_finite() && x == p.input[0]; };
  if (!std::all_of(p.input.begin(), p.input.end(), same)) return false;
  return p.input_space == XENT_LOGITS ||
         (p.input_space == XENT_PROBABILITIES && is_normalised(p.input_row(0)));
}

}  // namespace

bool applies_perplexity(const xent_claim& claim, const xent_implementation& implementation) {
  return averages_rows(implementation.conventions) && is_loss(claim, "perplexity");
}

Trial generate_perplexity(Random& random, const xent_claim& claim, int index, int) {
  const bool uniform = index % 3 == 0;
  const Regime regime = uniform ? Regime::ties : any_regime(random, claim);
  const std::int64_t classes = uniform ? std::int64_t{1} << random.between(0, 9) : any_classes(random, 60);
  Trial trial = trial_of(random, claim, {regime, random.between(1, 12), classes});
  Problem& p = trial.problem;
  if (uniform) {
    const double entry = p.input_space == XENT_LOGITS ? 1.5 : 1.0 / static_cast<double>(p.classes);
    std::fill(p.input.begin(), p.input.end(), Number(entry));
  }
  trial.parameters = {Number(static_cast<double>(random.below(p.rows)))};
  return trial;
}

Outcome judge_perplexity(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.loss != "perplexity" || p.wanted != reference::Wanted::loss || p.rows == 0 || !is_plain(p) ||
      reference::prepares(p.conventions, reference::Prepared::input) || !averages_rows(p.conventions))
    return Outcome::inadmissible("no plain steps");
  if (p.input_space == XENT_LOGITS && !is_regular(p))
    return Outcome::inadmissible("an infinite or undefined logit");
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const double bound = bounds_of(subject, p)[0];
  if (!(bound < HUGE_VAL)) return Outcome::inadmissible("the perplexity overflows");
  const double ppl = answered.loss[0];
  if (const auto outcome = not_finite(subject, p, 0, ppl)) return *outcome;
  if (const auto outcome = unusable(ppl, bound, "perplexity")) return *outcome;
  const reference::PrecisionScope scope(kJudgePrecision);
  if (is_uniform(p)) {
    Outcome outcome = within(Enclosure(ppl) - Enclosure(static_cast<long>(p.classes)), bound,
                             "perplexity of a uniform choice against the number of classes");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  const std::int64_t k = trial.integer(0);
  if (k < 1 || k >= p.rows) return Outcome::pass();
  return judge_parts(subject, p, k, log_of(ppl, bound));
}

}  // namespace xent::properties::laws
