// weights: weights of 1 change nothing, weights times a power of two multiply loss and gradient by it, the
// mean of two weights gives the mean of what they give, and a weight k is k rows.
#include <algorithm>
#include <cmath>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"

namespace xent::properties::laws {

namespace {

using reference::Rational;
using Weights = std::vector<Number> Problem::*;

// What a trial is about; the parameters: whose weights, 2^k, the number of a split, whether rows are
// repeated.
constexpr std::size_t kOfClasses = 0;
constexpr std::size_t kPower = 1;
constexpr std::size_t kSplit = 2;
constexpr std::size_t kRepeats = 3;
constexpr std::int64_t kMostCopies = 64;

bool takes(const xent_claim& claim, std::int32_t option) {
  return contains(claim.options, option) && contains(reference::find_loss(claim.loss)->options, option);
}

// The weights of a kind times a power of two; exact but for what leaves the range.
std::vector<Number> times(const std::vector<Number>& weights, double factor) {
  std::vector<Number> scaled;
  for (const Number& w : weights) scaled.emplace_back(w.as_double() * factor);
  return scaled;
}

bool divides_by_weights(const Problem& p) {
  return p.reduction == XENT_MEAN && p.conventions.denominator == XENT_VALID_WEIGHTS;
}

// Some of what is multiplied must not be, and none of it twice: z-losses know no class weights, nor do some
// smoothings; a mean over the weights knows no factor.
bool multiplies_all(const Problem& p, Weights kind) {
  const bool all = kind == &Problem::sample_weights ||
                   (p.z_loss.is_zero() && (p.label_smoothing.is_zero() ||
                                           p.conventions.smoothing_weights != XENT_SMOOTH_UNWEIGHTED));
  const bool apart =
      divides_by_weights(p) && p.conventions.z_loss_over_valid_rows != 0 && !p.z_loss.is_zero();
  return all && !apart;
}

// A gradient whose label part alone has the weights: p - w y.
bool weighs_labels_only(const Problem& p, Weights kind) {
  return kind == &Problem::class_weights && p.wanted == reference::Wanted::gradient &&
         p.conventions.gradient_of_unit_mass != 0;
}

// Without weights of 1, or with 2^k times the weights.
Outcome multiplied(const Subject& subject, const Problem& p, Weights kind, const Trial& trial) {
  if (!multiplies_all(p, kind)) return Outcome::inadmissible("no weights that multiply everything");
  const std::vector<Number>& weights = p.*kind;
  const bool ones =
      std::all_of(weights.begin(), weights.end(), [](const Number& w) { return w == Number(1.0); });
  if (!ones && weighs_labels_only(p, kind)) return Outcome::inadmissible("a gradient p - w y");
  const auto power = std::clamp<std::int64_t>(trial.integer(kPower), -20, 20);
  const double own = power == 0 ? 2 : std::ldexp(1.0, static_cast<int>(power));
  Problem other = p;
  other.*kind = ones ? std::vector<Number>() : times(weights, own);
  if (auto outcome = inadmissible(subject, {other, {}, trial.regime})) return *outcome;
  // Without weights a soft label counts by its sum in the denominator all the same.
  const double factor = ones || divides_by_weights(p) ? 1 : own;
  if (p.loss == "perplexity" && factor != 1) return Outcome::inadmissible("a power");
  Inquiry here(subject, p);
  Inquiry there(subject, other);
  for (const Inquiry* asked : {&here, &there}) {
    if (asked->failure()) return *asked->failure();
  }
  const std::string what = ones ? "without weights of 1" : "with " + shown(own) + " times the weights";
  Findings findings;
  for (std::size_t i = 0; i < here.size(); ++i)
    findings.add(combination(there, i, std::array{Term{Rational(factor), &here, i}}, what));
  return findings.outcome("no rows");
}

// Weights 2 u and 2 v with u + v = w: one part has all of a weight, or the power of two in it; exact.
std::array<Problem, 2> halves(const Problem& p, Weights kind, std::uint64_t number) {
  Random random{rc::Random(number)};
  std::array<Problem, 2> parts = {p, p};
  for (std::size_t i = 0; i < (p.*kind).size(); ++i) {
    const double w = (p.*kind)[i].as_double();
    const double whole = random.chance(0.5) ? w : 0;
    const double leading = w == 0 ? 0 : std::ldexp(1.0, std::ilogb(w));
    const double first = random.chance(0.5) ? whole : leading;
    (parts[0].*kind)[i] = Number(2 * first);
    (parts[1].*kind)[i] = Number(2 * (w - first));
  }
  return parts;
}

// l(w) is (l(2u) + l(2v)) / 2: what the weights do not reach is the same in all three.
Outcome halved(const Subject& subject, const Problem& p, Weights kind, const Trial& trial) {
  if (divides_by_weights(p) || p.loss == "perplexity")
    return Outcome::inadmissible("not linear in the weights");
  const auto parts = halves(p, kind, static_cast<std::uint64_t>(trial.integer(kSplit)));
  for (const Problem& part : parts) {
    if (auto outcome = inadmissible(subject, {part, {}, trial.regime})) return *outcome;
  }
  Inquiry whole(subject, p);
  Inquiry first(subject, parts[0]);
  Inquiry second(subject, parts[1]);
  for (const Inquiry* asked : {&whole, &first, &second}) {
    if (asked->failure()) return *asked->failure();
  }
  const Rational half(1, 2);
  Findings findings;
  for (std::size_t i = 0; i < whole.size(); ++i)
    findings.add(combination(whole, i, std::array{Term{half, &first, i}, Term{half, &second, i}},
                             "weights against the mean of two whose mean they are"));
  return findings.outcome("no rows");
}

// How often each row is there; nothing if a weight is no such number, or all are 0.
std::optional<std::vector<std::int64_t>> copies_of(const Problem& p) {
  std::vector<std::int64_t> copies;
  std::int64_t total = 0;
  for (const Number& w : p.sample_weights) {
    const double k = w.as_double();
    if (!(k >= 0 && k <= static_cast<double>(kMostCopies)) || k != std::floor(k)) return std::nullopt;
    copies.push_back(static_cast<std::int64_t>(k));
    total += copies.back();
  }
  if (total == 0 || total > kMostCopies) return std::nullopt;
  return copies;
}

// Every row as often as its weight says.
Problem repeated(const Problem& p, const std::vector<std::int64_t>& copies) {
  Problem many = rows_of(p, 0, 0);
  many.sample_weights.clear();
  many.input.clear();
  many.targets.clear();
  many.target_probs.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const Problem one = rows_of(p, row, row + 1);
    for (std::int64_t k = 0; k < copies[static_cast<std::size_t>(row)]; ++k) {
      many.input.insert(many.input.end(), one.input.begin(), one.input.end());
      many.targets.insert(many.targets.end(), one.targets.begin(), one.targets.end());
      many.target_probs.insert(many.target_probs.end(), one.target_probs.begin(), one.target_probs.end());
      ++many.rows;
    }
  }
  return many;
}

// The sum, or the mean over the weights, with a row of weight k and with k such rows.
Outcome as_rows(const Subject& subject, const Problem& p, const Trial& trial) {
  const auto copies = copies_of(p);
  const bool apart = p.conventions.z_loss_over_valid_rows != 0 && !p.z_loss.is_zero();
  if (!copies || !(p.reduction == XENT_SUM || (divides_by_weights(p) && !apart)))
    return Outcome::inadmissible("no sum of rows with small integers for weights");
  const Problem many = repeated(p, *copies);
  if (auto outcome = inadmissible(subject, {many, {}, trial.regime})) return *outcome;
  Inquiry weighted(subject, p);
  Inquiry plain(subject, many);
  for (const Inquiry* asked : {&weighted, &plain}) {
    if (asked->failure()) return *asked->failure();
  }
  if (p.wanted == reference::Wanted::loss)
    return combination(weighted, 0, std::array{Term{1, &plain, 0}}, "a weight of k against k rows");
  Findings findings;
  std::size_t at = 0;
  for (std::size_t i = 0; i < weighted.size(); ++i) {
    const auto classes = static_cast<std::size_t>(p.classes);
    const auto k = static_cast<std::size_t>((*copies)[i / classes]);
    std::vector<Term> terms;
    for (std::size_t copy = 0; copy < k; ++copy)
      terms.push_back({1, &plain, at + copy * classes + i % classes});
    findings.add(combination(weighted, i, terms, "a derivative with a weight of k against those of k rows"));
    if (i % classes == classes - 1) at += k * classes;
  }
  return findings.outcome("no rows");
}

// Small integers, in a sum or a mean over the weights where there is one.
void repeat_rows(Random& random, const xent_claim& claim, Problem& p) {
  p.sample_weights.clear();
  for (std::int64_t row = 0; row < p.rows; ++row)
    p.sample_weights.emplace_back(static_cast<double>(random.between(0, 4)));
  const xent_reduction reduction = random.chance(0.7) ? XENT_SUM : XENT_MEAN;
  if (p.reduction == XENT_NONE && contains(claim.reductions, reduction)) p.reduction = reduction;
}

}  // namespace

