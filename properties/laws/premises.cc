#include "properties/laws/premises.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <tuple>

#include "golden/conventions.h"
#include "properties/machine.h"
#include "properties/masses.h"
#include "reference/preparation.h"

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

// Whether the product of a soft label, its class weight and 1 - alpha leaves the normal range: sound code
// that forms it first may find 0, and 0 times an infinite loss is then nothing.
bool has_vanishing_mass(const Problem& p, const xent_claim& claim) {
  if (p.target_probs.empty() || (p.class_weights.empty() && p.label_smoothing.is_zero())) return false;
  const double least = std::ldexp(1.0, machine_of(p, claim).emin);
  for (std::size_t i = 0; i < p.target_probs.size(); ++i) {
    const double label = as_double(p.target_probs[i]);
    const auto c = static_cast<std::int64_t>(i) % p.classes;
    const double mass = label * weight_at(p.class_weights, c) * (1 - p.label_smoothing.as_double());
    if (mass > 0 && mass < least) return true;
  }
  return false;
}

// Whether the derivatives are multiplied by a perplexity that overflows where it is computed, or may, as -ln
// p does where p underflows.
bool has_overflowing_power(const Problem& p, const xent_claim& claim) {
  if (p.loss != "perplexity" || p.wanted != reference::Wanted::gradient) return false;
  Problem question = p;
  question.wanted = reference::Wanted::loss;
  question.upstream.clear();
  if (std::isinf(error_bounds(question, claim).front())) return true;
  auto truth = reference::certify(question);
  const auto perplexity = truth ? truth->front().rounded(reference::format(XENT_BINARY64)) : std::nullopt;
  return perplexity && machine_of(p, claim).overflows(*perplexity);
}

bool are_positive(const std::vector<Number>& weights) {
  return std::all_of(weights.begin(), weights.end(),
                     [](const Number& w) { return w.is_finite() && w.sign() >= 0; });
}

auto fields(const xent_conventions& c) {
  return std::tie(c.denominator, c.denominator_value, c.smoothing_mass, c.smoothing_weights, c.all_ignored,
                  c.target_out_of_range, c.all_masked, c.zero_weight_times_infinity, c.clip, c.clip_rules,
                  c.normalise, c.z_loss_over_valid_rows, c.gradient_of_unit_mass, c.masked_labels);
}

}  // namespace

std::optional<Outcome> inadmissible(const Subject& subject, const Trial& trial) {
  const xent_conventions& own = subject.implementation().conventions;
  if (fields(trial.problem.conventions) == fields(own)) return inadmissible_by_any(subject, trial);
  return Outcome::inadmissible("other conventions than the implementation's own, " +
                               golden::write_conventions(own).dump());
}

std::optional<Outcome> inadmissible_by_any(const Subject& subject, const Trial& trial) {
  const Problem& p = trial.problem;
  if (const auto error = reference::check(p)) return Outcome::inadmissible(error->message);
  const xent_claim* claim = subject.claim(p);
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
    if (!p.targets.empty() && !p.is_ignored(row) && p.target(row) != p.targets[static_cast<std::size_t>(row)])
      return Outcome::inadmissible("a target is counted from the end");
  }
  for (const Number* parameter :
       {&p.base, &p.label_smoothing, &p.temperature, &p.scale, &p.softcap, &p.z_loss}) {
    if (!parameter->is_double()) return Outcome::inadmissible("a parameter is not a binary64 number");
  }
  for (const std::vector<Number>* factors : {&p.class_weights, &p.sample_weights, &p.upstream}) {
    if (!all_representable(*factors, factor_format(p)))
      return Outcome::inadmissible("a weight is not a float of its format");
  }
  // Sums that cancel have no bound: of labels, or of the weights that a mean divides by.
  const bool divides_by_weights = p.reduction == XENT_MEAN && p.conventions.denominator == XENT_VALID_WEIGHTS;
  if (!are_positive(p.class_weights) || (divides_by_weights && !are_positive(p.sample_weights)))
    return Outcome::inadmissible("weights below 0 in a sum that may cancel");
  // An infinity times a derivative that is 0, or gets there, is nothing that one could rely on.
  if (has_overflowing_power(p, *claim))
    return Outcome::inadmissible("the gradient of a perplexity that overflows");
  if (has_vanishing_mass(p, *claim)) return Outcome::inadmissible("a mass is below the normal range");
  return std::nullopt;
}

