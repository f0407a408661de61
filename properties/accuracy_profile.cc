#include "properties/accuracy_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "properties/bounds.h"

namespace xent::properties {
namespace {

using reference::Problem;

// A grade in ulps beyond this says less than a grade by formula.
constexpr double kFewUlps = 4;

std::string measured_grade(double ulps, const std::vector<double>& ratios, Grade claimed) {
  // Up to half an ulp is what correct rounding allows; the judge measures an upper bound, a hair above it.
  if (ulps <= 0.5 * (1 + 0x1p-40)) return "correctly_rounded";
  if (ulps < 1) return "faithful";
  if (ulps <= kFewUlps) return fmt::format("ulp:{:.2g}", std::ceil(ulps * 10) / 10);
  const auto holds = std::find_if(ratios.begin(), ratios.end(), [](double ratio) { return ratio <= 1; });
  if (holds == ratios.end()) return fmt::format("none ({:.3g} ulp)", ulps);
  // Losses of probabilities have one bound whatever the formula is called: keep the claimed name.
  const Grade strongest = kGradesByRatio[holds - ratios.begin()];
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    if (kGradesByRatio[i] == claimed && ratios[i] == *holds) return name(claimed);
  }
  return name(strongest);
}

double ratio_of(const Measurement& m, Grade grade) {
  for (std::size_t i = 0; i < m.ratio_by_grade.size(); ++i) {
    if (kGradesByRatio[i] == grade) return m.ratio_by_grade[i];
  }
  return std::nan("");
}

}  // namespace

Recorder AccuracyProfile::recorder() {
  return [this](const Trial& trial, const Measurement& measurement) { record(trial, measurement); };
}

void AccuracyProfile::record(const Trial& trial, const Measurement& m) {
  const Problem& problem = trial.problem;
  const xent_claim& claim = *find_claim(*implementation_, problem);
  const double ratio = ratio_of(m, judged_grade(problem, claim).grade);
  const bool is_gradient = problem.wanted == reference::Wanted::gradient;
  // Where a loss has several claims, each has a profile.
  const bool is_first = find_claim(*implementation_, problem.loss) == &claim;
  const std::string which =
      is_first ? "" : fmt::format(" ({} in {})", claim.grade, measured_in(problem, claim).name);
  Loss& loss = losses_[problem.loss + which + (is_gradient ? ", gradient" : "")];
  loss.judged = judged_grade(problem, claim).grade;
  loss.claimed = is_gradient ? name(loss.judged) : claim.grade;
  loss.worst_ulps = std::max(loss.worst_ulps, m.ulps);
  loss.worst_ratio_by_grade.resize(std::max(loss.worst_ratio_by_grade.size(), m.ratio_by_grade.size()), 0);
  for (std::size_t i = 0; i < m.ratio_by_grade.size(); ++i) {
    loss.worst_ratio_by_grade[i] = std::max(loss.worst_ratio_by_grade[i], m.ratio_by_grade[i]);
  }
  RegimeAccuracy& regime = loss.regimes[trial.regime];
  ++regime.outputs;
  regime.worst_ratio = std::max(regime.worst_ratio, ratio);
  if (m.ulps > regime.worst_ulps || regime.outputs == 1) {
    regime.worst_ulps = m.ulps;
    regime.true_value = m.true_value;
    regime.computed = m.computed;
    regime.worst = trial;
  }
}

std::vector<LossAccuracy> AccuracyProfile::summary() const {
  std::vector<LossAccuracy> summary;
  for (const auto& [name, loss] : losses_) {
    summary.push_back({name, loss.claimed,
                       measured_grade(loss.worst_ulps, loss.worst_ratio_by_grade, loss.judged),
                       loss.regimes});
  }
  return summary;
}

}  // namespace xent::properties
