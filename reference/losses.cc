#include "reference/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "reference/cross_entropy.h"
#include "reference/entropy.h"
#include "reference/kl.h"
#include "reference/log_sum_exp.h"
#include "reference/nll.h"
#include "reference/sequence.h"
#include "reference/softmax_cross_entropy.h"

namespace xent::reference {
namespace {

constexpr unsigned kLogits = XENT_BIT(XENT_LOGITS);
constexpr unsigned kProbabilities = XENT_BIT(XENT_PROBABILITIES);
constexpr unsigned kLogProbabilities = XENT_BIT(XENT_LOG_PROBABILITIES);

constexpr std::array<Loss, 8> kLosses = {{
    {.name = "entropy",
     .formula = "-sum p ln p",
     .domain = "p >= 0, as given; 0 ln 0 = 0",
     .exact_cases = "0 when prod p^p = 1; in base b when prod p^p is a rational power of b",
     .source = "Shannon 1948",
     .input_spaces = kProbabilities,
     .needs_targets = false,
     .needs_target_probs = false,
     .always_mean = false,
     .exponentiate = false,
     .row = entropy},
    {.name = "cross_entropy",
     .formula = "-sum p ln q",
     .domain = "p, q >= 0, as given; p > 0 with q = 0 gives +inf",
     .exact_cases = "0 when prod q^p = 1; in base b when prod q^p is a rational power of b",
     .source = "Good 1952",
     .input_spaces = kProbabilities | kLogProbabilities,
     .needs_targets = false,
     .needs_target_probs = true,
     .always_mean = false,
     .exponentiate = false,
     .row = cross_entropy},
    {.name = "kl",
     .formula = "sum p ln(p/q)",
     .domain = "p, q >= 0, as given; p = 0 gives 0; p > 0 with q = 0 gives +inf",
     .exact_cases = "0 when prod (p/q)^p = 1, e.g. P = Q; in base b when it is a rational power of b",
     .source = "Kullback & Leibler 1951",
     .input_spaces = kProbabilities | kLogProbabilities,
     .needs_targets = false,
     .needs_target_probs = true,
     .always_mean = false,
     .exponentiate = false,
     .row = kl},
    {.name = "nll",
     .formula = "-ln q_t",
     .domain = "q >= 0, as given; q_t = 0 gives +inf",
     .exact_cases = "0 for q_t = 1; in base b when q_t is a rational power of b",
     .source = "Shannon 1948",
     .input_spaces = kProbabilities | kLogProbabilities,
     .needs_targets = true,
     .needs_target_probs = false,
     .always_mean = false,
     .exponentiate = false,
     .row = nll},
    {.name = "softmax_cross_entropy",
     .formula = "ln sum e^x - x_t",
     .domain = "x finite or -inf (masked); target masked gives +inf; NaN or +inf gives NaN",
     .exact_cases =
         "0 for a single finite logit; in base b when all n are equal and n is a rational power of b",
     .source = "Bridle 1990",
     .input_spaces = kLogits,
     .needs_targets = true,
     .needs_target_probs = true,
     .always_mean = false,
     .exponentiate = false,
     .row = softmax_cross_entropy},
    {.name = "log_sum_exp",
     .formula = "ln sum e^x",
     .domain = "x finite or -inf (masked); all masked gives -inf; NaN or +inf gives NaN",
     .exact_cases = "x for a single finite logit x",
     .source = "Blanchard, Higham & Higham 2021",
     .input_spaces = kLogits,
     .needs_targets = false,
     .needs_target_probs = false,
     .always_mean = false,
     .exponentiate = false,
     .row = log_sum_exp},
    {.name = "sequence",
     .formula = "(1/n) sum_t -ln P(x_t | x_<t)",
     .domain = "that of nll or softmax_cross_entropy, a row for each step",
     .exact_cases = "those of nll or softmax_cross_entropy",
     .source = "the notes, section 4",
     .input_spaces = kLogits | kProbabilities | kLogProbabilities,
     .needs_targets = true,
     .needs_target_probs = false,
     .always_mean = true,
     .exponentiate = false,
     .row = sequence},
    {.name = "perplexity",
     .formula = "e^((1/n) sum_t -ln P(x_t | x_<t))",
     .domain = "that of sequence",
     .exact_cases = "when (prod q_t)^(1/n) is rational",
     .source = "Jelinek et al. 1977",
     .input_spaces = kLogits | kProbabilities | kLogProbabilities,
     .needs_targets = true,
     .needs_target_probs = false,
     .always_mean = true,
     .exponentiate = true,
     .row = sequence},
}};

// Which policies have a meaning where. The target's is not among them: a target out of range is refused.
std::optional<Error> check_policies(const xent_conventions& conventions) {
  const struct {
    const char* name;
    xent_policy policy;
    unsigned accepted;
    const char* names;
  } fields[] = {{"all_ignored", conventions.all_ignored,
                 XENT_BIT(XENT_POLICY_NAN) | XENT_BIT(XENT_POLICY_ZERO), "nan, zero"},
                {"all_masked", conventions.all_masked,
                 XENT_BIT(XENT_POLICY_NAN) | XENT_BIT(XENT_POLICY_ZERO) | XENT_BIT(XENT_POLICY_INFINITY),
                 "nan, zero, infinity"},
                {"zero_weight_times_infinity", conventions.zero_weight_times_infinity,
                 XENT_BIT(XENT_POLICY_NAN) | XENT_BIT(XENT_POLICY_ZERO), "nan, zero"}};
  for (const auto& field : fields) {
    const bool known = field.policy >= XENT_POLICY_DEFAULT && field.policy <= XENT_POLICY_STATUS;
    if (known && (field.policy == XENT_POLICY_DEFAULT || (field.accepted >> field.policy & 1U) != 0))
      continue;
    return refused(field.name, fmt::format("policy {}", field.policy),
                   fmt::format("default, {}", field.names));
  }
  return std::nullopt;
}

std::optional<Error> check_options(const Problem& p) {
  const std::pair<const char*, const Number*> numbers[] = {{"label_smoothing", &p.label_smoothing},
                                                           {"temperature", &p.temperature},
                                                           {"scale", &p.scale},
                                                           {"softcap", &p.softcap},
                                                           {"z_loss", &p.z_loss}};
  for (const auto& [name, value] : numbers) {
    if (!value->is_zero())
      return refused(name, value->to_string(), "0 (off): the reference does not certify it");
  }
  if (!p.class_weights.empty())
    return refused("class_weights", "given", "none: the reference does not certify them");
  if (!p.sample_weights.empty())
    return refused("sample_weights", "given", "none: the reference does not certify them");
  if (p.conventions.clip != 0) return refused("clip", fmt::to_string(p.conventions.clip), "0 (off)");
  return std::nullopt;
}

std::optional<Error> check_inputs(const Loss& loss, const Problem& p) {
  if (p.input_space < XENT_LOGITS || p.input_space > XENT_LOG_PROBABILITIES ||
      (loss.input_spaces & XENT_BIT(static_cast<unsigned>(p.input_space))) == 0) {
    return refused("input_space", fmt::to_string(p.input_space),
                   fmt::format("those that {} is defined on", loss.name));
  }
  const bool has_targets = !p.targets.empty() || p.rows == 0;
  const bool has_probs = !p.target_probs.empty() || p.rows == 0;
  if (loss.needs_targets && loss.needs_target_probs) {
    if (!p.targets.empty() && !p.target_probs.empty())
      return refused("target_probs", "given with targets", "one of them");
    if (!has_targets && !has_probs)
      return refused("targets", "none", "a target for each row, or target_probs");
  } else if (loss.needs_targets && !has_targets) {
    return refused("targets", "none", "a target for each row");
  } else if (loss.needs_target_probs && !has_probs) {
    return refused("target_probs", "none", "the distribution P of each row");
  }
  if (!p.target_probs.empty() && p.target_space != XENT_PROBABILITIES)
    return refused("target_space", fmt::to_string(p.target_space), "probabilities");
  if (p.reduction < XENT_NONE || p.reduction > XENT_MEAN)
    return refused("reduction", fmt::to_string(p.reduction), "none, sum or mean");
  if (loss.always_mean && p.reduction != XENT_MEAN) {
    return refused("reduction", fmt::to_string(p.reduction), fmt::format("mean: {} is one value", loss.name));
  }
  return std::nullopt;
}

// What a mean divides by, exactly.
Rational denominator_of(const Problem& p) {
  switch (p.conventions.denominator) {
    case XENT_ALL_ROWS:
      return Rational(p.rows);
    case XENT_GIVEN:
      return Rational(p.conventions.denominator_value);
    default:  // without weights, the sum of the weights of the valid rows is their number
      return Rational(p.valid_rows());
  }
}

LogForm mean_of_nothing(const Problem& p) {
  LogForm form;
  if (p.conventions.all_ignored != XENT_POLICY_ZERO) form.set_nan();
  return form;
}

LogForm reduced(const Loss& loss, const Problem& p) {
  Rational weight = 1;
  if (p.reduction == XENT_MEAN) {
    const Rational denominator = denominator_of(p);
    if (denominator == 0 || p.valid_rows() == 0) return mean_of_nothing(p);
    weight = 1 / denominator;
  }
  LogForm total;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (!p.is_ignored(row)) total.add(weight, loss.row(p, row));
  }
  return total;
}

}  // namespace

