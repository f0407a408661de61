// uniform: equal logits give ln C, for every C of a dense sweep, one row and several.
// uniform_classes: and every class of them 1 / C.
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

// The number of classes of input `index` of `count`: fewer inputs than sizes take every n-th, the small sizes
// of vectors and blocks first.
std::int64_t classes_of(int index, int count) {
  const int stride = std::max(1, kUniformSweep / count);
  const int at = index < 140 ? index : std::min(index * stride, kUniformSweep - 1);
  return swept(count >= kUniformSweep ? index % kUniformSweep : at);
}

void make_equal(Random& random, Problem& p) {
  const Format& format = reference::format(p.input_format);
  const double values[] = {0, 1, -1234.5, any_finite(random, format)};
  const double value = rounded_to(format, random.pick(std::span<const double>(values)));
  std::fill(p.input.begin(), p.input.end(), Number(value));
}

void take_hard_targets(Random& random, Problem& p) {
  p.target_probs.clear();
  p.target_format = XENT_NO_FORMAT;
  p.targets.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) p.targets.push_back(random.below(p.classes));
}

bool are_equal(const Problem& p) {
  const auto equal = [&](const Number& x) { return x.is_finite() && x == p.input[0]; };
  return std::all_of(p.input.begin(), p.input.end(), equal);
}

// Whether value `index` of the problem's is that of a row's target.
bool is_of_target(const Problem& p, std::int64_t index) {
  return !p.targets.empty() && p.targets[static_cast<std::size_t>(index / p.classes)] == index % p.classes;
}

// Whether binary64 shows that the value is within the bound of a truth, which is rounded to an ulp.
bool is_surely_within(double value, double truth, double bound) {
  const double error = std::fabs(value - truth) * (1 + 0x1p-50) + std::fabs(truth) * 0x1p-51;
  return error <= bound;
}

}  // namespace

Trial generate_uniform(Random& random, const xent_claim& claim, int index, int count) {
  Trial trial = trial_of(random, claim, {Regime::ties, random.between(1, 3), classes_of(index, count)});
  make_equal(random, trial.problem);
  take_hard_targets(random, trial.problem);
  return trial;
}

Outcome judge_uniform(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!asks_for_label_losses(p) || !has_maps_only(p) || !are_equal(p)) {
    return Outcome::inadmissible("not rows of equal logits");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const Format format = measured_in(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  const Enclosure truth = log(Enclosure(static_cast<long>(p.classes)));
  for (std::size_t row = 0; row < answered.loss.size(); ++row) {
    const double loss = answered.loss[row];
    if (std::isinf(bounds[row])) return Outcome::inadmissible("a loss without a bound");
    if (std::isinf(loss) && may_overflow(truth.upper_double(), loss, bounds[row], format)) continue;
    if (!std::isfinite(loss)) return Outcome::fail("loss is " + shown(loss));
    auto outcome = within(Enclosure(loss) - truth, bounds[row],
                          "loss of " + std::to_string(p.classes) + " equal logits against ln C");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

bool applies_uniform_classes(const xent_claim& claim, const xent_implementation&) {
  if (!contains(claim.input_spaces, XENT_LOGITS)) return false;
  if (is_loss(claim, "softmax") || is_loss(claim, "log_softmax")) return true;
  if (!contains(claim.reductions, XENT_NONE) || !has_gradient(claim)) return false;
  return is_loss(claim, "log_sum_exp") || has_logits_and_targets(claim);
}

Trial generate_uniform_classes(Random& random, const xent_claim& claim, int index, int count) {
  Trial trial = trial_of(random, claim, {Regime::ties, random.between(1, 2), classes_of(index, count)});
  Problem& p = trial.problem;
  make_equal(random, p);
  if (has_logits_and_targets(claim)) take_hard_targets(random, p);
  if (!is_loss(claim, "softmax") && !is_loss(claim, "log_softmax")) {
    want_gradient(random, claim, p);
    p.upstream.clear();
  }
  return trial;
}

Outcome judge_uniform_classes(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const bool is_gradient = p.wanted == reference::Wanted::gradient;
  const bool is_map = p.loss == "softmax" || p.loss == "log_softmax";
  const bool is_about_classes =
      is_map ||
      (is_gradient && (p.loss == "log_sum_exp" || (p.loss == "softmax_cross_entropy" && !p.targets.empty())));
  if (!is_about_classes || p.reduction != XENT_NONE || !is_plain(p) || p.input_space != XENT_LOGITS ||
      !are_equal(p)) {
    return Outcome::inadmissible("not the classes of rows of equal logits");
  }
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const Format format = measured_in(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  const Enclosure classes(static_cast<long>(p.classes));
  const Enclosure of_class = p.loss == "log_softmax" ? -log(classes) : Enclosure(1L) / classes;
  const Enclosure of_target = of_class - Enclosure(1L);
  const auto& values = answered.wanted(p);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const Enclosure& truth = is_of_target(p, index) ? of_target : of_class;
    if (std::isinf(bounds[i])) return Outcome::inadmissible("a value without a bound");
    if (is_surely_within(values[i], truth.lower_double(), bounds[i])) continue;
    const std::string what =
        "class " + std::to_string(index % p.classes) + " of " + std::to_string(p.classes) + " equal logits";
    if (std::isinf(values[i]) && may_overflow(truth.lower_double(), values[i], bounds[i], format)) continue;
    if (!std::isfinite(values[i])) return Outcome::fail(what + ": " + shown(values[i]));
    auto outcome = within(Enclosure(values[i]) - truth, bounds[i], what);
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
