#include "properties/worst_cases.h"

#include <fmt/format.h>

#include <set>

#include "golden/case.h"
#include "golden/sets.h"

namespace xent::properties {
namespace {

std::int64_t outputs(const reference::Problem& p) {
  const bool is_matrix =
      p.wanted != reference::Wanted::loss || reference::find_loss(p.loss)->entries != nullptr;
  if (is_matrix) return p.rows * p.classes;
  return p.reduction == XENT_NONE ? p.rows : 1;
}

class Collection {
 public:
  explicit Collection(const Report& report)
      : run_(fmt::format("check of {}, level {}, seed {}", report.implementation, name(report.level),
                         report.seed)) {}

  void add(const std::string& id, const std::string& found, const Trial& trial) {
    if (reference::find_loss(trial.problem.loss) == nullptr || outputs(trial.problem) > kMostCaseOutputs)
      return;
    golden::Case c;
    c.problem = trial.problem;
    auto answers = golden::answer(c.problem, golden::kDigits);
    if (!answers) return;
    c.id = unused(id);
    c.source = run_ + ": " + found;
    c.answers = std::move(*answers);
    text_ += golden::write(c) + "\n";
  }

  std::string take() { return std::move(text_); }

 private:
  // An id may come twice where a law failed for two claims about one loss.
  std::string unused(const std::string& id) {
    std::string candidate = id;
    for (int i = 2; !ids_.insert(candidate).second; ++i) candidate = fmt::format("{}/{}", id, i);
    return candidate;
  }

  std::string run_;
  std::string text_;
  std::set<std::string> ids_;
};

}  // namespace

std::string worst_cases(const Report& report) {
  Collection cases(report);
  for (const LossAccuracy& loss : report.accuracy) {
    for (const auto& [regime, seen] : loss.regimes) {
      if (!seen.worst.problem.loss.empty())
        cases.add(fmt::format("{}/{}", loss.loss, name(regime)), fmt::format("{:.4g} ulp", seen.worst_ulps),
                  seen.worst);
    }
  }
  for (const LawVerdict& law : report.laws) {
    for (const Failure& failure : law.failures)
      cases.add(fmt::format("{}/{}", law.law->id, failure.trial.problem.loss), failure.message,
                failure.trial);
  }
  return cases.take();
}

}  // namespace xent::properties
