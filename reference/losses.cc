#include "reference/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "reference/cross_entropy.h"
#include "reference/distribution.h"
#include "reference/entropy.h"
#include "reference/generalised_kl.h"
#include "reference/kl.h"
#include "reference/log_sum_exp.h"
#include "reference/nll.h"
#include "reference/perplexity.h"
#include "reference/preparation.h"
#include "reference/sequence.h"
#include "reference/softmax.h"
#include "reference/softmax_cross_entropy.h"

namespace xent::reference {
namespace {

constexpr unsigned kLogits = XENT_BIT(XENT_LOGITS);
constexpr unsigned kProbabilities = XENT_BIT(XENT_PROBABILITIES);
constexpr unsigned kLogProbabilities = XENT_BIT(XENT_LOG_PROBABILITIES);

// Options that come together.
constexpr unsigned kBase = XENT_BIT(XENT_OPTION_BASE);
constexpr unsigned kPerRow = kBase | XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS) | XENT_BIT(XENT_OPTION_UPSTREAM);
constexpr unsigned kLabels = XENT_BIT(XENT_OPTION_CLASS_WEIGHTS) | XENT_BIT(XENT_OPTION_LABEL_SMOOTHING);
constexpr unsigned kIgnore = XENT_BIT(XENT_OPTION_IGNORE_INDEX);
constexpr unsigned kMaps =
    XENT_BIT(XENT_OPTION_TEMPERATURE) | XENT_BIT(XENT_OPTION_SCALE) | XENT_BIT(XENT_OPTION_SOFTCAP);
constexpr unsigned kZLoss = XENT_BIT(XENT_OPTION_Z_LOSS);

constexpr std::array<Loss, 11> kLosses = {{
    {.name = "entropy",
     .formula = "-sum p ln p",
     .domain = "p >= 0, as given; 0 ln 0 = 0",
     .exact_cases = "0 when prod p^p = 1; in base b when prod p^p is a rational power of b",
     .source = "Shannon 1948",
     .input_spaces = kProbabilities | kLogProbabilities,
     .needs_targets = false,
     .needs_target_probs = false,
     .always_mean = false,
     .exponentiate = false,
     .counts_input = true,
     .options = kPerRow,
     .row = entropy,
     .entries = nullptr,
     .gradient = entropy_gradient,
     .target_gradient = nullptr},
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
     .options = kPerRow | kLabels,
     .row = cross_entropy,
     .entries = nullptr,
     .gradient = expected_surprisal_gradient,
     .target_gradient = expected_surprisal_target_gradient},
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
     .options = kPerRow,
     .row = kl,
     .entries = nullptr,
     .gradient = kl_gradient,
     .target_gradient = kl_target_gradient},
    {.name = "generalised_kl",
     .formula = "sum p ln(p/q) - p + q",
     .domain = "that of kl",
     .exact_cases = "sum q - sum p when prod (p/q)^p = 1; 0 exactly when P = Q",
     .source = "Csiszar 1975",
     .input_spaces = kProbabilities | kLogProbabilities,
     .needs_targets = false,
     .needs_target_probs = true,
     .always_mean = false,
     .exponentiate = false,
     .counts_input = true,
     .options = kPerRow,
     .row = generalised_kl,
     .entries = nullptr,
     .gradient = generalised_kl_gradient,
     .target_gradient = generalised_kl_target_gradient},
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
     .options = kPerRow | kLabels | kIgnore,
     .row = nll,
     .entries = nullptr,
     .gradient = expected_surprisal_gradient,
     .target_gradient = nullptr},
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
     .options = kPerRow | kLabels | kIgnore | kMaps | kZLoss,
     .row = softmax_cross_entropy,
     .entries = nullptr,
     .gradient = softmax_cross_entropy_gradient,
     .target_gradient = softmax_cross_entropy_target_gradient},
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
     .options = kPerRow | kMaps,
     .row = log_sum_exp,
     .entries = nullptr,
     .gradient = log_sum_exp_gradient,
     .target_gradient = nullptr},
    {.name = "softmax",
     .formula = "e^(x_i - lse), for every class i",
     .domain = "that of log_sum_exp; masked gives 0; all masked gives NaN",
     .exact_cases = "1/n when all n finite logits are equal",
     .source = "Bridle 1990",
     .input_spaces = kLogits,
     .needs_targets = false,
     .needs_target_probs = false,
     .always_mean = false,
     .exponentiate = true,
     .options = kMaps,
     .row = nullptr,
     .entries = softmax_entries,
     .gradient = nullptr,
     .target_gradient = nullptr},
    {.name = "log_softmax",
     .formula = "x_i - lse, for every class i",
     .domain = "that of log_sum_exp; masked gives -inf; all masked gives NaN",
     .exact_cases =
         "0 for a single finite logit; in base b when all n are equal and n is a rational power of b",
     .source = "Blanchard, Higham & Higham 2021",
     .input_spaces = kLogits,
     .needs_targets = false,
     .needs_target_probs = false,
     .always_mean = false,
     .exponentiate = false,
     .options = kMaps | kBase,
     .row = nullptr,
     .entries = log_softmax_entries,
     .gradient = nullptr,
     .target_gradient = nullptr},
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
     .options = kPerRow | kIgnore | kMaps,
     .row = sequence,
     .entries = nullptr,
     .gradient = sequence_gradient,
     .target_gradient = nullptr},
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
     .options = kPerRow | kIgnore | kMaps,
     .row = sequence,
     .entries = nullptr,
     .gradient = perplexity_gradient,
     .target_gradient = nullptr},
}};

