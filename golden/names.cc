#include "golden/names.h"

#include <algorithm>
#include <cassert>

#include "reference/xent.h"

namespace xent::golden {
namespace {

constexpr Named kSpaceNames[] = {{XENT_LOGITS, "logits"},
                                 {XENT_PROBABILITIES, "probabilities"},
                                 {XENT_LOG_PROBABILITIES, "log_probabilities"}};
constexpr Named kFormatNames[] = {{XENT_BINARY16, "binary16"}, {XENT_BFLOAT16, "bfloat16"},
                                  {XENT_BINARY32, "binary32"}, {XENT_BINARY64, "binary64"},
                                  {XENT_FP8_E4M3, "fp8_e4m3"}, {XENT_FP8_E5M2, "fp8_e5m2"},
                                  {XENT_INT32, "int32"},       {XENT_INT64, "int64"}};
constexpr Named kReductionNames[] = {{XENT_NONE, "none"}, {XENT_SUM, "sum"}, {XENT_MEAN, "mean"}};
constexpr Named kDenominatorNames[] = {{XENT_VALID_ROWS, "valid_rows"},
                                       {XENT_ALL_ROWS, "all_rows"},
                                       {XENT_VALID_WEIGHTS, "valid_weights"},
                                       {XENT_GIVEN, "given"},
                                       {XENT_ELEMENTS, "elements"}};
constexpr Named kMassNames[] = {{XENT_SMOOTH_ALL, "all"}, {XENT_SMOOTH_OTHERS, "others"}};
constexpr Named kSmoothingWeightsNames[] = {{XENT_SMOOTH_WEIGHTED, "weighted"},
                                            {XENT_SMOOTH_UNWEIGHTED, "unweighted"},
                                            {XENT_SMOOTH_BY_TARGET, "by_target"}};
constexpr Named kClipRuleNames[] = {
    {XENT_CLIP_TARGETS, "targets"}, {XENT_CLIP_UP_TO_ONE, "up_to_one"}, {XENT_CLIP_FIRST, "first"}};
constexpr Named kNormaliseNames[] = {{XENT_NORMALISE_INPUT, "input"}, {XENT_NORMALISE_TARGETS, "targets"}};
constexpr Named kWantedNames[] = {{0, "loss"}, {1, "gradient"}, {2, "target_gradient"}};
constexpr Named kPolicyNames[] = {{XENT_POLICY_DEFAULT, "default"}, {XENT_POLICY_NAN, "nan"},
                                  {XENT_POLICY_ZERO, "zero"},       {XENT_POLICY_INFINITY, "infinity"},
                                  {XENT_POLICY_STATUS, "status"},   {XENT_POLICY_LSE, "lse"},
                                  {XENT_POLICY_LOG_SUM, "log_sum"}, {XENT_POLICY_FROM_END, "from_end"}};
constexpr Named kOptionNames[] = {{XENT_OPTION_IGNORE_INDEX, "ignore_index"},
                                  {XENT_OPTION_CLASS_WEIGHTS, "class_weights"},
                                  {XENT_OPTION_SAMPLE_WEIGHTS, "sample_weights"},
                                  {XENT_OPTION_LABEL_SMOOTHING, "label_smoothing"},
                                  {XENT_OPTION_TEMPERATURE, "temperature"},
                                  {XENT_OPTION_SCALE, "scale"},
                                  {XENT_OPTION_SOFTCAP, "softcap"},
                                  {XENT_OPTION_Z_LOSS, "z_loss"},
                                  {XENT_OPTION_BASE, "base"},
                                  {XENT_OPTION_UPSTREAM, "upstream"},
                                  {XENT_OPTION_CLASS_STRIDE, "class_stride"},
                                  {XENT_OPTION_SOFT_TARGETS, "soft_targets"},
                                  {XENT_OPTION_HARD_TARGETS, "hard_targets"}};
constexpr Named kGuaranteeNames[] = {{XENT_SAME_BITS_FOR_ANY_THREADS, "same_bits_for_any_threads"},
                                     {XENT_SAME_BITS_FOR_ANY_LAYOUT, "same_bits_for_any_layout"},
                                     {XENT_SAME_BITS_FOR_ANY_CLASS_ORDER, "same_bits_for_any_class_order"},
                                     {XENT_FLUSHES_SUBNORMALS, "flushes_subnormals"},
                                     {XENT_SAME_BITS_FOR_ANY_BATCH, "same_bits_for_any_batch"}};
constexpr Named kSummationNames[] = {
    {XENT_SEQUENTIAL, "sequential"}, {XENT_PAIRWISE, "pairwise"}, {XENT_COMPENSATED, "compensated"}};
constexpr Named kStatusNames[] = {{XENT_OK, "ok"},
                                  {XENT_UNSUPPORTED, "unsupported"},
                                  {XENT_INVALID, "invalid"},
                                  {XENT_TARGET_OUT_OF_RANGE, "target_out_of_range"},
                                  {XENT_OUT_OF_MEMORY, "out_of_memory"},
                                  {XENT_FAILED, "failed"}};

}  // namespace

constinit const std::span<const Named> kSpaces = kSpaceNames;
constinit const std::span<const Named> kFormats = kFormatNames;
constinit const std::span<const Named> kReductions = kReductionNames;
constinit const std::span<const Named> kDenominators = kDenominatorNames;
constinit const std::span<const Named> kMasses = kMassNames;
constinit const std::span<const Named> kSmoothingWeights = kSmoothingWeightsNames;
constinit const std::span<const Named> kClipRules = kClipRuleNames;
constinit const std::span<const Named> kNormalise = kNormaliseNames;
constinit const std::span<const Named> kWanted = kWantedNames;
constinit const std::span<const Named> kPolicies = kPolicyNames;
constinit const std::span<const Named> kOptions = kOptionNames;
constinit const std::span<const Named> kGuarantees = kGuaranteeNames;
constinit const std::span<const Named> kSummations = kSummationNames;
constinit const std::span<const Named> kCallStatuses = kStatusNames;

const char* name_of(std::span<const Named> table, std::int32_t value) {
  const auto found =
      std::find_if(table.begin(), table.end(), [value](const Named& row) { return row.value == value; });
  assert(found != table.end());
  return found->name;
}

std::optional<std::int32_t> value_of(std::span<const Named> table, std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [name](const Named& row) { return row.name == name; });
  return found == table.end() ? std::nullopt : std::optional(found->value);
}

std::string names(std::span<const Named> table) {
  std::string list;
  for (const Named& row : table) list += (list.empty() ? "" : ", ") + std::string(row.name);
  return list;
}

}  // namespace xent::golden
