// grouping: two classes that are not the target may be replaced by one of logit ln(e^a + e^b), after
// temperature and scale.
#include <array>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/logit_map.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// ln(e^a + e^b) of two mapped logits.
Enclosure together(const Problem& p, std::int64_t a, std::int64_t b) {
  const Number& x = p.input[static_cast<std::size_t>(a)];
  const Number& y = p.input[static_cast<std::size_t>(b)];
  const Enclosure most = mapped(p, x < y ? y : x);
  const Enclosure least = mapped(p, x < y ? x : y);
  return most + log1p(exp(least - most));
}

bool is_row(const Problem& p) {
  Problem unmapped = p;
  unmapped.temperature = unmapped.scale = Number(0.0);
  return is_plain_row(unmapped);
}

bool is_groupable(const Problem& p, std::int64_t c) {
  return c >= 0 && c < p.classes && c != p.targets[0] && p.input[static_cast<std::size_t>(c)].is_finite();
}

std::vector<std::int64_t> groupable(const Problem& p) {
  std::vector<std::int64_t> classes;
  for (std::int64_t c = 0; c < p.classes; ++c) {
    if (is_groupable(p, c)) classes.push_back(c);
  }
  return classes;
}

// p with class b gone and class a of logit x.
Problem with_one(Problem p, std::int64_t a, std::int64_t b, double x) {
  p.input[static_cast<std::size_t>(a)] = x;
  p.input.erase(p.input.begin() + b);
  --p.classes;
  if (p.targets[0] > b) --p.targets[0];
  return p;
}

}  // namespace

Trial generate_grouping(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 300);
  Problem& p = trial.problem;
  p = rows_of(p, 0, 1);
  constexpr std::uint32_t kOptions = XENT_BIT(XENT_OPTION_TEMPERATURE) | XENT_BIT(XENT_OPTION_SCALE);
  for (std::int64_t i = random.below(5); i > 0 && is_unmapped(p); --i)
    choose_row_options(random, claim, kOptions, p);
  const auto others = groupable(p);
  for (int i = 0; i < 2 && !others.empty(); ++i)
    trial.parameters.emplace_back(static_cast<double>(random.pick(std::span(others))));
  return trial;
}

Outcome judge_grouping(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!is_row(p)) return Outcome::inadmissible("not one row without weights");
  const std::int64_t a = trial.integer(0);
  const std::int64_t b = trial.integer(1);
  if (a == b || !is_groupable(p, a) || !is_groupable(p, b))
    return Outcome::inadmissible("no two classes beside the target");
  const reference::PrecisionScope scope(kJudgePrecision);
  const Enclosure exact = together(p, a, b);
  const Format& format = reference::format(p.input_format);
  const double rounded = rounded_to(format, (exact / map_factor(p)).lower_double());
  const Problem grouped = with_one(p, a, b, rounded);
  const Answered before = ask(subject, p);
  const Answered after = ask(subject, grouped);
  for (const Answered* answered : {&before, &after}) {
    if (answered->failure) return *answered->failure;
  }
  if (const auto outcome = not_finite(subject, p, 0, before.loss[0])) return *outcome;
  if (const auto outcome = not_finite(subject, grouped, 0, after.loss[0])) return *outcome;
  // The logit is rounded, and a loss moves by no more than a logit.
  const double moved = abs(mapped(p, Number(rounded)) - exact).upper_double();
  return within(Enclosure(after.loss[0]) - Enclosure(before.loss[0]),
                sum_of(std::array{moved, bounds_of(subject, p)[0], bounds_of(subject, grouped)[0]}),
                "the loss after two classes were made one, against before");
}

}  // namespace xent::properties::laws
