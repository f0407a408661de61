// sequence_mean: the loss of a sequence is the mean over its steps: n times it is minus the logarithm of the
// product of the probabilities, also where that product has long underflowed, and repeating the sequence
// leaves it.
#include <algorithm>
#include <array>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"
#include "reference/preparation.h"

namespace xent::properties::laws {
namespace {

Problem repeated(const Problem& p, std::int64_t times) {
  Problem many = p;
  many.rows = p.rows * times;
  for (std::int64_t i = 1; i < times; ++i) {
    many.input.insert(many.input.end(), p.input.begin(), p.input.end());
    many.targets.insert(many.targets.end(), p.targets.begin(), p.targets.end());
  }
  return many;
}

// -ln prod q_t for probabilities: one logarithm of one exact rational.
Enclosure minus_log_of_product(const Problem& p) {
  reference::Rational product = 1;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    product *=
        p.input_row(row)[static_cast<std::size_t>(p.targets[static_cast<std::size_t>(row)])].rational();
  }
  return -log(Enclosure(product));
}

bool has_zero_target(const Problem& p) {
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (p.input_row(row)[static_cast<std::size_t>(p.targets[static_cast<std::size_t>(row)])].is_zero())
      return true;
  }
  return false;
}

Outcome judge_product(const Problem& p, double mean, double bound) {
  if (has_zero_target(p)) return Outcome::pass();
  const auto n = static_cast<double>(p.rows);
  return within(Enclosure(mean) * Enclosure(static_cast<long>(p.rows)) - minus_log_of_product(p),
                sum_of(std::array{n * bound}),
                "n times the mean against -ln of the product of the probabilities");
}

}  // namespace

bool applies_sequence_mean(const xent_claim& claim, const xent_implementation& implementation) {
  const bool hard = has_logits_and_targets(claim) || is_loss(claim, "nll") || is_loss(claim, "sequence");
  return hard && averages_rows(implementation.conventions) && contains(claim.reductions, XENT_MEAN);
}

Trial generate_sequence_mean(Random& random, const xent_claim& claim, int index, int) {
  // Now and then long enough for the product of probabilities to underflow binary64.
  const std::int64_t steps = index % 5 == 4 ? random.between(200, 500) : random.between(1, 20);
  Trial trial = trial_of(random, claim, {any_regime(random, claim), steps, any_classes(random, 40)});
  Problem& p = trial.problem;
  p.target_probs.clear();
  p.target_format = XENT_NO_FORMAT;
  p.reduction = XENT_MEAN;
  while (static_cast<std::int64_t>(p.targets.size()) < p.rows) p.targets.push_back(random.below(p.classes));
  trial.parameters = {Number(static_cast<double>(random.between(2, 4)))};
  return trial;
}

Outcome judge_sequence_mean(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const std::int64_t times = std::clamp<std::int64_t>(trial.integer(0), 1, 100);
  constexpr std::int64_t kMost = 1000000;
  const bool is_known = p.loss == "softmax_cross_entropy" || p.loss == "nll" || p.loss == "sequence";
  if (!is_known || p.wanted != reference::Wanted::loss || p.reduction != XENT_MEAN || p.rows == 0 ||
      p.targets.empty() || !is_plain(p) || !averages_rows(p.conventions) ||
      p.rows * p.classes > kMost / times) {
    return Outcome::inadmissible("not a mean over plain steps");
  }
  const Problem many = repeated(p, times);
  const Answered once = ask(subject, p);
  const Answered often = ask(subject, many);
  if (once.failure) return *once.failure;
  if (often.failure) return *often.failure;
  const double bound = bounds_of(subject, p)[0];
  const double many_bound = bounds_of(subject, many)[0];
  const double a = once.loss[0];
  const double b = often.loss[0];
  if (!std::isfinite(a) || !std::isfinite(b)) {
    if (agree(a, b, bound + many_bound, measured_in(subject, p))) return Outcome::pass();
    return Outcome::fail("the mean " + shown(a) + " became " + shown(b) + " when the sequence was repeated");
  }
  const reference::PrecisionScope scope(kJudgePrecision);
  Outcome outcome = within(Enclosure(a) - Enclosure(b), sum_of(std::array{bound, many_bound}),
                           "mean of the repeated sequence");
  const bool as_given =
      p.input_space == XENT_PROBABILITIES && !reference::prepares(p.conventions, reference::Prepared::input);
  if (outcome.kind != Outcome::Kind::pass || !as_given) return outcome;
  return judge_product(p, a, bound);
}

}  // namespace xent::properties::laws
