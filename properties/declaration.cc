#include "properties/declaration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "golden/names.h"
#include "reference/certify.h"

namespace xent::properties {
namespace {

constexpr std::array kGradeNames = {"correctly_rounded", "faithful", "ulp",    "log1p",
                                    "shifted",           "lse",      "online", "probability"};

std::optional<double> parse_ulps(std::string_view text) {
  constexpr std::string_view kPrefix = "ulp:";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  double ulps = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ulps);
  if (error != std::errc() || end != text.data() + text.size() || !(ulps >= 0.5 && ulps <= 1e9))
    return std::nullopt;
  return ulps;
}

bool requests(const reference::Problem& p, std::int32_t option) {
  switch (option) {
    case XENT_OPTION_IGNORE_INDEX:
      return p.ignore_index.has_value();
    case XENT_OPTION_CLASS_WEIGHTS:
      return !p.class_weights.empty();
    case XENT_OPTION_SAMPLE_WEIGHTS:
      return !p.sample_weights.empty();
    case XENT_OPTION_LABEL_SMOOTHING:
      return !p.label_smoothing.is_zero();
    case XENT_OPTION_TEMPERATURE:
      return !p.temperature.is_zero();
    case XENT_OPTION_SCALE:
      return !p.scale.is_zero();
    case XENT_OPTION_SOFTCAP:
      return !p.softcap.is_zero();
    case XENT_OPTION_Z_LOSS:
      return !p.z_loss.is_zero();
    case XENT_OPTION_BASE:
      return !p.base.is_zero();
    case XENT_OPTION_UPSTREAM:
      return !p.upstream.empty();
    default:
      return false;
  }
}

bool takes_integers(const xent_claim& claim) {
  return contains(claim.target_formats, XENT_INT32) || contains(claim.target_formats, XENT_INT64);
}

std::optional<std::string> targets_not_covered(const xent_claim& claim, const reference::Problem& p) {
  const reference::Loss* loss = reference::find_loss(p.loss);
  const bool either = loss != nullptr && loss->needs_targets && loss->needs_target_probs;
  if (!p.target_probs.empty()) {
    if (either && !contains(claim.options, XENT_OPTION_SOFT_TARGETS)) return "soft targets are not declared";
    if (!contains(claim.target_formats, p.target_format)) return "the format of target_probs is not declared";
  }
  if (!p.targets.empty()) {
    if (either && !contains(claim.options, XENT_OPTION_HARD_TARGETS)) return "hard targets are not declared";
    if (!takes_integers(claim)) return "no integer format of targets is declared";
  }
  return std::nullopt;
}

// The widest unit of the bound that is claimed: that of compute_format, or of an input format.
const reference::Format& coarsest(const xent_claim& claim) {
  if (claim.compute_format != XENT_NO_FORMAT) return reference::format(claim.compute_format);
  const auto formats = formats_in(claim.input_formats);
  return **std::min_element(
      formats.begin(), formats.end(),
      [](const reference::Format* a, const reference::Format* b) { return a->precision < b->precision; });
}

// What keeps fewer than half of its digits is a function of a narrower format, which compute_format names: a
// bound in larger units would hold for wrong values, too. Never below 2, what a claim of 0 means.
double largest_function_error(const reference::Format& format) {
  return std::ldexp(1.0, std::max(format.precision / 2, 1));
}

std::optional<reference::Error> function_error_refused(const std::string& field, double error,
                                                       const reference::Format& format) {
  const double most = largest_function_error(format);
  if (error >= 0 && error <= most) return std::nullopt;
  return reference::refused(
      field, fmt::to_string(error),
      fmt::format("0, which means 2, to {}, half of the digits of {}", most, format.name));
}

// Of the constants that bounds are made of. Domain: there are input formats.
std::optional<reference::Error> constants_refused(const std::string& field, const xent_claim& claim) {
  if (claim.summation < XENT_SEQUENTIAL || claim.summation > XENT_COMPENSATED) {
    return reference::refused(field + ": summation", fmt::to_string(claim.summation),
                              "0 (sequential), 1 (pairwise), 2 (compensated)");
  }
  const auto formats = reference::formats();
  const bool has_format = claim.compute_format == XENT_NO_FORMAT ||
                          std::any_of(formats.begin(), formats.end(), [&](const reference::Format& format) {
                            return format.id == claim.compute_format;
                          });
  if (!has_format) {
    std::string accepted = "0 (the input format)";
    for (const reference::Format& format : formats)
      accepted += fmt::format(", {} ({})", format.id, format.name);
    return reference::refused(field + ": compute_format", fmt::to_string(claim.compute_format), accepted);
  }
  const reference::Format& format = coarsest(claim);
  if (auto error = function_error_refused(field + ": exp_error", claim.exp_error, format)) return error;
  return function_error_refused(field + ": log_error", claim.log_error, format);
}

std::string names_in(std::uint32_t set, std::span<const golden::Named> table) {
  std::string names;
  for (const golden::Named& named : table) {
    if (contains(set, named.value)) names += fmt::format("{}{}", names.empty() ? "" : ", ", named.name);
  }
  return names.empty() ? "nothing" : names;
}

// What leaves nothing to ask. Domain: the loss is known.
std::optional<reference::Error> emptiness_refused(const std::string& field, const xent_claim& claim) {
  const reference::Loss& loss = *reference::find_loss(claim.loss);
  if ((claim.input_spaces & loss.input_spaces) == 0)
    return reference::refused(field + ": input_spaces", names_in(claim.input_spaces, golden::kSpaces),
                              names_in(loss.input_spaces, golden::kSpaces));
  const std::uint32_t reductions =
      loss.always_mean ? XENT_BIT(XENT_MEAN) : XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN);
  if ((claim.reductions & reductions) == 0)
    return reference::refused(field + ": reductions", names_in(claim.reductions, golden::kReductions),
                              names_in(reductions, golden::kReductions));
  const bool either = loss.needs_targets && loss.needs_target_probs;
  const bool hard = either ? contains(claim.options, XENT_OPTION_HARD_TARGETS) : loss.needs_targets;
  const bool soft = either ? contains(claim.options, XENT_OPTION_SOFT_TARGETS) : loss.needs_target_probs;
  if (either && !hard && !soft)
    return reference::refused(field + ": options", "no targets", "hard_targets, soft_targets or both");
  if (hard && !takes_integers(claim))
    return reference::refused(field + ": target_formats", "no integers", "int32 or int64, for hard targets");
  if (soft && formats_in(claim.target_formats).empty())
    return reference::refused(field + ": target_formats", "no floats", "formats of floats, for soft targets");
  return std::nullopt;
}

