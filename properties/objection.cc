#include "properties/objection.h"

#include <algorithm>
#include <cstdlib>

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

// The same of one case, as a replay line has it.
std::string objection_to(const xent_implementation& implementation, const std::string& id,
                         const std::string& line) {
  const Law* law = find_law(id);
  if (law == nullptr) return "no law has the id " + id;
  const auto trial = trial_of_line(line);
  if (!trial) return "XENT_CASE: " + trial.error().message;
  const Outcome outcome = replay(implementation, *law, *trial);
  if (outcome.kind == Outcome::Kind::pass) return "";
  return outcome.message.empty() ? "undecided" : outcome.message;
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

std::string objection(const xent_implementation& implementation, const std::string& law,
                      const std::string& again) {
  if (const auto error = validate(implementation)) return error->message;
  if (const char* line = std::getenv("XENT_CASE")) return objection_to(implementation, law, line);
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  const Report report = check(implementation, options);
  if (report.conforms()) return "";
  if (report.laws.empty()) return "no law has the id " + law;
  const LawVerdict& verdict = report.laws.front();
  std::string text = verdict.reason;
  for (const Failure& failure : verdict.failures)
    text += failure.message +
            "\n  smallest case found; replay:\n  XENT_CASE=" + shell_word(case_line(failure.trial, law)) +
            " " + again + "\n";
  return text.empty() ? "undecided" : text;
}

}  // namespace xent::properties
