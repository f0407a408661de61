// smoothing: a smoothed hard label has the loss of its masses: the labels' losses, each times its mass, and
// that of the soft label that says the same; all of the mass spread, it does not matter which label it was.
#include <algorithm>
#include <bit>
#include <cmath>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"
#include "reference/preparation.h"

namespace xent::properties::laws {

namespace {

using reference::Rational;

constexpr std::int64_t kMostClasses = 130;

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

bool takes_hard(const xent_claim& claim) {
  return is_loss(claim, "nll") || has_logits_and_targets(claim);
}

bool takes_soft(const xent_claim& claim) {
  const bool is_either =
      is_loss(claim, "softmax_cross_entropy") && contains(claim.options, XENT_OPTION_SOFT_TARGETS);
  return (is_either || is_loss(claim, "cross_entropy")) && !formats_in(claim.target_formats).empty();
}

bool goes_to_others(const Problem& p) {
  return p.conventions.smoothing_mass == XENT_SMOOTH_OTHERS;
}

// What smoothing puts on a class that gets some.
Rational share_of(const Problem& p) {
  return Rational(p.label_smoothing.rational() / Rational(goes_to_others(p) ? p.classes - 1 : p.classes));
}

Rational weight(const Problem& p, std::int64_t c) {
  return p.class_weights.empty() ? Rational(1) : p.class_weights[static_cast<std::size_t>(c)].rational();
}

// What the label itself, and what smoothing, multiply the loss of label c by, without class weights.
Rational counted(const Problem& p, std::int64_t target, std::int64_t c) {
  Rational count = 0;
  if (c == target) count = (1 - p.label_smoothing.rational()) * weight(p, target);
  if (c == target && goes_to_others(p)) return count;
  switch (p.conventions.smoothing_weights) {
    case XENT_SMOOTH_UNWEIGHTED:
      return Rational(count + share_of(p));
    case XENT_SMOOTH_BY_TARGET:
      return Rational(count + share_of(p) * weight(p, target));
    default:
      return Rational(count + share_of(p) * weight(p, c));
  }
}

Problem without_smoothing(const Problem& p) {
  Problem plain = p;
  plain.label_smoothing = Number(0.0);
  return plain;
}

// Whether the masses of a row add up to 1, as a z-loss and a gradient p - y that knows no weights need it.
bool needs_unit_mass(const Problem& p) {
  return !p.z_loss.is_zero() || (asks_for_gradient(p) && p.conventions.gradient_of_unit_mass != 0);
}

Outcome against_labels(const Subject& subject, const Problem& p, Inquiry& smoothed) {
  if (p.classes > kMostClasses) return Outcome::inadmissible("more classes than labels are asked for");
  if (!p.class_weights.empty() && needs_unit_mass(p))
    return Outcome::inadmissible("a z-loss or a gradient for masses that add up to 1");
  Problem plain = without_smoothing(p);
  plain.class_weights.clear();
  Findings findings;
  const std::size_t width = asks_for_gradient(p) ? static_cast<std::size_t>(p.classes) : 1;
  for (std::int64_t row = 0; row < p.rows && !findings.has_failed(); ++row) {
    EveryLabel labels(subject, rows_of(plain, row, row + 1));
    if (labels.failure()) return *labels.failure();
    for (std::size_t entry = 0; entry < width; ++entry) {
      std::vector<Term> terms;
      for (std::int64_t c = 0; c < p.classes; ++c) {
        const Rational factor = counted(p, p.targets[static_cast<std::size_t>(row)], c);
        if (factor != 0) terms.push_back(labels.term(factor, c, entry));
      }
      findings.add(combination(smoothed, static_cast<std::size_t>(row) * width + entry, terms,
                               "smoothed against the labels' losses times their masses"));
    }
  }
  return findings.outcome("no rows");
}

// Every value of the whole as a sum of factors times the same value of the parts.
Outcome value_by_value(Inquiry& whole, std::vector<Inquiry>& parts, const std::vector<Rational>& factors,
                       const std::string& what) {
  for (const Inquiry& part : parts) {
    if (part.failure()) return *part.failure();
  }
  Findings findings;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<Term> terms;
    for (std::size_t part = 0; part < parts.size(); ++part) terms.push_back({factors[part], &parts[part], i});
    findings.add(combination(whole, i, terms, what));
  }
  return findings.outcome("no rows");
}

Outcome against_soft_label(const Subject& subject, const Problem& p, Inquiry& smoothed) {
  if (!p.class_weights.empty()) return Outcome::inadmissible("class weights");
  Problem soft = without_smoothing(p);
  soft.targets.clear();
  soft.target_format = soft_format(subject.implementation(), p.loss);
  if (soft.target_format == XENT_NO_FORMAT) return Outcome::inadmissible("no soft labels are declared");
  const bool is_exact =
      std::has_single_bit(static_cast<std::uint64_t>(goes_to_others(p) ? p.classes - 1 : p.classes));
  if (!is_exact) return Outcome::inadmissible("a share that is no float");
  for (std::int64_t i = 0; i < p.rows * p.classes; ++i)
    soft.target_probs.emplace_back(
        counted(p, p.targets[static_cast<std::size_t>(i / p.classes)], i % p.classes));
  if (auto outcome = inadmissible(subject, {soft, {}, Regime::ordinary})) return *outcome;
  std::vector<Inquiry> given;
  given.emplace_back(subject, soft);
  return value_by_value(smoothed, given, {1}, "smoothed against soft labels");
}

// With all of the mass spread over all classes.
Outcome against_other_label(const Subject& subject, const Problem& p, Inquiry& smoothed) {
  const bool by_target = p.conventions.smoothing_weights == XENT_SMOOTH_BY_TARGET && !p.class_weights.empty();
  if (!(p.label_smoothing == Number(1.0)) || goes_to_others(p) || by_target)
    return Outcome::inadmissible("the label matters");
  Problem other = p;
  for (std::int64_t& target : other.targets) target = (target + 1) % p.classes;
  if (auto outcome = inadmissible(subject, {other, {}, Regime::ordinary})) return *outcome;
  std::vector<Inquiry> asked;
  asked.emplace_back(subject, other);
  return value_by_value(smoothed, asked, {1}, "all of the mass spread, one label against another");
}

// A smoothed soft label is between itself and the uniform one.
Outcome between_soft_labels(const Subject& subject, const Problem& p) {
  const bool weighs_labels = p.reduction == XENT_MEAN && p.conventions.denominator == XENT_VALID_WEIGHTS;
  if (weighs_labels || reference::prepares(p.conventions, reference::Prepared::targets))
    return Outcome::inadmissible("not linear in the labels");
  if (!std::has_single_bit(static_cast<std::uint64_t>(p.classes)))
    return Outcome::inadmissible("a share that is no float");
  const Problem plain = without_smoothing(p);
  Problem uniform = plain;
  uniform.target_probs.assign(p.target_probs.size(), Number(1 / static_cast<double>(p.classes)));
  if (p.conventions.smoothing_weights == XENT_SMOOTH_UNWEIGHTED) uniform.class_weights.clear();
  for (const Problem& part : {plain, uniform}) {
    if (auto outcome = inadmissible(subject, {part, {}, Regime::ordinary})) return *outcome;
  }
  Inquiry smoothed(subject, p);
  if (smoothed.failure()) return *smoothed.failure();
  std::vector<Inquiry> parts;
  parts.emplace_back(subject, plain);
  parts.emplace_back(subject, uniform);
  const Rational alpha = p.label_smoothing.rational();
  return value_by_value(smoothed, parts, {Rational(1 - alpha), alpha},
                        "smoothed against its label and the uniform one");
}

// Conventions that mean something for hard labels alone.
bool is_about_targets(const xent_conventions& conventions) {
  return conventions.smoothing_mass == XENT_SMOOTH_OTHERS ||
         conventions.smoothing_weights == XENT_SMOOTH_BY_TARGET;
}

}  // namespace

