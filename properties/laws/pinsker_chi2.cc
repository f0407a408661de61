// pinsker_chi2: 1/2 |P - Q|^2 <= KL(P||Q) <= ln(1 + chi^2) for normalised P and Q, |P - Q| the sum of the
// distances and chi^2 that of (p - q)^2 / q: two sides that need no logarithm of a probability.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

using reference::Rational;

// What the divergence lies between. Domain: q > 0 where p > 0.
struct Sides {
  Rational distance = 0;
  Rational chi_squared = 0;

  Sides(std::span<const Number> p, std::span<const Number> q) {
    for (std::size_t c = 0; c < p.size(); ++c) {
      const Rational d = p[c].rational() - q[c].rational();
      distance += abs(d);
      if (d != 0) chi_squared += d * d / q[c].rational();
    }
  }
};

bool is_dominated(std::span<const Number> p, std::span<const Number> q) {
  for (std::size_t c = 0; c < p.size(); ++c) {
    if (q[c].is_zero() && !p[c].is_zero()) return false;
  }
  return true;
}

Outcome judge_row(std::span<const Number> p, std::span<const Number> q, double divergence, double bound) {
  if (!is_dominated(p, q)) return Outcome::fail("KL is " + shown(divergence) + " where q = 0 < p");
  const Sides sides(p, q);
  const Enclosure least = Enclosure(Rational(sides.distance * sides.distance / 2));
  Outcome outcome = at_least_zero(Enclosure(divergence) - least, bound, "KL, less |P - Q|^2 / 2");
  if (outcome.kind != Outcome::Kind::pass) return outcome;
  return at_least_zero(log1p(Enclosure(sides.chi_squared)) - Enclosure(divergence), bound,
                       "ln(1 + chi^2), less KL");
}

}  // namespace

bool applies_pinsker_chi2(const xent_claim& claim, const xent_implementation& implementation) {
  return is_loss(claim, "kl") && has_distribution_rows(claim, implementation);
}

Trial generate_pinsker_chi2(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = distribution_trial(random, claim, Regime::probabilities, 1, 40);
  Problem& p = trial.problem;
  const auto row = dyadic_distribution(random, reference::format(p.target_format), p.classes);
  p.target_probs.assign(row.begin(), row.end());
  const auto other = dyadic_distribution(random, reference::format(p.input_format), p.classes);
  p.input.assign(other.begin(), other.end());
  if (index % 2 == 0) return trial;
  // Close to each other, where both sides are: some of one class's probability, half of it or hardly any,
  // goes to the next.
  p.input = p.target_probs;
  const auto from = static_cast<std::size_t>(random.below(p.classes));
  const double moved = std::ldexp(p.input[from].as_double(), -static_cast<int>(random.between(1, 12)));
  p.input[from] = p.input[from].as_double() - moved;
  Number& to = p.input[(from + 1) % p.input.size()];
  to = rounded_to(reference::format(p.input_format), to.as_double() + moved);
  return trial;
}

Outcome judge_pinsker_chi2(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.loss != "kl" || !asks_for_distributions(p)) return Outcome::inadmissible("not plain rows of P and Q");
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (!is_normalised(p.input_row(row)) || !is_normalised(p.target_row(row)))
      return Outcome::inadmissible("P or Q does not sum to 1");
  }
  return judged_by_row(subject, p, [&p](std::int64_t row, double divergence, double bound) {
    return judge_row(p.target_row(row), p.input_row(row), divergence, bound);
  });
}

}  // namespace xent::properties::laws