std::span<const Loss> losses() {
  return kLosses;
}

const Loss* find_loss(std::string_view name) {
  const auto found =
      std::find_if(kLosses.begin(), kLosses.end(), [name](const Loss& l) { return l.name == name; });
  return found == kLosses.end() ? nullptr : &*found;
}

std::optional<Error> check(const Problem& problem) {
  const Loss* loss = find_loss(problem.loss);
  if (loss == nullptr) {
    std::string names;
    for (const Loss& known : kLosses) names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
    return refused("loss", problem.loss, names);
  }
  if (auto error = validate(problem)) return error;
  if (auto error = check_inputs(*loss, problem)) return error;
  const xent_conventions& conventions = problem.conventions;
  if (conventions.denominator == XENT_GIVEN &&
      !(conventions.denominator_value > 0 && std::isfinite(conventions.denominator_value))) {
    return refused("denominator", fmt::to_string(conventions.denominator_value), "a finite number > 0");
  }
  if (auto error = check_policies(problem.conventions)) return error;
  return check_options(problem);
}

Certified certify_row(const Problem& problem, std::int64_t row, int max_precision) {
  const Loss* loss = find_loss(problem.loss);
  assert(loss != nullptr);
  const Rational base = loss->exponentiate ? Rational(0) : problem.base.rational();
  LogForm form = problem.is_ignored(row) ? LogForm() : loss->row(problem, row);
  return Certified({std::move(form), base, false}, max_precision);
}

Expected<std::vector<Certified>> certify(const Problem& problem, int max_precision) {
  if (auto error = check(problem)) return *error;
  const Loss& loss = *find_loss(problem.loss);
  std::vector<Certified> values;
  if (problem.reduction == XENT_NONE) {
    for (std::int64_t row = 0; row < problem.rows; ++row)
      values.push_back(certify_row(problem, row, max_precision));
    return values;
  }
  values.emplace_back(Quantity{reduced(loss, problem), problem.base.rational(), loss.exponentiate},
                      max_precision);
  return values;
}

}  // namespace xent::reference