std::optional<reference::Error> validate(const xent_claim& claim) {
  const std::string field = fmt::format("claim for '{}'", claim.loss == nullptr ? "(null)" : claim.loss);
  if (claim.loss == nullptr) return reference::refused(field, "null name", "a name of a loss");
  if (claim.grade == nullptr)
    return reference::refused(field + ": grade", "null", "one of the contract's grades");
  if (const auto grade = parse_grade(claim.grade); !grade) return grade.error();
  if (formats_in(claim.input_formats).empty() || formats_in(claim.loss_formats).empty()) {
    return reference::refused(field + ": formats", "none",
                              "at least one floating-point format for input and loss");
  }
  for (const std::uint32_t results : {claim.loss_formats, claim.grad_formats}) {
    for (const reference::Format* format : formats_in(results)) {
      if (format->has_infinity) continue;
      // What overflows there is NaN, as is what is undefined: no law could tell them apart.
      return reference::refused(field + ": format of results", format->name, "formats with infinities");
    }
  }
  if (reference::find_loss(claim.loss) != nullptr) {
    if (auto error = emptiness_refused(field, claim)) return error;
  }
  return constants_refused(field, claim);
}

}  // namespace

reference::Expected<ClaimedGrade> parse_grade(std::string_view text) {
  if (const auto ulps = parse_ulps(text)) return ClaimedGrade{Grade::ulp, *ulps};
  for (std::size_t i = 0; i < kGradeNames.size(); ++i) {
    const auto grade = static_cast<Grade>(i);
    if (grade != Grade::ulp && text == kGradeNames[i]) return ClaimedGrade{grade, 0};
  }
  return reference::refused("grade", "'" + std::string(text) + "'",
                            "correctly_rounded, faithful, ulp:K, log1p, shifted, lse, online, probability");
}