bool has_logits_and_targets(const xent_claim& claim) {
  return is_loss(claim, "softmax_cross_entropy") && contains(claim.options, XENT_OPTION_HARD_TARGETS);
}

bool averages_rows(const xent_conventions& conventions) {
  return conventions.denominator != XENT_GIVEN && conventions.denominator != XENT_ELEMENTS;
}

bool has_row_losses(const xent_claim& claim, const xent_conventions& conventions) {
  return contains(claim.reductions, XENT_NONE) || contains(claim.reductions, XENT_SUM) ||
         (contains(claim.reductions, XENT_MEAN) && averages_rows(conventions));
}

bool asks_for_rows(const Problem& p) {
  if (p.reduction == XENT_NONE) return true;
  const bool is_row = p.reduction == XENT_SUM || (averages_rows(p.conventions) && p.class_weights.empty());
  return p.rows == 1 && is_row && !p.ignore_index;
}

bool asks_for_label_losses(const Problem& p) {
  return p.loss == "softmax_cross_entropy" && p.wanted == reference::Wanted::loss && !p.targets.empty() &&
         p.rows > 0 && !p.ignore_index && asks_for_rows(p);
}

bool is_loss(const xent_claim& claim, const char* name) {
  return std::string_view(claim.loss) == name;
}

bool takes_masked_logits(const xent_claim& claim) {
  const auto formats = formats_in(claim.input_formats);
  return std::any_of(formats.begin(), formats.end(), [](const Format* f) { return f->has_infinity; });
}

namespace {

// Probabilities are what they are, and 0 times an infinity is nothing.
bool takes_as_given(const xent_conventions& conventions) {
  const xent_policy zero = conventions.zero_weight_times_infinity;
  return !reference::prepares(conventions, reference::Prepared::input) &&
         !reference::prepares(conventions, reference::Prepared::targets) &&
         (zero == XENT_POLICY_DEFAULT || zero == XENT_POLICY_ZERO);
}

bool are_finite(const std::vector<Number>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](const Number& x) { return x.is_finite(); });
}

}  // namespace

bool has_distribution_rows(const xent_claim& claim, const xent_implementation& implementation) {
  const bool is_known =
      is_loss(claim, "entropy") || ((is_loss(claim, "cross_entropy") || is_loss(claim, "kl")) &&
                                    !formats_in(claim.target_formats).empty());
  return is_known && contains(claim.input_spaces, XENT_PROBABILITIES) &&
         contains(claim.reductions, XENT_NONE) && takes_as_given(implementation.conventions);
}

bool asks_for_distributions(const Problem& p) {
  return (p.loss == "entropy" || p.loss == "cross_entropy" || p.loss == "kl") &&
         p.input_space == XENT_PROBABILITIES && p.reduction == XENT_NONE && p.rows > 0 && is_plain(p) &&
         p.wanted == reference::Wanted::loss && are_finite(p.input) && are_finite(p.target_probs) &&
         takes_as_given(p.conventions);
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
  if (p.input_space == XENT_LOGITS) return true;
  const Number most = p.input_space == XENT_LOG_PROBABILITIES ? 0.0 : 1.0;
  return std::all_of(p.input.begin(), p.input.end(), [&](const Number& q) { return !(most < q); });
}

bool is_normalised(std::span<const Number> row) {
  const bool finite = std::all_of(row.begin(), row.end(), [](const Number& x) { return x.is_finite(); });
  return finite && reference::sum(row) == 1;
}

bool is_representable(const Number& value, const Format& format) {
  return value.is_double() && reference::find_bits(format, value.as_double()).has_value();
}

Trial softmax_trial(Random& random, const xent_claim& claim, Regime regime, std::int64_t most) {
  const std::int64_t rows = random.between(1, 3);
  const bool has_rows = contains(claim.reductions, XENT_NONE);
  Trial trial = trial_of(random, claim, {regime, has_rows ? rows : 1, some_classes(random, regime, most)});
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
  Trial trial = trial_of(random, claim, {regime, random.between(1, 4), some_classes(random, regime, most)});
  choose_options(random, claim, trial.problem);
  return trial;
}

