// conventions: asked under conventions other than its own, an implementation answers by them or says
// XENT_UNSUPPORTED.
#include "golden/conventions.h"

#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

constexpr xent_denominator kDenominators[] = {XENT_VALID_ROWS, XENT_ALL_ROWS, XENT_VALID_WEIGHTS, XENT_GIVEN,
                                              XENT_ELEMENTS};

// The conventions that the parameters name, of those that the problem's options make use of.
xent_conventions named(const Trial& trial) {
  xent_conventions conventions = trial.problem.conventions;
  if (trial.parameters.empty()) return conventions;
  const auto choice = static_cast<std::uint64_t>(trial.integer(0));
  if (trial.problem.reduction == XENT_MEAN) {
    conventions.denominator = kDenominators[choice % std::size(kDenominators)];
    if (conventions.denominator == XENT_GIVEN) conventions.denominator_value = 7.5;
    if (!trial.problem.z_loss.is_zero()) conventions.z_loss_over_valid_rows = choice / 8 % 2 != 0 ? 1 : 0;
  }
  if (!trial.problem.label_smoothing.is_zero()) {
    conventions.smoothing_mass = static_cast<xent_smoothing_mass>(choice / 16 % 2);
    if (!trial.problem.class_weights.empty())
      conventions.smoothing_weights = static_cast<xent_smoothing_weights>(choice / 32 % 3);
  }
  return conventions;
}

}  // namespace

bool applies_conventions(const xent_claim& claim, const xent_implementation&) {
  return contains(claim.reductions, XENT_MEAN) || contains(claim.options, XENT_OPTION_LABEL_SMOOTHING);
}

Trial generate_conventions(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_question(random, claim, 40);
  Problem& p = trial.problem;
  if (p.upstream.empty() && contains(claim.reductions, XENT_MEAN) && random.chance(0.7) &&
      reference::find_loss(p.loss)->entries == nullptr)
    p.reduction = XENT_MEAN;
  trial.parameters = {Number(static_cast<double>(random.below(1 << 20)))};
  return trial;
}

Outcome judge_conventions(const Subject& subject, const Trial& trial, const Recorder& record) {
  Trial asked = {trial.problem, {}, trial.regime};
  asked.problem.conventions = named(trial);
  if (auto outcome = inadmissible_by_any(subject, asked)) return *outcome;
  const Response response = subject.run(asked.problem);
  // Saying no is an answer.
  if (response.status == XENT_UNSUPPORTED && response.defect.empty()) return Outcome::pass();
  Outcome outcome = accuracy_of(subject, asked, {});
  if (outcome.kind == Outcome::Kind::fail)
    outcome.message = "under conventions that it did not refuse, " +
                      golden::write_conventions(asked.problem.conventions).dump() + ": " + outcome.message;
  static_cast<void>(record);
  return outcome;
}

}  // namespace xent::properties::laws
