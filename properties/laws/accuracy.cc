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
  const Grade judged = judged_grade(p, claim).grade;
  for (const Grade grade : kGradesByRatio) {
    // The profile of gradients is about the grade they are judged by, as each has many outputs.
    const bool measured = p.wanted == reference::Wanted::loss || grade == judged;
    bounds.push_back(measured ? error_bounds(p, claim, {grade, 0}) : std::vector<double>());
  }
  return bounds;
}

// |error| / bound for every grade, so that the grade the data supports can be named.
void add_ratios(Measurement& m, const std::vector<std::vector<double>>& bounds, std::size_t output,
                double ulp) {
  for (const auto& grade : bounds)
    m.ratio_by_grade.push_back(grade.empty() || std::isinf(m.ulps) ? HUGE_VAL : m.ulps * ulp / grade[output]);
}

double ulp_at(const Format& format, double value) {
  const int exponent = value == 0 || !std::isfinite(value) ? format.emin : std::ilogb(value);
  return std::ldexp(1.0, reference::ulp_exponent(format, exponent));
}

// "row 2: ", "entry (2, 7): ": which output it is, if there are several.
std::string place(const Problem& p, std::size_t outputs, std::size_t i) {
  if (outputs == 1) return "";
  const auto rows = static_cast<std::size_t>(p.rows);
  if (outputs == rows) return "row " + std::to_string(i) + ": ";
  const auto classes = static_cast<std::size_t>(p.classes);
  return "entry (" + std::to_string(i / classes) + ", " + std::to_string(i % classes) + "): ";
}

// No theorem ends the refinement of capped logits, of which a derivative may be as small as e^-gap: what is
// left open after this many bits is far within any bound.
constexpr int kCappedPrecision = 512;

// An entry of a gradient that may be one of two numbers (gradient_bounds.cc): the distance to one of them is
// no error.
bool is_masked_label(const Problem& p, std::size_t entry, double bound) {
  return p.wanted == reference::Wanted::gradient && p.input_space == XENT_LOGITS &&
         p.input[entry].is_infinite() &&
         bound > std::ldexp(1.0, reference::format(p.loss_format).quantum_exponent());
}

Outcome judge_values(const Trial& trial, const xent_claim& claim, const std::vector<double>& values,
                     const Recorder& record) {
  const Problem& p = trial.problem;
  auto truths = reference::certify(p, p.softcap.is_zero() ? reference::kMaxPrecision : kCappedPrecision);
  const auto claimed = judged_grade(p, claim);
  const auto bounds = error_bounds(p, claim);
  const auto by_grade = bounds_by_grade(p, claim);
  const Format& format = measured_in(p, claim);
  const bool entries = values.size() > static_cast<std::size_t>(std::max<std::int64_t>(p.rows, 1));
  std::optional<Outcome> failure;
  std::optional<Outcome> undecided;
  std::optional<Outcome> overflow;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Measurement measurement;
    const auto comparison = entries ? compare_entry : compare;
    Outcome outcome = comparison(values[i], (*truths)[i], format, claimed, bounds[i], &measurement);
    if (outcome.kind == Outcome::Kind::inadmissible) {
      overflow = std::move(outcome);
      continue;
    }
    const bool passes = outcome.kind == Outcome::Kind::pass;
    std::optional<Outcome>& first = outcome.kind == Outcome::Kind::undecided ? undecided : failure;
    if (!passes && !first) {
      first = std::move(outcome);
      first->message = place(p, values.size(), i) + first->message;
    }
    if (!record && failure) break;
    // An infinity or NaN that is right has no error, and what nothing is said of is no measure of anything.
    const bool is_measure =
        std::isfinite(values[i]) && std::isfinite(bounds[i]) && !is_masked_label(p, i, bounds[i]);
    if (!record || (passes && !is_measure)) continue;
    add_ratios(measurement, by_grade, i, ulp_at(format, measurement.true_value));
    record(trial, measurement);
  }
  // What fails for sure is not hidden by what is left open before it.
  if (failure) return *failure;
  if (undecided) return *undecided;
  return overflow.value_or(Outcome::pass());
}

}  // namespace

Trial generate_accuracy(Random& random, const xent_claim& claim, int index, int) {
  // Every eleventh trial is a big row, so that summation errors have room to grow.
  return any_question(random, claim, index % 11 == 10 ? 3000 : 300);
}

Outcome judge_accuracy(const Subject& subject, const Trial& trial, const Recorder& record) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  return accuracy_of(subject, trial, record);
}

Outcome accuracy_of(const Subject& subject, const Trial& trial, const Recorder& record) {
  const Problem& p = trial.problem;
  const xent_claim& claim = *subject.claim(p);
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  Outcome outcome = judge_values(trial, claim, answered.wanted(p), record);
  if (outcome.kind != Outcome::Kind::pass || p.wanted == reference::Wanted::loss) return outcome;
  // The loss that comes with a gradient is a loss like any other.
  const Trial beside = {loss_beside(p, claim), {}, trial.regime};
  outcome = judge_values(beside, claim, answered.loss, {});
  if (outcome.kind == Outcome::Kind::fail) outcome.message = "beside its gradient: " + outcome.message;
  return outcome;
}

}  // namespace xent::properties::laws
