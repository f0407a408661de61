// uniform: equal logits give ln C, for every C of a dense sweep, one row and several.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// 1 ... 1100, then 2^k - 1, 2^k, 2^k + 1 up to 2^17.
std::int64_t swept(int index) {
  constexpr int kDense = 1100;
  if (index < kDense) return index + 1;
  const int beyond = index - kDense;
  return (std::int64_t{1} << (11 + beyond / 3)) + beyond % 3 - 1;
}

}  // namespace

Trial generate_uniform(Random& random, const xent_claim& claim, int index, int count) {
  // Fewer trials than sizes take every n-th, the small sizes of vectors and blocks first.
  const int stride = std::max(1, kUniformSweep / count);
  const int at = index < 140 ? index : std::min(index * stride, kUniformSweep - 1);
  const std::int64_t classes = swept(count >= kUniformSweep ? index % kUniformSweep : at);
  Trial trial = trial_of(random, claim, Regime::ties, random.between(1, 3), classes);
  Problem& p = trial.problem;
  const double values[] = {0, 1, -1234.5, any_finite(random, reference::format(p.input_format))};
  const double value =
      rounded_to(reference::format(p.input_format), random.pick(std::span<const double>(values)));
  std::fill(p.input.begin(), p.input.end(), Number(value));
  p.target_probs.clear();
  p.target_format = XENT_NO_FORMAT;
  p.targets.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) p.targets.push_back(random.below(p.classes));
  return trial;
}

Outcome judge_uniform(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const auto equal = [&](const Number& x) { return x.is_finite() && x == p.input[0]; };
  if (!asks_for_rows(p) || p.targets.empty() || p.ignore_index || !p.base.is_zero() ||
      !std::all_of(p.input.begin(), p.input.end(), equal)) {
    return Outcome::inadmissible("not rows of equal logits");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  const Enclosure truth = log(Enclosure(static_cast<long>(p.classes)));
  for (std::size_t row = 0; row < answered.loss.size(); ++row) {
    const double loss = answered.loss[row];
    if (!std::isfinite(loss)) return Outcome::fail("loss is " + shown(loss));
    auto outcome = within(Enclosure(loss) - truth, bounds[row],
                          "loss of " + std::to_string(p.classes) + " equal logits against ln C");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