const char* name(Grade grade) {
  return kGradeNames[static_cast<std::size_t>(grade)];
}

std::vector<const reference::Format*> formats_in(std::uint32_t set) {
  std::vector<const reference::Format*> members;
  for (const reference::Format& format : reference::formats()) {
    if (contains(set, format.id)) members.push_back(&format);
  }
  return members;
}

xent_format factor_format(const reference::Problem& problem) {
  return problem.input_format == XENT_BINARY64 ? XENT_BINARY64 : XENT_BINARY32;
}

const xent_claim* find_claim(const xent_implementation& implementation, std::string_view loss) {
  for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
    if (implementation.claims[i].loss == loss) return &implementation.claims[i];
  }
  return nullptr;
}

std::optional<std::string> not_covered(const xent_claim& claim, const reference::Problem& p) {
  if (!contains(claim.input_spaces, p.input_space)) return "the input space is not declared";
  if (!contains(claim.input_formats, p.input_format)) return "the input format is not declared";
  switch (p.wanted) {
    case reference::Wanted::loss:
      if (!contains(claim.loss_formats, p.loss_format)) return "the loss format is not declared";
      break;
    case reference::Wanted::gradient:
      if (!contains(claim.grad_formats, p.loss_format)) return "the gradient's format is not declared";
      break;
    default:
      return "gradients by the labels cannot be declared";
  }
  if (!contains(claim.reductions, p.reduction)) return "the reduction is not declared";
  for (std::int32_t option = XENT_OPTION_IGNORE_INDEX; option <= XENT_OPTION_UPSTREAM; ++option) {
    if (requests(p, option) && !contains(claim.options, option))
      return fmt::format("option {} is not declared", option);
  }
  return targets_not_covered(claim, p);
}

const xent_claim* find_claim(const xent_implementation& implementation, const reference::Problem& problem) {
  for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
    const xent_claim& claim = implementation.claims[i];
    if (claim.loss == problem.loss && !not_covered(claim, problem)) return &claim;
  }
  return find_claim(implementation, problem.loss);
}

std::optional<reference::Error> validate(const xent_implementation& implementation) {
  if (implementation.abi_version != XENT_ABI_VERSION) {
    return reference::refused("abi_version", fmt::to_string(implementation.abi_version),
                              fmt::to_string(XENT_ABI_VERSION));
  }
  if (implementation.name == nullptr) return reference::refused("name", "null", "a name");
  if (implementation.compute == nullptr) return reference::refused("compute", "null", "a function");
  if (implementation.claims == nullptr || implementation.claim_count == 0) {
    return reference::refused("claims", "none", "at least one");
  }
  std::string unknown;
  bool has_known = false;
  for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
    const xent_claim& claim = implementation.claims[i];
    if (auto error = validate(claim)) return error;
    has_known = has_known || reference::find_loss(claim.loss) != nullptr;
    unknown += fmt::format("{}'{}'", unknown.empty() ? "" : ", ", claim.loss);
  }
  // A loss that nobody here knows is never asked for.
  if (!has_known)
    return reference::refused("claims: losses", unknown,
                              "at least one name of `xent list losses` among them");
  return std::nullopt;
}

}  // namespace xent::properties
