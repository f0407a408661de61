#include "properties/objection.h"

#include <algorithm>

#include "properties/judge.h"
#include "properties/replay.h"
#include "reference/losses.h"

namespace xent::properties {
namespace {

constexpr const char* kDeclaration = "declaration";

bool is_implied(const Law& law, const xent_implementation& implementation) {
  for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
    const xent_claim& claim = implementation.claims[i];
    if (reference::find_loss(claim.loss) == nullptr || !law.applies(claim, implementation)) continue;
    if (law.not_claimed == nullptr || !law.not_claimed(claim)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> implied_laws(const xent_implementation& implementation) {
  if (validate(implementation)) return {kDeclaration};
  std::vector<std::string> ids;
  for (const Law& law : all_laws()) {
    if (is_implied(law, implementation)) ids.emplace_back(law.id);
  }
  return ids;
}

std::string objection(const xent_implementation& implementation, const std::string& law) {
  if (const auto error = validate(implementation)) return error->message;
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  const Report report = check(implementation, options);
  if (report.conforms()) return "";
  if (report.laws.empty()) return "no law has the id " + law;
  const LawVerdict& verdict = report.laws.front();
  std::string text = verdict.reason;
  for (const Failure& failure : verdict.failures)
    text += failure.message + "\n  smallest case found: " + case_line(failure.trial, law) + "\n";
  return text.empty() ? "undecided" : text;
}

}  // namespace xent::properties