Trial any_question(Random& random, const xent_claim& claim, std::int64_t most) {
  const bool gradient = has_gradient(claim) && random.chance(0.5);
  // A gradient has an output for each class.
  Trial trial = any_trial(random, claim, gradient ? std::max<std::int64_t>(most / 3, 1) : most);
  if (gradient) want_gradient(random, claim, trial.problem);
  return trial;
}

void choose_row_options(Random& random, const xent_claim& claim, std::uint32_t allowed, Problem& p) {
  const auto targets = p.targets;
  const xent_reduction reduction = p.reduction;
  xent_claim of_allowed = claim;
  of_allowed.options &= allowed;
  choose_options(random, of_allowed, p);
  p.targets = targets;
  p.ignore_index.reset();
  if (p.reduction == XENT_NONE) return;
  p = rows_of(p, 0, 1);
  if (asks_for_rows(p)) return;
  p.reduction = reduction;
  p.class_weights.clear();
}

Trial distribution_trial(Random& random, const xent_claim& claim, Regime regime, std::int64_t rows,
                         std::int64_t most) {
  xent_claim of_probabilities = claim;
  of_probabilities.input_spaces = XENT_BIT(XENT_PROBABILITIES);
  return trial_of(random, of_probabilities, {regime, rows, any_classes(random, most)});
}

bool has_gradient(const xent_claim& claim) {
  return !formats_in(claim.grad_formats).empty() && reference::find_loss(claim.loss)->gradient != nullptr;
}

Problem with_masked(const Problem& p, std::int64_t at, std::int64_t count) {
  Problem masked = p;
  masked.classes = p.classes + count;
  if (!p.class_weights.empty())
    masked.class_weights.insert(masked.class_weights.begin() + at, static_cast<std::size_t>(count),
                                Number(1.0));
  masked.input.clear();
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto x = p.input_row(row);
    masked.input.insert(masked.input.end(), x.begin(), x.begin() + at);
    masked.input.insert(masked.input.end(), static_cast<std::size_t>(count), Number(-HUGE_VAL));
    masked.input.insert(masked.input.end(), x.begin() + at, x.end());
  }
  for (std::int64_t& target : masked.targets) target += target >= at ? count : 0;
  return masked;
}

bool has_logit_gradient(const xent_claim& claim) {
  return has_gradient(claim) && contains(claim.input_spaces, XENT_LOGITS);
}

Trial gradient_trial(Random& random, const xent_claim& claim, std::int64_t most) {
  Trial trial = any_trial(random, claim, most);
  want_gradient(random, claim, trial.problem);
  return trial;
}

bool spares_masked(const Problem& p) {
  const xent_policy policy = p.conventions.masked_labels;
  const bool spares = policy != XENT_POLICY_DEFAULT && policy != XENT_POLICY_INFINITY;
  return spares &&
         std::any_of(p.input.begin(), p.input.end(), [](const Number& x) { return x.is_infinite(); });
}

bool is_unmapped(const Problem& p) {
  return p.scale.is_zero() && p.temperature.is_zero() && p.softcap.is_zero() && p.z_loss.is_zero() &&
         p.base.is_zero();
}

bool is_plain(const Problem& p) {
  return is_unmapped(p) && p.class_weights.empty() && p.sample_weights.empty() && p.upstream.empty() &&
         p.label_smoothing.is_zero() && !p.ignore_index;
}

bool has_maps_only(const Problem& p) {
  Problem unmapped = p;
  unmapped.temperature = unmapped.scale = unmapped.softcap = Number(0.0);
  return is_plain(unmapped);
}

bool weighs_positively(const Problem& p) {
  return are_positive(p.class_weights) && are_positive(p.sample_weights);
}

bool is_plain_row(const Problem& p) {
  return p.rows == 1 && asks_for_label_losses(p) && is_plain(p) && is_regular(p);
}

std::optional<Outcome> not_finite(const Subject& subject, const Problem& p, std::size_t output,
                                  double value) {
  if (std::isfinite(value)) return std::nullopt;
  const xent_claim& claim = *subject.claim(p);
  auto truths = *reference::certify(p);
  Measurement ignored;
  Outcome outcome = compare(value, truths[output], measured_in(p, claim), judged_grade(p, claim),
                            bounds_of(subject, p)[output], &ignored);
  return outcome.kind == Outcome::Kind::pass ? Outcome::inadmissible("the value is not finite") : outcome;
}