// Which policies have a meaning where.
std::optional<Error> check_policies(const xent_conventions& conventions) {
  const struct {
    const char* name;
    xent_policy policy;
    unsigned accepted;
    const char* names;
  } fields[] = {
      {"all_ignored", conventions.all_ignored, XENT_BIT(XENT_POLICY_NAN) | XENT_BIT(XENT_POLICY_ZERO),
       "nan, zero"},
      {"target_out_of_range", conventions.target_out_of_range,
       XENT_BIT(XENT_POLICY_NAN) | XENT_BIT(XENT_POLICY_ZERO) | XENT_BIT(XENT_POLICY_STATUS) |
           XENT_BIT(XENT_POLICY_LSE) | XENT_BIT(XENT_POLICY_LOG_SUM) | XENT_BIT(XENT_POLICY_FROM_END),
       "nan, zero, status, lse, log_sum, from_end"},
      {"all_masked", conventions.all_masked,
       XENT_BIT(XENT_POLICY_NAN) | XENT_BIT(XENT_POLICY_ZERO) | XENT_BIT(XENT_POLICY_INFINITY),
       "nan, zero, infinity"},
      {"zero_weight_times_infinity", conventions.zero_weight_times_infinity,
       XENT_BIT(XENT_POLICY_NAN) | XENT_BIT(XENT_POLICY_ZERO), "nan, zero"},
      {"masked_labels", conventions.masked_labels,
       XENT_BIT(XENT_POLICY_INFINITY) | XENT_BIT(XENT_POLICY_ZERO), "infinity, zero"}};
  for (const auto& field : fields) {
    const bool known = field.policy >= XENT_POLICY_DEFAULT && field.policy <= XENT_POLICY_FROM_END;
    if (known && (field.policy == XENT_POLICY_DEFAULT || (field.accepted >> field.policy & 1U) != 0))
      continue;
    return refused(field.name, fmt::format("policy {}", field.policy),
                   fmt::format("default, {}", field.names));
  }
  return std::nullopt;
}

// Options that are given although the loss has no use for them.
std::optional<Error> check_uses(const Loss& loss, const Problem& p) {
  const struct {
    int option;
    const char* name;
    bool given;
  } uses[] = {{XENT_OPTION_IGNORE_INDEX, "ignore_index", p.ignore_index.has_value()},
              {XENT_OPTION_CLASS_WEIGHTS, "class_weights", !p.class_weights.empty()},
              {XENT_OPTION_SAMPLE_WEIGHTS, "sample_weights", !p.sample_weights.empty()},
              {XENT_OPTION_UPSTREAM, "upstream", !p.upstream.empty()},
              {XENT_OPTION_LABEL_SMOOTHING, "label_smoothing", !p.label_smoothing.is_zero()},
              {XENT_OPTION_TEMPERATURE, "temperature", !p.temperature.is_zero()},
              {XENT_OPTION_SCALE, "scale", !p.scale.is_zero()},
              {XENT_OPTION_SOFTCAP, "softcap", !p.softcap.is_zero()},
              {XENT_OPTION_Z_LOSS, "z_loss", !p.z_loss.is_zero()}};
  for (const auto& use : uses) {
    if (use.given && (loss.options & XENT_BIT(use.option)) == 0)
      return refused(use.name, "given", fmt::format("none: {} has no use for it", loss.name));
  }
  const bool has_logits = p.input_space == XENT_LOGITS;
  const bool maps = !p.temperature.is_zero() || !p.scale.is_zero() || !p.softcap.is_zero();
  if (maps && !has_logits)
    return refused("temperature, scale, softcap", "given", "none: the input is no logits");
  if (!p.z_loss.is_zero() && !p.base.is_zero())
    return refused("base", p.base.to_string(), "0 (natural) with z_loss, which is a square of nats");
  return std::nullopt;
}

std::optional<Error> check_numbers(const Problem& p) {
  if (const Number& a = p.label_smoothing; !(a.is_finite() && a.sign() >= 0 && !(Number(1.0) < a)))
    return refused("label_smoothing", a.to_string(), "0 to 1");
  const std::pair<const char*, const Number*> positive[] = {
      {"temperature", &p.temperature}, {"scale", &p.scale}, {"softcap", &p.softcap}};
  for (const auto& [name, value] : positive) {
    if (!(value->is_finite() && value->sign() >= 0))
      return refused(name, value->to_string(), "a finite number > 0");
  }
  if (!p.z_loss.is_finite()) return refused("z_loss", p.z_loss.to_string(), "a finite number");
  const std::pair<const char*, const std::vector<Number>*> factors[] = {
      {"class_weights", &p.class_weights}, {"sample_weights", &p.sample_weights}, {"upstream", &p.upstream}};
  for (const auto& [name, values] : factors) {
    for (const Number& value : *values) {
      if (value.is_infinite()) return refused(name, value.to_string(), "finite numbers");
    }
  }
  return std::nullopt;
}

