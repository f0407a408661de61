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

// Of a grade that counts ulps: they are its bound.
double bound_in_ulps(const ClaimedGrade& grade) {
  if (grade.grade == Grade::correctly_rounded) return 0.5;
  return grade.grade == Grade::faithful ? 1 : grade.ulps;
}

double ratio_of(const Measurement& m, const ClaimedGrade& grade) {
  if (grade.grade <= Grade::ulp) return m.ulps / bound_in_ulps(grade);
  for (std::size_t i = 0; i < m.ratio_by_grade.size(); ++i) {
    if (kGradesByRatio[i] == grade.grade) return m.ratio_by_grade[i];
  }
  return 0;
}

void keep_largest(std::vector<double>& largest, const std::vector<double>& values) {
  largest.resize(std::max(largest.size(), values.size()), 0);
  for (std::size_t i = 0; i < values.size(); ++i) largest[i] = std::max(largest[i], values[i]);
}

}  // namespace

int binade(double ulps) {
  if (ulps < std::ldexp(1.0, kLeastBinade)) return kLeastBinade - 1;
  return std::isinf(ulps) ? kMostBinade : std::ilogb(ulps);
}

void RegimeAccuracy::add(const RegimeAccuracy& later) {
  if (outputs == 0 || later.worst_ulps > worst_ulps) {
    worst_ulps = later.worst_ulps;
    true_value = later.true_value;
    computed = later.computed;
    worst = later.worst;
  }
  outputs += later.outputs;
  worst_ratio = std::max(worst_ratio, later.worst_ratio);
  for (const auto& [binade, count] : later.binades) binades[binade] += count;
}

void TrialAccuracy::add(const TrialAccuracy& later) {
  keep_largest(worst_ratio_by_grade, later.worst_ratio_by_grade);
  seen.add(later.seen);
}

Recorder TrialMeter::recorder() {
  return [this](const Trial& trial, const Measurement& measurement) { record(trial, measurement); };
}

std::string measured_name(const Problem& problem, const xent_implementation& implementation) {
  const xent_claim& claim = *find_claim(implementation, problem);
  // Where a loss has several claims, each has a profile.
  const bool is_first = find_claim(implementation, problem.loss) == &claim;
  const std::string which =
      is_first ? "" : fmt::format(" ({} in {})", claim.grade, measured_in(problem, claim).name);
  return problem.loss + which + (problem.wanted == reference::Wanted::gradient ? ", gradient" : "");
}

TrialAccuracy& TrialMeter::entry(const Trial& trial) {
  const Problem& problem = trial.problem;
  const xent_claim& claim = *find_claim(*implementation_, problem);
  const bool is_gradient = problem.wanted == reference::Wanted::gradient;
  const std::string loss = measured_name(problem, *implementation_);
  for (TrialAccuracy& known : measured_) {
    if (known.loss == loss && known.regime == trial.regime) return known;
  }
  TrialAccuracy& fresh = measured_.emplace_back();
  fresh.loss = loss;
  fresh.judged = judged_grade(problem, claim);
  fresh.claimed_grade = is_gradient ? name(fresh.judged.grade) : claim.grade;
  fresh.constants = constants_of(claim, fresh.judged.grade);
  fresh.regime = trial.regime;
  return fresh;
}

void TrialMeter::record(const Trial& trial, const Measurement& m) {
  TrialAccuracy& measured = entry(trial);
  keep_largest(measured.worst_ratio_by_grade, m.ratio_by_grade);
  RegimeAccuracy& seen = measured.seen;
  if (seen.outputs == 0) seen.worst = trial;
  if (seen.outputs == 0 || m.ulps > seen.worst_ulps) {
    seen.worst_ulps = m.ulps;
    seen.true_value = m.true_value;
    seen.computed = m.computed;
  }
  ++seen.outputs;
  seen.worst_ratio = std::max(seen.worst_ratio, ratio_of(m, measured.judged));
  ++seen.binades[binade(m.ulps)];
}

void AccuracyProfile::add(const TrialAccuracy& trial) {
  Loss& loss = losses_[trial.loss];
  loss.judged = trial.judged.grade;
  loss.claimed = trial.claimed_grade;
  loss.constants = trial.constants;
  loss.worst_ulps = std::max(loss.worst_ulps, trial.seen.worst_ulps);
  keep_largest(loss.worst_ratio_by_grade, trial.worst_ratio_by_grade);
  loss.regimes[trial.regime].add(trial.seen);
}

std::vector<LossAccuracy> AccuracyProfile::summary() const {
  std::vector<LossAccuracy> summary;
  for (const auto& [name, loss] : losses_) {
    summary.push_back({name, loss.claimed, loss.constants,
                       measured_grade(loss.worst_ulps, loss.worst_ratio_by_grade, loss.judged),
                       loss.regimes});
  }
  return summary;
}

}  // namespace xent::properties