bool applies_smoothing(const xent_claim& claim, const xent_implementation& implementation) {
  const bool hard = takes_hard(claim) && has_row_losses(claim, implementation.conventions);
  const bool soft = takes_soft(claim) && !is_about_targets(implementation.conventions);
  return (hard || soft) && contains(claim.options, XENT_OPTION_LABEL_SMOOTHING);
}

Trial generate_smoothing(Random& random, const xent_claim& claim, int index, int) {
  // Shares alpha / C and alpha / (C - 1) that are floats: C, or C - 1, a power of two.
  const std::int64_t power = std::int64_t{1} << random.between(0, 6);
  Trial trial =
      trial_of(random, claim,
               {any_regime(random, claim), contains(claim.reductions, XENT_NONE) ? random.between(1, 3) : 1,
                std::max<std::int64_t>(index % 2 == 0 ? power : power + 1, 2)});
  Problem& p = trial.problem;
  if (random.chance(0.5)) choose_row_options(random, claim, kAllOptions, p);
  const double alphas[] = {0.125, 0.25, 0.5, 1, random.unit()};
  p.label_smoothing = random.pick(std::span<const double>(alphas));
  if (has_gradient(claim) && random.chance(0.5)) want_gradient(random, claim, p);
  return trial;
}

Outcome judge_smoothing(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const bool is_known = p.loss == "softmax_cross_entropy" || p.loss == "nll" || p.loss == "cross_entropy";
  if (!is_known || p.label_smoothing.is_zero() || p.ignore_index || !is_regular(p))
    return Outcome::inadmissible("no smoothed labels of regular rows");
  if (spares_masked(p)) return Outcome::inadmissible("masses on masked classes that do not count");
  if (p.targets.empty()) return between_soft_labels(subject, p);
  if (!asks_for_rows(p)) return Outcome::inadmissible("not the losses of rows");
  Inquiry smoothed(subject, p);
  if (smoothed.failure()) return *smoothed.failure();
  Findings findings;
  for (auto* sentence : {against_labels, against_soft_label, against_other_label}) {
    findings.add(sentence(subject, p, smoothed));
    if (findings.has_failed()) break;
  }
  return findings.outcome("");
}

}  // namespace xent::properties::laws
