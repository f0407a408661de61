// The contract's enumerators as the words of a case.
#ifndef XENT_GOLDEN_NAMES_H
#define XENT_GOLDEN_NAMES_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace xent::golden {

struct Named {
  std::int32_t value;
  const char* name;
};

extern const std::span<const Named> kSpaces;            // xent_space
extern const std::span<const Named> kFormats;           // xent_format
extern const std::span<const Named> kReductions;        // xent_reduction
extern const std::span<const Named> kDenominators;      // xent_denominator
extern const std::span<const Named> kMasses;            // xent_smoothing_mass
extern const std::span<const Named> kSmoothingWeights;  // xent_smoothing_weights
extern const std::span<const Named> kClipRules;         // members of xent_conventions.clip_rules
extern const std::span<const Named> kNormalise;         // members of xent_conventions.normalise
extern const std::span<const Named> kWanted;            // reference::Wanted
extern const std::span<const Named> kPolicies;          // xent_policy
extern const std::span<const Named> kOptions;           // members of xent_claim.options
extern const std::span<const Named> kGuarantees;        // members of xent_claim.guarantees
extern const std::span<const Named> kSummations;        // xent_summation
extern const std::span<const Named> kCallStatuses;      // xent_status

// Domain: a value in the table.
const char* name_of(std::span<const Named> table, std::int32_t value);
std::optional<std::int32_t> value_of(std::span<const Named> table, std::string_view name);
// "none, sum, mean"
std::string names(std::span<const Named> table);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_NAMES_H
