// log_sum: KL(p, q) >= (sum p) ln(sum p / sum q) for any p and q, with equality where they are proportional.
// What "KL >= 0" says of floats, whose sums are not 1.
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

bool are_proportional(const Problem& p, std::int64_t row, const reference::Rational& sum_p,
                      const reference::Rational& sum_q) {
  for (std::size_t c = 0; c < p.input_row(row).size(); ++c) {
    if (p.target_row(row)[c].rational() * sum_q != p.input_row(row)[c].rational() * sum_p) return false;
  }
  return true;
}

Outcome judge_row(const Problem& p, std::int64_t row, double divergence, double bound) {
  const reference::Rational sum_p = reference::sum(p.target_row(row));
  const reference::Rational sum_q = reference::sum(p.input_row(row));
  if (sum_p == 0 || sum_q == 0) return Outcome::pass();
  const Enclosure least = Enclosure(sum_p) * log(Enclosure(reference::Rational(sum_p / sum_q)));
  const Enclosure above = Enclosure(divergence) - least;
  if (are_proportional(p, row, sum_p, sum_q))
    return within(above, bound, "KL of proportional p and q against (sum p) ln(sum p / sum q)");
  return at_least_zero(above, bound, "KL, less (sum p) ln(sum p / sum q)");
}

}  // namespace

bool applies_log_sum(const xent_claim& claim, const xent_implementation& implementation) {
  return is_loss(claim, "kl") && has_distribution_rows(claim, implementation);
}

Trial generate_log_sum(Random& random, const xent_claim& claim, int index, int) {
  const Regime regime = random.chance(0.7) ? Regime::probabilities : Regime::sparse;
  Trial trial = distribution_trial(random, claim, regime, 1, 300);
  Problem& p = trial.problem;
  const double factor = std::ldexp(1.0, static_cast<int>(random.between(-6, 6)));
  const Format& format = reference::format(p.input_format);
  for (std::size_t c = 0; c < p.input.size(); ++c) {
    const Number& from = index % 2 == 0 ? p.target_probs[c] : p.input[c];
    p.input[c] = rounded_to(format, factor * from.as_double());
  }
  return trial;
}

Outcome judge_log_sum(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.loss != "kl" || !asks_for_distributions(p)) return Outcome::inadmissible("not plain rows of p and q");
  return judged_by_row(subject, p, [&p](std::int64_t row, double divergence, double bound) {
    return judge_row(p, row, divergence, bound);
  });
}

}  // namespace xent::properties::laws
