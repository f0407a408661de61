#include "bench/refusal.h"

#include <fmt/format.h>

#include <vector>

#include "golden/sets.h"
#include "properties/judge.h"

namespace xent::bench {
namespace {

using properties::Outcome;
using properties::Trial;

// The stored cases about what is timed, as questions of logits in the format.
std::vector<golden::Case> cases(xent_format format) {
  std::vector<golden::Case> found;
  for (const golden::Set& set : golden::sets()) {
    for (golden::Case& c : set.cases()) {
      reference::Problem& p = c.problem;
      if (p.loss != kLoss || p.targets.empty()) continue;
      if (p.input_format == XENT_NO_FORMAT) p.input_format = format;
      if (p.input_format != format) continue;
      p.loss_format = XENT_BINARY32;
      found.push_back(std::move(c));
    }
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

}  // namespace

std::optional<Refusal> refusal(const xent_implementation& implementation, const Question& question) {
  if (const auto error = properties::validate(implementation)) return Refusal{"", error->message};
  const properties::Law& accuracy = *properties::find_law("accuracy");
  int passed = 0;
  for (const golden::Case& c : cases(question.format->id)) {
    if (!follows(implementation.conventions, c.problem.conventions)) continue;
    for (const reference::Wanted wanted : asked_for(question)) {
      reference::Problem asked = c.problem;
      asked.wanted = wanted;
      const Outcome outcome = properties::replay(implementation, accuracy, Trial{asked, {}, {}});
      if (outcome.kind == Outcome::Kind::inadmissible) continue;
      if (outcome.kind != Outcome::Kind::pass)
        return Refusal{c.id, fmt::format("golden case '{}': {}", c.id, outcome.message)};
      ++passed;
    }
  }
  if (passed > 0) return std::nullopt;
  return Refusal{"", fmt::format("no golden case tests its {} from {} logits", kLoss, question.format->name)};
}

}  // namespace xent::bench