std::optional<Error> check_smoothing(const Problem& p) {
  const xent_conventions& c = p.conventions;
  if (p.label_smoothing.is_zero()) return std::nullopt;
  if (p.targets.empty() && p.rows > 0 &&
      (c.smoothing_mass == XENT_SMOOTH_OTHERS || c.smoothing_weights == XENT_SMOOTH_BY_TARGET)) {
    return refused("label_smoothing", p.label_smoothing.to_string(),
                   "on all classes, by class weights or by none: soft labels have no target");
  }
  if (c.smoothing_mass == XENT_SMOOTH_OTHERS && p.classes == 1)
    return refused("classes", "1", "2 or more for smoothing that goes to the others");
  return std::nullopt;
}

std::optional<Error> check_conventions(const Problem& p) {
  const xent_conventions& c = p.conventions;
  if (c.denominator < XENT_VALID_ROWS || c.denominator > XENT_ELEMENTS)
    return refused("denominator", fmt::to_string(c.denominator), "one of xent_denominator");
  if (c.denominator == XENT_GIVEN && !(c.denominator_value > 0 && std::isfinite(c.denominator_value)))
    return refused("denominator", fmt::to_string(c.denominator_value), "a finite number > 0");
  if (c.smoothing_mass < XENT_SMOOTH_ALL || c.smoothing_mass > XENT_SMOOTH_OTHERS)
    return refused("smoothing_mass", fmt::to_string(c.smoothing_mass), "all or others");
  if (c.smoothing_weights < XENT_SMOOTH_WEIGHTED || c.smoothing_weights > XENT_SMOOTH_BY_TARGET)
    return refused("smoothing_weights", fmt::to_string(c.smoothing_weights),
                   "weighted, unweighted or by_target");
  if (!(c.clip >= 0 && c.clip < 0.5)) return refused("clip", fmt::to_string(c.clip), "0 (off) to below 0.5");
  const bool changes = c.clip != 0 || c.normalise != 0;
  if (changes && p.input_space != XENT_PROBABILITIES)
    return refused("clip, normalise", "given", "none: the input is no probabilities");
  return check_policies(c);
}

std::optional<Error> check_wanted(const Loss& loss, const Problem& p) {
  if (p.wanted == Wanted::gradient && loss.gradient == nullptr)
    return refused("wanted", "gradient", fmt::format("the loss: no gradient of {} is certified", loss.name));
  if (p.wanted == Wanted::target_gradient && (loss.target_gradient == nullptr || !p.targets.empty()))
    return refused("wanted", "target_gradient", "the loss or its gradient, without target_probs");
  if (loss.entries != nullptr && p.reduction != XENT_NONE)
    return refused("reduction", fmt::to_string(p.reduction), fmt::format("none: {} is a matrix", loss.name));
  return std::nullopt;
}

bool is_positive_infinity(const Number& x) {
  return x.is_infinite() && x.sign() > 0;
}

std::optional<Error> check_logarithms(const Loss& loss, const Problem& p) {
  const auto has_infinity = [](const std::vector<Number>& logs) {
    return std::any_of(logs.begin(), logs.end(), is_positive_infinity);
  };
  constexpr const char* kAccepted = "logarithms of finite probabilities";
  if (loss.counts_input && p.input_space == XENT_LOG_PROBABILITIES && has_infinity(p.input))
    return refused("input", "inf", kAccepted);
  if (p.target_probs.empty() || p.target_space == XENT_PROBABILITIES) return std::nullopt;
  if (p.target_space != XENT_LOG_PROBABILITIES || !loss.needs_target_probs) {
    return refused("target_space", fmt::to_string(p.target_space),
                   loss.needs_target_probs ? "probabilities or their logarithms" : "probabilities");
  }
  if (has_infinity(p.target_probs)) return refused("target_probs", "inf", kAccepted);
  if (prepares(p.conventions, Prepared::targets))
    return refused("clip, normalise", "of targets", "none: target_probs are logarithms");
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
  if (auto error = check_logarithms(loss, p)) return error;
  if (p.reduction < XENT_NONE || p.reduction > XENT_MEAN)
    return refused("reduction", fmt::to_string(p.reduction), "none, sum or mean");
  if (loss.always_mean && p.reduction != XENT_MEAN) {
    return refused("reduction", fmt::to_string(p.reduction), fmt::format("mean: {} is one value", loss.name));
  }
  return std::nullopt;
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
  if (auto error = check_uses(*loss, problem)) return error;
  if (auto error = check_numbers(problem)) return error;
  if (auto error = check_conventions(problem)) return error;
  if (auto error = check_smoothing(problem)) return error;
  return check_wanted(*loss, problem);
}

}  // namespace xent::reference
