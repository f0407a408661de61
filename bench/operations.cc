#include "bench/operations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "properties/declaration.h"
#include "reference/losses.h"

namespace xent::bench {
namespace {

constexpr int kNarrowestInput = 16;  // bits

constexpr Limit kRead = {"read limit", "a SIMD sum of what has to be read, logits and soft labels",
                         [](const Traffic& t) { return sum(t.logits) + sum(t.labels); }};
constexpr Limit kCopy = {"copy limit", "a copy of the logits with non-temporal stores", [](const Traffic& t) {
                           copy(t.logits, t.results);
                           return std::uint32_t{0};
                         }};
constexpr Limit kAdd = {"add limit", "logits plus soft labels, with non-temporal stores",
                        [](const Traffic& t) {
                          add(t.logits, t.labels, t.results);
                          return std::uint32_t{0};
                        }};

// Options go by their names in `xent eval`, losses by those in `xent list losses`.
constexpr Operation kOperations[] = {
    {"forward", "one loss a row", kLoss, {&kHardLabels}, false, kRead},
    {"forward+gradient", "one loss a row", kLoss, {&kHardLabels}, true, kCopy},
    {"label-smoothing", "smoothed labels", kLoss, {&kHardLabels, &kLabelSmoothing}, false, kRead},
    {"label-smoothing+gradient", "smoothed labels", kLoss, {&kHardLabels, &kLabelSmoothing}, true, kCopy},
    {"soft-labels", "distributions as labels", kLoss, {&kSoftLabels}, false, kRead},
    {"soft-labels+gradient", "distributions as labels", kLoss, {&kSoftLabels}, true, kAdd},
    {"temperature", "logits divided by it", kLoss, {&kHardLabels, &kTemperature}, false, kRead},
    {"temperature+gradient", "logits divided by it", kLoss, {&kHardLabels, &kTemperature}, true, kCopy},
    {"class-weights", "weighted losses", kLoss, {&kHardLabels, &kClassWeights}, false, kRead},
    {"class-weights+gradient", "weighted losses", kLoss, {&kHardLabels, &kClassWeights}, true, kCopy},
    {"z-loss", "a multiple of lse^2 added", kLoss, {&kHardLabels, &kZLoss}, false, kRead},
    {"z-loss+gradient", "a multiple of lse^2 added", kLoss, {&kHardLabels, &kZLoss}, true, kCopy},
    {"ignore-index", "every fourth row ignored", kLoss, {&kHardLabels, &kIgnoreIndex}, false, kRead},
    {"ignore-index+gradient", "every fourth row ignored", kLoss, {&kHardLabels, &kIgnoreIndex}, true, kCopy},
    {"log_sum_exp", "one lse a row", "log_sum_exp", {}, false, kRead},
    {"softmax", "the probability of every class", "softmax", {}, false, kCopy},
    {"log_softmax", "the logarithm of the probability of every class", "log_softmax", {}, false, kCopy},
};

bool contains_all(std::uint32_t set, std::uint32_t wanted) {
  return (set & wanted) == wanted;
}

// One thing that a claim has to have.
struct Requirement {
  std::string words;
  std::function<bool(const xent_claim&)> is_met;
};

Requirement requirement(const LossOption& option, xent_format logits) {
  const auto labels = option.label_format == nullptr ? 0U : XENT_BIT(option.label_format(logits));
  return {option.words, [id = option.id, labels](const xent_claim& claim) {
            return contains_all(claim.options, XENT_BIT(id)) && contains_all(claim.target_formats, labels);
          }};
}

Requirement results(const Question& question) {
  const bool is_map = question.operation->is_map();
  const reference::Format& format = is_map ? *question.format : reference::format(XENT_BINARY32);
  return {fmt::format("{} {}", format.name, is_map ? "results, one a class" : "losses, one a row"),
          [id = format.id](const xent_claim& claim) {
            return contains_all(claim.loss_formats, XENT_BIT(id)) &&
                   contains_all(claim.reductions, XENT_BIT(XENT_NONE));
          }};
}

std::vector<Requirement> requirements(const Question& question) {
  const auto format = XENT_BIT(question.format->id);
  std::vector<Requirement> all = {
      {"logits", [](const xent_claim& c) { return contains_all(c.input_spaces, XENT_BIT(XENT_LOGITS)); }},
      {fmt::format("{} logits", question.format->name),
       [=](const xent_claim& c) { return contains_all(c.input_formats, format); }}};
  for (const LossOption* option : question.operation->asked())
    all.push_back(requirement(*option, question.format->id));
  all.push_back(results(question));
  if (question.operation->gradient)
    all.push_back({fmt::format("{} gradients", question.format->name),
                   [=](const xent_claim& c) { return contains_all(c.grad_formats, format); }});
  return all;
}

std::vector<const Requirement*> lacking(const xent_claim& claim, const std::vector<Requirement>& required) {
  std::vector<const Requirement*> found;
  for (const Requirement& r : required) {
    if (!r.is_met(claim)) found.push_back(&r);
  }
  return found;
}

std::string sentence(const std::vector<const Requirement*>& lacking,
                     const std::vector<const xent_claim*>& claims) {
  std::vector<std::string> words;
  bool elsewhere = true;  // whether other claims have what this one lacks
  for (const Requirement* r : lacking) {
    words.push_back(r->words);
    elsewhere = elsewhere && std::any_of(claims.begin(), claims.end(),
                                         [&](const xent_claim* claim) { return r->is_met(*claim); });
  }
  return fmt::format("does not declare {}{}", fmt::join(words, ", nor "),
                     elsewhere ? " together with the rest of the question" : "");
}

}  // namespace

std::span<const LossOption* const> Operation::asked() const {
  return {loss_options.begin(), std::find(loss_options.begin(), loss_options.end(), nullptr)};
}

bool Operation::asks(std::int32_t option) const {
  return std::ranges::any_of(asked(), [=](const LossOption* o) { return o->id == option; });
}

std::string Operation::description() const {
  return fmt::format("{}{}", what, gradient ? ", and the gradient by every logit" : "");
}

bool Operation::is_map() const {
  return reference::find_loss(loss)->entries != nullptr;
}

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
  std::vector<const xent_claim*> claims;
  for (const xent_claim& claim : std::span(implementation.claims, implementation.claim_count)) {
    if (std::string_view(claim.loss) == question.operation->loss) claims.push_back(&claim);
  }
  if (claims.empty()) return fmt::format("does not declare {}", question.operation->loss);
  const std::vector<Requirement> required = requirements(question);
  std::vector<const Requirement*> least = lacking(*claims.front(), required);
  for (const xent_claim* claim : claims) {
    std::vector<const Requirement*> lacks = lacking(*claim, required);
    if (lacks.size() < least.size()) least = std::move(lacks);
  }
  if (least.empty()) return std::nullopt;
  return sentence(least, claims);
}

}  // namespace xent::bench
