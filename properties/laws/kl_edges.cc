// kl_edges: a class with p = 0 adds nothing to KL(P||Q) and H(P, Q), whatever q is; one with q = 0 < p makes
// them infinite; and where all probabilities are powers of two, the value is a multiple of ln 2, also where
// p / q is beyond every format.
#include <algorithm>
#include <array>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

bool is_power_or_zero(const Number& x) {
  int exponent = 0;
  return x.is_zero() || std::frexp(x.as_double(), &exponent) == 0.5;
}

long log2_of(const Number& power) {
  return std::ilogb(power.as_double());
}

// The value of one row in units of ln 2. Domain: powers of two or 0, and q > 0 where p > 0.
reference::Rational multiple_of_ln2(const Problem& problem) {
  reference::Rational total = 0;
  for (std::size_t c = 0; c < problem.input.size(); ++c) {
    const Number& p = problem.target_probs[c];
    if (p.is_zero()) continue;
    const long ratio = (problem.loss == "kl" ? log2_of(p) : 0) - log2_of(problem.input[c]);
    total += p.rational() * ratio;
  }
  return total;
}

struct Edges {
  std::int64_t impossible = 0;  // classes with q = 0 < p
  bool has_powers = true;       // and zeros alone
  Problem positive;             // the classes with p > 0
};

Edges edges_of(const Problem& problem) {
  Edges made;
  made.positive = problem;
  made.positive.input.clear();
  made.positive.target_probs.clear();
  for (std::size_t c = 0; c < problem.input.size(); ++c) {
    const Number& p = problem.target_probs[c];
    const Number& q = problem.input[c];
    made.has_powers = made.has_powers && is_power_or_zero(p) && is_power_or_zero(q);
    if (p.is_zero()) continue;
    if (q.is_zero()) ++made.impossible;
    made.positive.input.push_back(q);
    made.positive.target_probs.push_back(p);
  }
  made.positive.classes = static_cast<std::int64_t>(made.positive.input.size());
  return made;
}

// Of one row.
Outcome judge_row(const Subject& subject, const Problem& problem, double value, double bound) {
  const Edges row = edges_of(problem);
  if (row.impossible > 0) {
    return value == HUGE_VAL ? Outcome::pass()
                             : Outcome::fail(shown(value) + " where q = 0 < p, and inf is the value");
  }
  if (row.positive.classes == 0)
    return value == 0 ? Outcome::pass() : Outcome::fail(shown(value) + " where all p are 0");
  if (const auto outcome = not_finite(subject, problem, 0, value)) return *outcome;
  const reference::PrecisionScope scope(kJudgePrecision);
  if (row.has_powers) {
    const Enclosure truth = Enclosure(multiple_of_ln2(problem)) * log(Enclosure(2L));
    Outcome outcome = within(Enclosure(value) - truth, bound, "of powers of two, against a multiple of ln 2");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  if (row.positive.classes == problem.classes) return Outcome::pass();
  const Answered answered = ask(subject, row.positive);
  if (answered.failure) return *answered.failure;
  if (const auto outcome = not_finite(subject, row.positive, 0, answered.loss[0])) return *outcome;
  return within(Enclosure(value) - Enclosure(answered.loss[0]),
                sum_of(std::array{bound, bounds_of(subject, row.positive)[0]}),
                "with classes of p = 0, against without them");
}

double power_of_two(Random& random, const Format& format) {
  const int least = format.quantum_exponent();
  // The smallest ones, and those near 1.
  return std::ldexp(1.0, random.chance(0.3) ? least + static_cast<int>(random.below(30))
                                            : -static_cast<int>(random.below(std::min(8, -least))));
}

}  // namespace

bool applies_kl_edges(const xent_claim& claim, const xent_implementation& implementation) {
  return (is_loss(claim, "kl") || is_loss(claim, "cross_entropy")) &&
         has_distribution_rows(claim, implementation);
}

Trial generate_kl_edges(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = distribution_trial(random, claim, Regime::sparse, 1, 100);
  Problem& p = trial.problem;
  const Format& of_q = reference::format(p.input_format);
  const Format& of_p = reference::format(p.target_format);
  for (std::size_t c = 0; c < p.input.size(); ++c) {
    if (index % 3 == 0) {
      p.input[c] = power_of_two(random, of_q);
      p.target_probs[c] = power_of_two(random, of_p);
    }
    if (random.chance(0.3)) p.target_probs[c] = 0.0;
    // Mostly one that counts nothing; now and then the row is infinite.
    if (p.input[c].is_zero() && random.chance(0.95)) p.target_probs[c] = 0.0;
    if (p.target_probs[c].is_zero() && random.chance(0.5)) p.input[c] = 0.0;
  }
  return trial;
}

Outcome judge_kl_edges(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.loss == "entropy" || !asks_for_distributions(p))
    return Outcome::inadmissible("not plain rows of P and Q");
  const auto is_large = [](const Number& x) { return Number(1.0) < x; };
  if (std::any_of(p.target_probs.begin(), p.target_probs.end(), is_large))
    return Outcome::inadmissible("a probability above 1");
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const Problem alone = rows_of(p, row, row + 1);
    const Answered answered = ask(subject, alone);
    if (answered.failure) return *answered.failure;
    Outcome outcome = judge_row(subject, alone, answered.loss[0], bounds_of(subject, alone)[0]);
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
