// convex_bracket: h g(x) v <= l(x + h v) - l(x) <= h g(x + h v) v: a test of gradients without truncation
// error; where all is plain, moreover l(x + h v) - l(x) - h g(x) v <= A h^2 R^2 / 8, R = max v - min v.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"
#include "properties/masses.h"

namespace xent::properties::laws {

namespace {

// The longest step, so short that an fp8 holds twice as much.
std::int64_t longest_step(const Format& format) {
  return std::min<std::int64_t>(8, std::int64_t{1} << (format.precision - 1));
}

// x + d for the integer steps d that the seed draws, times 2^exponent.
struct Moved {
  Problem there;
  std::vector<double> d;

  Moved(const Problem& p, std::uint64_t seed, int exponent) : there(p) {
    Random random{rc::Random(seed)};
    const std::int64_t longest = longest_step(reference::format(p.input_format));
    for (Number& x : there.input) {
      d.push_back(std::ldexp(static_cast<double>(random.between(-longest, longest)), exponent));
      x = Number(reference::Rational(x.rational() + reference::Rational(d.back())));
    }
  }
};

// sum g d, and what the bounds of g make of it.
struct Slope {
  Enclosure value;
  double error = 0;

  Slope(const std::vector<double>& g, const std::vector<double>& bounds, const std::vector<double>& d) {
    for (std::size_t i = 0; i < g.size(); ++i) {
      value += Enclosure(g[i]) * Enclosure(d[i]);
      error += bounds[i] * std::abs(d[i]);
    }
  }
};

// sum over the rows of (max d - min d)^2 / 8 times the sum of the labels: the second derivative of lse along
// d is a variance of d, at most R^2 / 4 (Popoviciu), and the remainder is half of it.
double curvature(const Problem& p, const std::vector<double>& d) {
  double total = 0;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto first = d.begin() + row * p.classes;
    const auto [low, high] = std::minmax_element(first, first + p.classes);
    double mass = 1;
    if (!p.target_probs.empty()) {
      mass = 0;
      for (const Number& y : p.target_row(row)) mass += as_double(y);
    }
    total += mass * (*high - *low) * (*high - *low) / 8;
  }
  return total * (1 + 0x1p-20);
}

// The first derivative that is not finite, as not_finite of the premises.
std::optional<Outcome> not_finite(const Subject& subject, const Problem& p, const std::vector<double>& g) {
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (auto outcome = properties::not_finite(subject, p, i, g[i])) return outcome;
  }
  return std::nullopt;
}

// Whether the loss is one number: what it is of a single row, whatever the reduction.
bool is_one_number(const Problem& p) {
  return p.reduction != XENT_NONE || p.rows == 1;
}

Outcome not_below(const Enclosure& x, double allowance, const std::string& what) {
  if (x.upper_double() >= -allowance || std::isnan(allowance)) return Outcome::pass();
  return Outcome::fail(what + " by " + shown(-x.upper_double()) + ", allowed " + shown(allowance));
}

}  // namespace

bool applies_convex_bracket(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logit_gradient(claim) && implementation.conventions.gradient_of_unit_mass == 0;
}

Trial generate_convex_bracket(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = gradient_trial(random, claim, 30);
  Problem& p = trial.problem;
  if (index % 2 == 0)
    p = trial_of(random, claim, {Regime::ordinary, random.between(1, 3), random.between(2, 20)}).problem;
  if (index % 2 == 0) want_gradient(random, claim, p);
  p.softcap = p.z_loss = p.base = Number(0.0);
  p.upstream.clear();
  p.reduction = contains(claim.reductions, XENT_SUM) && random.chance(0.5) ? XENT_SUM : XENT_MEAN;
  if (!contains(claim.reductions, p.reduction))
    p.reduction = contains(claim.reductions, XENT_SUM) ? XENT_SUM : XENT_NONE;
  if (!is_one_number(p)) p = rows_of(p, 0, 1);
  // Few bits, so that x + d is a float.
  const Format& format = reference::format(p.input_format);
  const int bits = std::clamp(format.precision - 6, 0, 10);
  const int exponent = static_cast<int>(random.between(-bits, 0));
  const double room = std::exp2(format.precision) - static_cast<double>(longest_step(format));
  const double most = std::min(30.0, std::ldexp(room, exponent));
  for (Number& x : p.input) {
    const double value = std::clamp(std::isfinite(x.as_double()) ? x.as_double() : 0, -most, most);
    x = std::ldexp(std::nearbyint(std::ldexp(value, -exponent)), exponent);
  }
  trial.parameters = {Number(static_cast<double>(random.below(1 << 30))),
                      Number(static_cast<double>(exponent))};
  return trial;
}

Outcome judge_convex_bracket(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const auto finite = [](const Number& x) { return x.is_finite(); };
  if (p.wanted != reference::Wanted::gradient || p.conventions.gradient_of_unit_mass != 0 ||
      p.input_space != XENT_LOGITS || !is_one_number(p) || !weighs_positively(p) || !p.softcap.is_zero() ||
      !p.z_loss.is_zero() || !p.base.is_zero() || !p.upstream.empty() ||
      !std::all_of(p.input.begin(), p.input.end(), finite) || std::abs(trial.integer(1)) > 60) {
    return Outcome::inadmissible("not the gradient of one convex number");
  }
  const Moved moved(p, static_cast<std::uint64_t>(trial.integer(0)), static_cast<int>(trial.integer(1)));
  const Problem& there = moved.there;
  if (auto outcome = inadmissible(subject, {there, {}, trial.regime})) return *outcome;
  const Answered a = ask(subject, p);
  const Answered b = ask(subject, there);
  if (a.failure) return *a.failure;
  if (b.failure) return *b.failure;
  if (!std::isfinite(a.loss[0]) || !std::isfinite(b.loss[0])) return Outcome::inadmissible("no finite loss");
  if (const auto outcome = not_finite(subject, p, a.grad)) return *outcome;
  if (const auto outcome = not_finite(subject, there, b.grad)) return *outcome;
  const reference::PrecisionScope scope(kJudgePrecision);
  const Slope from(a.grad, bounds_of(subject, p), moved.d);
  const Slope to(b.grad, bounds_of(subject, there), moved.d);
  const double losses = bounds_beside(subject, p)[0] + bounds_beside(subject, there)[0];
  const Enclosure change = Enclosure(b.loss[0]) - Enclosure(a.loss[0]);
  Outcome outcome = not_below(change - from.value, (losses + from.error) * (1 + 0x1p-20),
                              "l(x + d) - l(x) is below g(x) d");
  if (outcome.kind == Outcome::Kind::pass)
    outcome = not_below(to.value - change, (losses + to.error) * (1 + 0x1p-20),
                        "l(x + d) - l(x) is above g(x + d) d");
  if (outcome.kind != Outcome::Kind::pass || !is_plain(p) || p.reduction == XENT_MEAN) return outcome;
  return not_below(Enclosure(curvature(p, moved.d)) - (change - from.value),
                   (losses + from.error) * (1 + 0x1p-20), "l(x + d) - l(x) - g(x) d is above R^2 / 8");
}

}  // namespace xent::properties::laws
