#include "bench/refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "golden/sets.h"
#include "properties/judge.h"

namespace xent::bench {
namespace {

using properties::Outcome;
using properties::Trial;

constexpr const char* kLongRows = "bench/long_rows";

// Rows longer than those of any golden case, beyond the vectors and blocks of whoever computes. Logits are
// multiples of 1/8 in [-8, 8), which every format has; the largest are ties.
golden::Case long_rows() {
  constexpr std::int64_t kRows = 3;
  constexpr std::int64_t kClasses = 300;
  golden::Case c;
  c.id = kLongRows;
  c.problem.loss = kLoss;
  c.problem.rows = kRows;
  c.problem.classes = kClasses;
  for (std::int64_t i = 0; i < kRows * kClasses; ++i)
    c.problem.input.emplace_back(static_cast<double>(i * 7919 % 127 - 64) / 8);
  for (std::int64_t row = 0; row < kRows; ++row) c.problem.targets.push_back(97 * row + 5);
  return c;
}

std::vector<golden::Case> all_cases() {
  std::vector<golden::Case> all;
  for (const golden::Set& set : golden::sets()) {
    for (golden::Case& c : set.cases()) all.push_back(std::move(c));
  }
  all.push_back(long_rows());
  return all;
}

// The logits alone, as maps take them.
reference::Problem logits_of(const reference::Problem& p) {
  reference::Problem bare;
  bare.rows = p.rows;
  bare.classes = p.classes;
  bare.input = p.input;
  bare.input_format = p.input_format;
  return bare;
}

// A case as the operation asks it, losses and results in the formats in which they are timed; nothing if it
// cannot be asked so. Cases of its own loss keep what else they ask.
std::optional<reference::Problem> as_asked(const reference::Problem& p, const Question& question) {
  const Operation& operation = *question.operation;
  if (p.input_space != XENT_LOGITS || (p.loss != operation.loss && p.loss != kLoss)) return std::nullopt;
  reference::Problem asked = p.loss == operation.loss ? p : logits_of(p);
  asked.loss = operation.loss;
  if (asked.input_format == XENT_NO_FORMAT) asked.input_format = question.format->id;
  if (asked.input_format != question.format->id) return std::nullopt;
  asked.loss_format = operation.is_map() ? question.format->id : XENT_BINARY32;
  const auto can_ask = [&](const LossOption* option) { return option->ask_case(asked); };
  if (!std::ranges::all_of(operation.asked(), can_ask)) return std::nullopt;
  return asked;
}

std::vector<golden::Case> cases(const Question& question) {
  std::vector<golden::Case> found;
  for (golden::Case& c : all_cases()) {
    auto asked = as_asked(c.problem, question);
    if (!asked) continue;
    c.problem = std::move(*asked);
    found.push_back(std::move(c));
  }
  return found;
}

bool same(xent_policy asked, xent_policy followed, xent_policy otherwise) {
  const auto meaning = [=](xent_policy p) { return p == XENT_POLICY_DEFAULT ? otherwise : p; };
  return meaning(asked) == meaning(followed);
}

// Whether the answers that formulas do not give are asked for as the implementation gives them. The defaults
// are those of xent_conventions.
bool follows(const xent_conventions& followed, const xent_conventions& asked) {
  return same(asked.all_ignored, followed.all_ignored, XENT_POLICY_NAN) &&
         same(asked.all_masked, followed.all_masked, XENT_POLICY_NAN) &&
         same(asked.target_out_of_range, followed.target_out_of_range, XENT_POLICY_STATUS) &&
         same(asked.zero_weight_times_infinity, followed.zero_weight_times_infinity, XENT_POLICY_ZERO) &&
         same(asked.masked_labels, followed.masked_labels, XENT_POLICY_INFINITY) &&
         asked.clip == followed.clip;
}

std::vector<reference::Wanted> asked_for(const Question& question) {
  if (!question.operation->gradient) return {reference::Wanted::loss};
  return {reference::Wanted::loss, reference::Wanted::gradient};
}

// " with label smoothing"; hard labels go without saying.
std::string options_of(const Operation& operation) {
  std::string text;
  for (const LossOption* option : operation.asked()) {
    if (option != &kHardLabels) text += fmt::format(" with {}", option->words);
  }
  return text;
}

// "golden case 'small_loss' with label smoothing", "golden case 'small_loss' as log_sum_exp".
std::string named(const golden::Case& c, const Operation& operation) {
  const bool is_golden = c.id != kLongRows;
  return fmt::format("{} '{}'{}{}", is_golden ? "golden case" : "case", c.id,
                     operation.loss == std::string_view(kLoss) ? "" : fmt::format(" as {}", operation.loss),
                     options_of(operation));
}

// Of the losses alone, or of the gradients with the losses beside them.
std::optional<Refusal> refusal(const xent_implementation& implementation, const Question& question,
                               reference::Wanted wanted) {
  const properties::Law& accuracy = *properties::find_law("accuracy");
  const bool is_gradient = wanted == reference::Wanted::gradient;
  bool has_passed = false;
  for (golden::Case& c : cases(question)) {
    if (!follows(implementation.conventions, c.problem.conventions)) continue;
    c.problem.wanted = wanted;
    if (is_gradient) c.problem.loss_format = question.format->id;
    const Outcome outcome = properties::replay(implementation, accuracy, Trial{c.problem, {}, {}});
    if (outcome.kind == Outcome::Kind::inadmissible) continue;
    if (outcome.kind != Outcome::Kind::pass)
      return Refusal{c.id, fmt::format("{}: {}", named(c, *question.operation), outcome.message)};
    has_passed = true;
  }
  if (has_passed) return std::nullopt;
  return Refusal{
      "", fmt::format("no golden case tests its {}{}{} from {} logits", is_gradient ? "gradient of " : "",
                      question.operation->loss, options_of(*question.operation), question.format->name)};
}

}  // namespace

std::optional<Refusal> refusal(const xent_implementation& implementation, const Question& question) {
  if (const auto error = properties::validate(implementation)) return Refusal{"", error->message};
  for (const reference::Wanted wanted : asked_for(question)) {
    if (auto found = refusal(implementation, question, wanted)) return found;
  }
  return std::nullopt;
}

}  // namespace xent::bench
