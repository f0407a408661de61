// one_hot: against a one-hot P, H(P, Q) = -ln q_t, and soft labels give the loss of the hard label; of other
// labels the loss is linear.
#include <algorithm>
#include <cmath>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"
#include "reference/preparation.h"

namespace xent::properties::laws {
namespace {

// The class that has all the mass; nullopt if the row is not one-hot.
std::optional<std::int64_t> hot_class(std::span<const Number> row) {
  std::optional<std::int64_t> hot;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_zero()) continue;
    if (hot || !(row[i] == Number(1.0))) return std::nullopt;
    hot = static_cast<std::int64_t>(i);
  }
  return hot;
}

// The same with hard labels; nothing if there is a row that is not one-hot.
std::optional<Problem> hard_of(const Problem& soft) {
  Problem hard = soft;
  if (soft.loss == "cross_entropy") hard.loss = "nll";
  hard.target_probs.clear();
  hard.target_format = XENT_NO_FORMAT;
  hard.ignore_index.reset();  // no soft label is ignored
  for (std::int64_t row = 0; row < soft.rows; ++row) {
    const auto hot = hot_class(soft.target_row(row));
    if (!hot) return std::nullopt;
    hard.targets.push_back(*hot);
  }
  return hard;
}

Outcome against_hard(const Subject& subject, Inquiry& soft, const Problem& p) {
  const auto hard = hard_of(p);
  if (!hard) return Outcome::inadmissible("P is not one-hot");
  if (spares_masked(p)) return Outcome::inadmissible("masses on masked classes that do not count");
  // A clip gives every class some, and so may 0 times an infinity that is NaN.
  if (reference::prepares(p.conventions, reference::Prepared::targets) ||
      p.conventions.zero_weight_times_infinity == XENT_POLICY_NAN)
    return Outcome::inadmissible("zeros that count");
  if (auto outcome = inadmissible(subject, {*hard, {}, Regime::ordinary})) return *outcome;
  Inquiry given(subject, *hard);
  if (given.failure()) return *given.failure();
  Findings findings;
  for (std::size_t i = 0; i < soft.size(); ++i) {
    const bool same = is_same(soft.value(i), given.value(i));
    findings.add(same
                     ? Outcome::pass()
                     : combination(soft, i, std::array{Term{1, &given, i}}, "one-hot P against hard labels"));
    // An infinite loss is that of an impossible label, whichever way it is given.
    if (soft.is_rightly_infinite(i) != given.is_rightly_infinite(i))
      return Outcome::fail("one-hot P gives " + shown(soft.value(i)) + ", the hard label " +
                           shown(given.value(i)));
  }
  return findings.outcome("no rows");
}

// Labels 2 u and 2 v with u + v = y: of every label one part has all, or the power of two in it; exact.
std::array<Problem, 2> halves(const Problem& p, std::uint64_t number) {
  Random random{rc::Random(number)};
  std::array<Problem, 2> parts = {p, p};
  for (std::size_t i = 0; i < p.target_probs.size(); ++i) {
    const double y = p.target_probs[i].as_double();
    const double whole = random.chance(0.5) ? y : 0;
    const double leading = y == 0 ? 0 : std::ldexp(1.0, std::ilogb(y));
    const double first = random.chance(0.5) ? whole : leading;
    parts[0].target_probs[i] = Number(2 * first);
    parts[1].target_probs[i] = Number(2 * (y - first));
  }
  return parts;
}

// l(y) is (l(2u) + l(2v)) / 2: what does not depend on the labels is the same in all three.
Outcome linear(const Subject& subject, Inquiry& whole, const Problem& p, std::uint64_t number) {
  const bool weighs_labels = p.reduction == XENT_MEAN && p.conventions.denominator == XENT_VALID_WEIGHTS;
  if (weighs_labels || reference::prepares(p.conventions, reference::Prepared::targets))
    return Outcome::inadmissible("not linear in the labels");
  auto parts = halves(p, number);
  for (const Problem& part : parts) {
    if (auto outcome = inadmissible(subject, {part, {}, Regime::ordinary})) return *outcome;
  }
  Inquiry first(subject, parts[0]);
  Inquiry second(subject, parts[1]);
  for (const Inquiry* asked : {&first, &second}) {
    if (asked->failure()) return *asked->failure();
  }
  const reference::Rational half(1, 2);
  Findings findings;
  for (std::size_t i = 0; i < whole.size(); ++i)
    findings.add(combination(whole, i, std::array{Term{half, &first, i}, Term{half, &second, i}},
                             "labels against the mean of two whose mean they are"));
  return findings.outcome("no rows");
}

}  // namespace

bool applies_one_hot(const xent_claim& claim, const xent_implementation&) {
  const bool is_either =
      is_loss(claim, "softmax_cross_entropy") && contains(claim.options, XENT_OPTION_SOFT_TARGETS);
  return (is_either || is_loss(claim, "cross_entropy")) && !formats_in(claim.target_formats).empty();
}

Trial generate_one_hot(Random& random, const xent_claim& claim, int, int) {
  const bool gradient = has_gradient(claim) && random.chance(0.4);
  Trial trial =
      trial_of(random, claim,
               {any_regime(random, claim), random.between(1, 3), any_classes(random, gradient ? 100 : 300)});
  Problem& p = trial.problem;
  const auto formats = formats_in(claim.target_formats);
  const Format& format = *random.pick(std::span<const Format* const>(formats));
  p.targets.clear();
  p.target_format = format.id;
  p.target_probs.assign(p.input.size(), Number(0.0));
  const bool hot = random.chance(0.6);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto begin = static_cast<std::size_t>(row * p.classes);
    if (hot) {
      p.target_probs[begin + static_cast<std::size_t>(random.below(p.classes))] = 1.0;
    } else {
      const auto y = distribution(random, random.chance(0.3) ? Regime::sparse : Regime::probabilities, format,
                                  p.classes);
      std::copy(y.begin(), y.end(), p.target_probs.begin() + static_cast<std::ptrdiff_t>(begin));
    }
  }
  if (random.chance(0.6)) choose_options(random, claim, p);
  if (gradient) want_gradient(random, claim, p);
  trial.parameters = {Number(static_cast<double>(random.below(1 << 30)))};
  return trial;
}

Outcome judge_one_hot(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const bool is_finite = std::all_of(p.target_probs.begin(), p.target_probs.end(),
                                     [](const Number& y) { return y.is_finite(); });
  const bool is_known = p.loss == "softmax_cross_entropy" || p.loss == "cross_entropy";
  if (p.target_probs.empty() || !is_finite || !is_known) return Outcome::inadmissible("not rows of P");
  if (p.wanted == reference::Wanted::gradient && !is_regular(p))
    return Outcome::inadmissible("the gradient of an undefined row");
  Inquiry asked(subject, p);
  if (asked.failure()) return *asked.failure();
  Findings findings;
  findings.add(against_hard(subject, asked, p));
  if (!findings.has_failed())
    findings.add(linear(subject, asked, p, static_cast<std::uint64_t>(trial.integer(0))));
  return findings.outcome("");
}

}  // namespace xent::properties::laws
