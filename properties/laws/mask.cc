// mask: inserting classes of logit -inf, singly or as a whole leading block, changes no loss.
#include <algorithm>
#include <cmath>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"

namespace xent::properties::laws {
namespace {

// No guarantee of the contract implies the same bits: sums that do not depend on the order of their terms may
// depend on how many there are, as those do that round every term to a grid of that size first (Demmel &
// Nguyen 2015). But the float nearest to the loss is one.
bool is_bitwise(const xent_claim& claim) {
  return parse_grade(claim.grade)->grade == Grade::correctly_rounded;
}

}  // namespace

bool applies_mask(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logits_and_targets(claim) && has_row_losses(claim, implementation.conventions) &&
         takes_masked_logits(claim);
}

Trial generate_mask(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, 300);
  if (random.chance(0.5)) {
    const std::uint32_t of_classes = XENT_BIT(XENT_OPTION_SOFTCAP) | XENT_BIT(XENT_OPTION_LABEL_SMOOTHING);
    choose_row_options(random, claim, kAllOptions & ~of_classes, trial.problem);
  }
  const std::int64_t blocks[] = {1, 2, 7, 8, 16, 63, 64, 256, 512, 1024, 1500};
  const bool leading = random.chance(0.5);
  trial.parameters = {Number(static_cast<double>(leading ? 0 : random.below(trial.problem.classes + 1))),
                      Number(static_cast<double>(random.pick(std::span<const std::int64_t>(blocks))))};
  return trial;
}

Outcome judge_mask(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const std::int64_t at = std::clamp<std::int64_t>(trial.integer(0), 0, p.classes);
  const std::int64_t count = trial.integer(1);
  // A cap unmasks, and smoothing gives every class a mass.
  if (count < 1 || count > 100000 || !asks_for_label_losses(p) || !p.softcap.is_zero() ||
      !p.label_smoothing.is_zero() || !is_regular(p)) {
    return Outcome::inadmissible("no classes to insert, or not regular rows");
  }
  const Problem masked = with_masked(p, at, count);
  if (auto outcome = inadmissible(subject, {masked, {}, trial.regime})) return *outcome;
  Inquiry plain(subject, p);
  Inquiry with(subject, masked);
  for (const Inquiry* asked : {&plain, &with}) {
    if (asked->failure()) return *asked->failure();
  }
  const std::string what = "the loss after inserting " + std::to_string(count) +
                           " masked classes before class " + std::to_string(at);
  Findings findings;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (is_same(plain.value(i), with.value(i))) {
      findings.add(Outcome::pass());
    } else if (is_bitwise(*subject.claim(p)) && is_bitwise(*subject.claim(masked))) {
      findings.add(Outcome::fail(what + ": " + shown(plain.value(i)) + " became " + shown(with.value(i))));
    } else {
      findings.add(combination(with, i, std::array{Term{1, &plain, i}}, what));
    }
  }
  return findings.outcome("no rows");
}

}  // namespace xent::properties::laws
