#include "properties/laws/premises.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

namespace xent::properties {
namespace {

std::int64_t some_classes(Random& random, Regime regime, std::int64_t most) {
  if (regime == Regime::many_classes) return random.between(most / 2 + 1, most * 3);
  if (regime == Regime::realistic) return 256;
  return any_classes(random, most);
}

bool all_representable(const std::vector<Number>& values, xent_format id) {
  const Format& format = reference::format(id);
  return std::all_of(values.begin(), values.end(),
                     [&](const Number& v) { return is_representable(v, format); });
}

}  // namespace

std::optional<Outcome> inadmissible(const Subject& subject, const Trial& trial) {
  const Problem& p = trial.problem;
  if (const auto error = reference::check(p)) return Outcome::inadmissible(error->message);
  const xent_claim* claim = subject.claim(p.loss);
  if (claim == nullptr) return Outcome::inadmissible("loss " + p.loss + " is not declared");
  if (const auto why = not_covered(*claim, p)) return Outcome::inadmissible(*why);
  if (!all_representable(p.input, p.input_format))
    return Outcome::inadmissible("an input is not a float of its format");
  if (!p.target_probs.empty() && !all_representable(p.target_probs, p.target_format)) {
    return Outcome::inadmissible("a target probability is not a float of its format");
  }
  if (!p.target_probs.empty() && p.target_space != XENT_PROBABILITIES)
    return Outcome::inadmissible("no implementation declares that it takes P as logarithms");
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (p.is_out_of_range(row)) return Outcome::inadmissible("a target is out of range");
  }
  if (!p.base.is_double()) return Outcome::inadmissible("the base is not a binary64 number");
  return std::nullopt;
}

bool has_logits_and_targets(const xent_claim& claim) {
  return is_loss(claim, "softmax_cross_entropy") && contains(claim.options, XENT_OPTION_HARD_TARGETS);
}

bool is_loss(const xent_claim& claim, const char* name) {
  return std::string_view(claim.loss) == name;
}

bool is_regular(const Problem& p) {
  const auto regular = [](const Number& x) { return x.is_finite() || (x.is_infinite() && x.sign() < 0); };
  if (!std::all_of(p.input.begin(), p.input.end(), regular)) return false;
  for (std::int64_t row = 0; row < p.rows && !p.targets.empty(); ++row) {
    const auto target = p.targets[static_cast<std::size_t>(row)];
    if (!p.is_ignored(row) && !p.input_row(row)[static_cast<std::size_t>(target)].is_finite()) return false;
  }
  return true;
}

bool is_at_most_one(const Problem& p) {
  if (p.input_space != XENT_PROBABILITIES) return true;
  return std::all_of(p.input.begin(), p.input.end(), [](const Number& q) { return !(Number(1.0) < q); });
}

bool is_normalised(std::span<const Number> row) {
  const bool finite = std::all_of(row.begin(), row.end(), [](const Number& x) { return x.is_finite(); });
  return finite && reference::sum(row) == 1;
}

bool is_representable(const Number& value, const Format& format) {
  if (!value.is_double()) return false;
  const double x = value.as_double();
  if (std::isinf(x)) return format.has_infinity;
  if (std::isnan(x) || x == 0) return true;
  const auto bits = reference::round(value.rational(), format, reference::Rounding::toward_zero);
  return reference::decode(format, bits) == x;
}

Trial softmax_trial(Random& random, const xent_claim& claim, Regime regime, std::int64_t most) {
  Trial trial = trial_of(random, claim, regime, random.between(1, 3), some_classes(random, regime, most));
  Problem& p = trial.problem;
  if (!p.targets.empty()) return trial;
  // The claim also takes soft labels and got some: ask for a hard one instead.
  p.target_probs.clear();
  p.target_format = XENT_NO_FORMAT;
  for (std::int64_t row = 0; row < p.rows; ++row) p.targets.push_back(random.below(p.classes));
  return trial;
}

Trial softmax_trial(Random& random, const xent_claim& claim, std::int64_t most) {
  return softmax_trial(random, claim, random.pick(logit_regimes()), most);
}

Trial any_trial(Random& random, const xent_claim& claim, std::int64_t most) {
  const Regime regime = any_regime(random, claim);
  Trial trial = trial_of(random, claim, regime, random.between(1, 3), some_classes(random, regime, most));
  choose_options(random, claim, trial.problem);
  return trial;
}

double sum_of(std::span<const double> bounds) {
  return std::accumulate(bounds.begin(), bounds.end(), 0.0) * (1 + std::ldexp(1.0, -40));
}

}  // namespace xent::properties