Outcome judged_by_row(const Subject& subject, const Problem& p, const RowJudge& judge) {
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto bounds = bounds_of(subject, p);
  const reference::PrecisionScope scope(kJudgePrecision);
  for (std::size_t row = 0; row < answered.loss.size(); ++row) {
    if (auto outcome = not_finite(subject, p, row, answered.loss[row])) return *outcome;
    Outcome outcome = judge(static_cast<std::int64_t>(row), answered.loss[row], bounds[row]);
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  return Outcome::pass();
}

Outcome all_agree(std::span<const double> a, std::span<const double> b, std::span<const double> allowance,
                  const Format& format, const std::string& what) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (agree(a[i], b[i], allowance[i], format)) continue;
    return Outcome::fail(what + ": result " + std::to_string(i) + " is " + shown(a[i]) + " against " +
                         shown(b[i]) + ", allowed " + shown(allowance[i]));
  }
  return Outcome::pass();
}

Problem rows_of(const Problem& p, std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(to - from));
  std::iota(rows.begin(), rows.end(), from);
  return rows_of(p, rows);
}

Problem rows_of(const Problem& p, std::span<const std::int64_t> rows) {
  Problem part = p;
  const auto cut = [&](auto& part_of, const auto& whole, std::int64_t width) {
    if (whole.empty()) return;
    part_of.clear();
    for (const std::int64_t row : rows)
      part_of.insert(part_of.end(), whole.begin() + row * width, whole.begin() + (row + 1) * width);
  };
  part.rows = static_cast<std::int64_t>(rows.size());
  cut(part.input, p.input, p.classes);
  cut(part.target_probs, p.target_probs, p.classes);
  cut(part.targets, p.targets, 1);
  cut(part.sample_weights, p.sample_weights, 1);
  if (p.reduction == XENT_NONE) cut(part.upstream, p.upstream, 1);
  return part;
}

std::vector<double> bounds_of(const Subject& subject, const Problem& problem) {
  return error_bounds(problem, *subject.claim(problem));
}

std::vector<double> bounds_beside(const Subject& subject, const Problem& problem) {
  const xent_claim& claim = *subject.claim(problem);
  return error_bounds(loss_beside(problem, claim), claim);
}

Format measured_in(const Subject& subject, const Problem& problem) {
  return measured_in(problem, *subject.claim(problem));
}

Layout as_declared(Layout layout, const Problem& p, const xent_claim& claim) {
  const bool may_be_narrow = contains(claim.target_formats, XENT_INT32) && targets_fit_narrow(p);
  const bool may_be_wide = contains(claim.target_formats, XENT_INT64);
  layout.wide_targets = may_be_wide && (layout.wide_targets || !may_be_narrow);
  if (!contains(claim.options, XENT_OPTION_CLASS_STRIDE)) layout.class_stride = 1;
  return layout;
}

Outcome same_in_layout(const Subject& subject, const Problem& p, const Response& other, const Layout& layout,
                       const std::string& where) {
  const Response response = subject.run(p, layout);
  if (!response.usable())
    return Outcome::fail(where + "status " + std::to_string(response.status) + " " + response.defect);
  const xent_claim& claim = *subject.claim(p);
  const bool bitwise = contains(claim.guarantees, XENT_SAME_BITS_FOR_ANY_LAYOUT);
  const auto compared = [&](const Problem& wanted, const std::string& name) {
    auto allowances = error_bounds(wanted, claim);
    for (double& bound : allowances) bound = bitwise ? 0 : 2 * bound;
    return all_agree(response.wanted(wanted), other.wanted(wanted), allowances, measured_in(wanted, claim),
                     where + name);
  };
  const bool is_gradient = p.wanted == reference::Wanted::gradient;
  Outcome outcome = compared(p, is_gradient ? "gradient" : "loss");
  if (outcome.kind != Outcome::Kind::pass || !is_gradient) return outcome;
  return compared(loss_beside(p, claim), "loss");
}

double sum_of(std::span<const double> bounds) {
  return std::accumulate(bounds.begin(), bounds.end(), 0.0) * (1 + std::ldexp(1.0, -40));
}

}  // namespace xent::properties
