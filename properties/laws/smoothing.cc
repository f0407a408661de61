// smoothing: a smoothed hard label is the soft label with the declared mass.
#include <algorithm>
#include <bit>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

// A format that some claim of the loss takes soft labels in; none if there is none.
xent_format soft_format(const xent_implementation& implementation, const std::string& loss) {
  for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
    const xent_claim& claim = implementation.claims[i];
    const auto formats = formats_in(claim.target_formats);
    if (loss == claim.loss && contains(claim.options, XENT_OPTION_SOFT_TARGETS) && !formats.empty())
      return formats.back()->id;
  }
  return XENT_NO_FORMAT;
}

}  // namespace

bool applies_smoothing(const xent_claim& claim, const xent_implementation& implementation) {
  return has_logits_and_targets(claim) && has_row_losses(claim, implementation.conventions) &&
         contains(claim.options, XENT_OPTION_LABEL_SMOOTHING) &&
         soft_format(implementation, claim.loss) != XENT_NO_FORMAT;
}

Trial generate_smoothing(Random& random, const xent_claim& claim, int index, int) {
  // Shares alpha / C and alpha / (C - 1) that are floats: C, or C - 1, a power of two.
  const std::int64_t power = std::int64_t{1} << random.between(0, 6);
  Trial trial = trial_of(random, claim, any_regime(random, claim),
                         contains(claim.reductions, XENT_NONE) ? random.between(1, 3) : 1,
                         std::max<std::int64_t>(index % 2 == 0 ? power : power + 1, 2));
  Problem& p = trial.problem;
  p.target_probs.clear();
  p.target_format = XENT_NO_FORMAT;
  p.targets.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) p.targets.push_back(random.below(p.classes));
  const double alphas[] = {0.125, 0.25, 0.5, 1};
  p.label_smoothing = random.pick(std::span<const double>(alphas));
  if (has_gradient(claim) && random.chance(0.5)) want_gradient(random, claim, p);
  return trial;
}

Outcome judge_smoothing(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.targets.empty() || p.label_smoothing.is_zero() || p.ignore_index || !p.class_weights.empty() ||
      !asks_for_rows(p)) {
    return Outcome::inadmissible("no smoothed hard labels");
  }
  Problem soft = p;
  soft.label_smoothing = Number(0.0);
  soft.targets.clear();
  soft.target_format = soft_format(subject.implementation(), p.loss);
  if (soft.target_format == XENT_NO_FORMAT) return Outcome::inadmissible("no soft labels are declared");
  const bool others = p.conventions.smoothing_mass == XENT_SMOOTH_OTHERS;
  const double alpha = p.label_smoothing.as_double();
  const double share = alpha / static_cast<double>(others ? p.classes - 1 : p.classes);
  for (std::int64_t i = 0; i < p.rows * p.classes; ++i) {
    const bool hot = p.targets[static_cast<std::size_t>(i / p.classes)] == i % p.classes;
    soft.target_probs.emplace_back(hot ? 1 - alpha + (others ? 0 : share) : share);
  }
  const bool is_exact = std::has_single_bit(static_cast<std::uint64_t>(others ? p.classes - 1 : p.classes));
  if (!is_exact) return Outcome::inadmissible("a share that is no float");
  if (auto outcome = inadmissible(subject, {soft, {}, trial.regime})) return *outcome;
  const Answered smoothed = ask(subject, p);
  const Answered given = ask(subject, soft);
  if (smoothed.failure) return *smoothed.failure;
  if (given.failure) return *given.failure;
  auto allowance = bounds_of(subject, p);
  const auto soft_bounds = bounds_of(subject, soft);
  for (std::size_t i = 0; i < allowance.size(); ++i) allowance[i] += soft_bounds[i];
  return all_agree(smoothed.wanted(p), given.wanted(p), allowance, "smoothed against soft labels");
}

}  // namespace xent::properties::laws