bool applies_weights(const xent_claim& claim, const xent_implementation&) {
  return takes(claim, XENT_OPTION_CLASS_WEIGHTS) || takes(claim, XENT_OPTION_SAMPLE_WEIGHTS);
}

Trial generate_weights(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_trial(random, claim, 40);
  Problem& p = trial.problem;
  const bool classes = takes(claim, XENT_OPTION_CLASS_WEIGHTS) &&
                       (!takes(claim, XENT_OPTION_SAMPLE_WEIGHTS) || random.chance(0.5));
  const Format& format = reference::format(factor_format(p));
  std::vector<Number>& weights = classes ? p.class_weights : p.sample_weights;
  weights.clear();
  const bool ones = random.chance(0.25);
  for (std::int64_t i = 0; i < (classes ? p.classes : p.rows); ++i)
    weights.emplace_back(ones ? 1 : any_weight(random, format));
  const bool repeats = !classes && !ones && random.chance(0.4);
  if (repeats) repeat_rows(random, claim, p);
  if (has_gradient(claim) && random.chance(0.5)) want_gradient(random, claim, p);
  trial.parameters = {Number(classes ? 1.0 : 0.0), Number(static_cast<double>(random.between(-8, 8))),
                      Number(static_cast<double>(random.below(1 << 30))), Number(repeats ? 1.0 : 0.0)};
  return trial;
}

Outcome judge_weights(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const Weights kind = trial.integer(kOfClasses) != 0 ? &Problem::class_weights : &Problem::sample_weights;
  if ((p.*kind).empty()) return Outcome::inadmissible("no weights");
  Findings findings;
  if (trial.integer(kRepeats) != 0 && kind == &Problem::sample_weights) {
    findings.add(as_rows(subject, p, trial));
  } else {
    findings.add(multiplied(subject, p, kind, trial));
    if (!findings.has_failed()) findings.add(halved(subject, p, kind, trial));
  }
  return findings.outcome("");
}

}  // namespace xent::properties::laws
