#include "bench/operations.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bench/limits.h"
#include "properties/declaration.h"

namespace xent::bench {
namespace {

constexpr int kNarrowestInput = 16;  // bits

void read_all(std::span<const std::uint32_t> logits, std::span<std::uint32_t>) {
  benchmark::DoNotOptimize(sum(logits));
}

constexpr Operation kOperations[] = {
    {"forward", "one loss a row", false, "read limit", read_all},
    {"forward+gradient", "one loss a row, and the gradient by every logit", true, "copy limit", copy},
};

bool contains_all(std::uint32_t set, std::uint32_t wanted) {
  return (set & wanted) == wanted;
}

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* find_operation(std::string_view name) {
  for (const Operation& operation : kOperations) {
    if (name == operation.name) return &operation;
  }
  return nullptr;
}

std::vector<std::string> input_formats() {
  std::vector<std::string> names;
  for (const reference::Format& format : reference::formats()) {
    if (format.width >= kNarrowestInput) names.emplace_back(format.name);
  }
  return names;
}

std::string Question::name() const {
  return fmt::format("{}, {}", operation->name, format->name);
}

std::optional<std::string> not_covered(const xent_implementation& implementation, const Question& question) {
  const xent_claim* const claim = properties::find_claim(implementation, kLoss);
  if (claim == nullptr) return fmt::format("does not declare {}", kLoss);
  const auto format = XENT_BIT(question.format->id);
  if (!contains_all(claim->input_spaces, XENT_BIT(XENT_LOGITS))) return "does not declare logits";
  if (!contains_all(claim->input_formats, format))
    return fmt::format("does not declare {} logits", question.format->name);
  if (!contains_all(claim->target_formats, XENT_BIT(XENT_INT64)) ||
      !contains_all(claim->options, XENT_BIT(XENT_OPTION_HARD_TARGETS)))
    return "does not declare int64 targets";
  if (!contains_all(claim->loss_formats, XENT_BIT(XENT_BINARY32)) ||
      !contains_all(claim->reductions, XENT_BIT(XENT_NONE)))
    return "does not declare binary32 losses, one a row";
  if (question.operation->gradient && !contains_all(claim->grad_formats, format))
    return fmt::format("does not declare {} gradients", question.format->name);
  return std::nullopt;
}

}  // namespace xent::bench
