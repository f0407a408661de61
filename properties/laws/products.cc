// products: entropies and divergences add over independent products, v(P x R) = v(P) + (sum P) v(R) for
// normalised R; and KL does not rise where classes are merged.
#include <algorithm>
#include <array>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

using reference::Rational;

// The coin (2^-k, 1 - 2^-k), whose products with a dyadic distribution are floats mostly.
struct Coin {
  std::int64_t k = 1;

  Rational side(std::size_t i) const {
    const Rational tail = Rational(std::ldexp(1.0, static_cast<int>(-k)));
    return i == 0 ? tail : Rational(1 - tail);
  }
  Enclosure log_of(std::size_t i) const { return log(Enclosure(side(i))); }
};

// What the loss says of the coins: of R, of R and S.
Enclosure value_of(const std::string& loss, const Coin& r, const Coin& s) {
  Enclosure total(0L);
  for (std::size_t i = 0; i < 2; ++i) {
    const Enclosure weight(r.side(i));
    if (loss != "cross_entropy") total += weight * r.log_of(i);
    if (loss != "entropy") total += -(weight * s.log_of(i));
  }
  return loss == "entropy" ? -total : total;
}

// Each class becomes two.
std::vector<Number> times(const std::vector<Number>& row, const Coin& coin) {
  std::vector<Number> product;
  for (const Number& x : row) {
    for (std::size_t i = 0; i < 2; ++i) product.emplace_back(Rational(x.rational() * coin.side(i)));
  }
  return product;
}

// Two classes become one, but for the last of an odd number.
std::vector<Number> in_pairs(const std::vector<Number>& row) {
  std::vector<Number> merged;
  for (std::size_t c = 0; c < row.size(); c += 2) {
    Rational both = row[c].rational();
    if (c + 1 < row.size()) both += row[c + 1].rational();
    merged.emplace_back(both);
  }
  return merged;
}

Problem with_classes(Problem p, std::vector<Number> input, std::vector<Number> target_probs) {
  p.classes = static_cast<std::int64_t>(input.size());
  p.input = std::move(input);
  p.target_probs = std::move(target_probs);
  return p;
}

Outcome add_up(const Problem& p, double value, double product, const Enclosure& of_coins, double allowance) {
  const Rational mass = reference::sum(p.loss == "entropy" ? p.input_row(0) : p.target_row(0));
  return within(Enclosure(product) - Enclosure(value) - Enclosure(mass) * of_coins, allowance,
                "of a product, against the sum over its factors");
}

}  // namespace

bool applies_products(const xent_claim& claim, const xent_implementation& implementation) {
  return has_distribution_rows(claim, implementation);
}

Trial generate_products(Random& random, const xent_claim& claim, int, int) {
  Trial trial = distribution_trial(random, claim, Regime::probabilities, 1, 200);
  Problem& p = trial.problem;
  const auto row = dyadic_distribution(random, reference::format(p.input_format), p.classes);
  p.input.assign(row.begin(), row.end());
  if (!p.target_probs.empty()) {
    const auto other = dyadic_distribution(random, reference::format(p.target_format), p.classes);
    p.target_probs.assign(other.begin(), other.end());
    // Where q = 0 < p all is infinite, and nothing is said.
    for (std::size_t c = 0; c < p.input.size(); ++c) {
      if (p.input[c].is_zero()) p.target_probs[c] = 0.0;
    }
  }
  trial.parameters = {Number(static_cast<double>(random.between(1, 4))),
                      Number(static_cast<double>(random.between(1, 4)))};
  return trial;
}

Outcome judge_products(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const Coin r = {trial.integer(0)};
  const Coin s = {trial.integer(1)};
  if (p.rows != 1 || !asks_for_distributions(p) || std::min(r.k, s.k) < 1 || std::max(r.k, s.k) > 60)
    return Outcome::inadmissible("not a plain row, or no coin");
  const Problem product =
      with_classes(p, times(p.input, p.loss == "entropy" ? r : s), times(p.target_probs, r));
  if (auto outcome = inadmissible(subject, {product, {}, trial.regime})) return *outcome;
  const Answered alone = ask(subject, p);
  const Answered together = ask(subject, product);
  for (const Answered* answered : {&alone, &together}) {
    if (answered->failure) return *answered->failure;
  }
  if (const auto outcome = not_finite(subject, p, 0, alone.loss[0])) return *outcome;
  if (const auto outcome = not_finite(subject, product, 0, together.loss[0])) return *outcome;
  const double bound = bounds_of(subject, p)[0];
  const reference::PrecisionScope scope(kJudgePrecision);
  Outcome outcome = add_up(p, alone.loss[0], together.loss[0], value_of(p.loss, r, s),
                           sum_of(std::array{bound, bounds_of(subject, product)[0]}));
  if (outcome.kind != Outcome::Kind::pass || p.loss != "kl") return outcome;
  const Problem merged = with_classes(p, in_pairs(p.input), in_pairs(p.target_probs));
  if (inadmissible(subject, {merged, {}, trial.regime})) return Outcome::pass();
  const Answered fewer = ask(subject, merged);
  if (fewer.failure) return *fewer.failure;
  if (const auto not_a_number = not_finite(subject, merged, 0, fewer.loss[0])) return *not_a_number;
  return at_least_zero(Enclosure(alone.loss[0]) - Enclosure(fewer.loss[0]),
                       sum_of(std::array{bound, bounds_of(subject, merged)[0]}),
                       "KL, less that with classes merged");
}

}  // namespace xent::properties::laws
