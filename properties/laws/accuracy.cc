// accuracy: the computed loss lies within the declared bound of the certified true value.
#include <algorithm>
#include <cmath>

#include "properties/accuracy_profile.h"
#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

std::vector<std::vector<double>> bounds_by_grade(const Problem& p, const xent_claim& claim) {
  std::vector<std::vector<double>> bounds;
  for (const Grade grade : kGradesByRatio) bounds.push_back(error_bounds(p, claim, {grade, 0}));
  return bounds;
}

// |error| / bound for every grade, so that the grade the data supports can be named.
void add_ratios(Measurement& m, const std::vector<std::vector<double>>& bounds, std::size_t output,
                double ulp) {
  for (const auto& grade : bounds) m.ratio_by_grade.push_back(m.ulps * ulp / grade[output]);
}

double ulp_at(const Format& format, double value) {
  const int exponent = value == 0 ? format.emin : std::ilogb(value);
  return std::ldexp(1.0, reference::ulp_exponent(format, exponent));
}

}  // namespace

Trial generate_accuracy(Random& random, const xent_claim& claim, int index, int) {
  // Every eleventh trial is a big row, so that summation errors have room to grow.
  return any_trial(random, claim, index % 11 == 10 ? 3000 : 300);
}

Outcome judge_accuracy(const Subject& subject, const Trial& trial, const Recorder& record) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const xent_claim& claim = *subject.claim(p.loss);
  auto truths = reference::certify(p);
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const auto claimed = *parse_grade(claim.grade);
  const auto bounds = error_bounds(p, claim);
  const auto by_grade = bounds_by_grade(p, claim);
  const Format& format = measured_in(p, claim);
  for (std::size_t i = 0; i < answered.loss.size(); ++i) {
    Measurement measurement;
    Outcome outcome = compare(answered.loss[i], (*truths)[i], format, claimed, bounds[i], &measurement);
    if (outcome.kind != Outcome::Kind::pass) {
      if (answered.loss.size() > 1) outcome.message = "row " + std::to_string(i) + ": " + outcome.message;
      return outcome;
    }
    if ((*truths)[i].exactness().is_special()) continue;
    add_ratios(measurement, by_grade, i, ulp_at(format, measurement.true_value));
    record(trial, measurement);
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
