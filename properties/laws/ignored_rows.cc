// ignored_rows: removing ignored rows, or filling them with NaN, changes nothing; what they give is exactly
// 0.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {

namespace {

Problem with_nan(const Problem& p) {
  Problem filled = p;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (!p.is_ignored(row)) continue;
    const auto first = filled.input.begin() + row * p.classes;
    std::fill(first, first + p.classes, Number(std::nan("")));
    if (!p.sample_weights.empty()) filled.sample_weights[static_cast<std::size_t>(row)] = Number(3.0);
  }
  return filled;
}

// The valid rows alone.
Problem without_ignored(const Problem& p) {
  Problem left = rows_of(p, 0, 0);
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (p.is_ignored(row)) continue;
    const Problem one = rows_of(p, row, row + 1);
    left.input.insert(left.input.end(), one.input.begin(), one.input.end());
    left.targets.insert(left.targets.end(), one.targets.begin(), one.targets.end());
    left.sample_weights.insert(left.sample_weights.end(), one.sample_weights.begin(),
                               one.sample_weights.end());
    if (p.reduction == XENT_NONE)
      left.upstream.insert(left.upstream.end(), one.upstream.begin(), one.upstream.end());
    ++left.rows;
  }
  return left;
}

// Of results with a row for each row, those of the valid ones; an ignored one that is not 0 is named.
std::optional<std::string> keep_valid(const Problem& p, std::vector<double>& values) {
  const std::size_t width = values.size() / static_cast<std::size_t>(p.rows);
  std::vector<double> kept;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const auto first = values.begin() + row * static_cast<std::int64_t>(width);
    if (!p.is_ignored(row)) {
      kept.insert(kept.end(), first, first + static_cast<std::int64_t>(width));
      continue;
    }
    const auto wrong =
        std::find_if(first, first + static_cast<std::int64_t>(width), [](double x) { return !(x == 0); });
    if (wrong != first + static_cast<std::int64_t>(width))
      return "row " + std::to_string(row) + " is ignored but gives " + shown(*wrong);
  }
  values = std::move(kept);
  return std::nullopt;
}

}  // namespace

bool applies_ignored_rows(const xent_claim& claim, const xent_implementation&) {
  const reference::Loss& loss = *reference::find_loss(claim.loss);
  // No soft label is ignored.
  const bool hard = !loss.needs_target_probs || contains(claim.options, XENT_OPTION_HARD_TARGETS);
  return hard && contains(claim.options, XENT_OPTION_IGNORE_INDEX) &&
         contains(loss.options, XENT_OPTION_IGNORE_INDEX);
}

Trial generate_ignored_rows(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_question(random, claim, 60);
  Problem& p = trial.problem;
  if (p.targets.empty()) return trial;
  p.ignore_index = any_ignore_index(random, p.classes);
  for (std::int64_t& target : p.targets) {
    if (random.chance(0.5)) target = *p.ignore_index;
  }
  return trial;
}

Outcome judge_ignored_rows(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (!p.ignore_index || p.targets.empty() || p.valid_rows() == p.rows)
    return Outcome::inadmissible("no row is ignored");
  const Answered answered = ask(subject, p);
  if (answered.failure) return *answered.failure;
  const Format format = measured_in(subject, p);
  const std::vector<double> exact(answered.wanted(p).size(), 0.0);
  if (const Problem filled = with_nan(p); !inadmissible(subject, {filled, {}, trial.regime})) {
    const Answered other = ask(subject, filled);
    if (other.failure) return *other.failure;
    Outcome outcome =
        all_agree(answered.wanted(p), other.wanted(p), exact, format, "with NaN in the ignored rows");
    if (outcome.kind != Outcome::Kind::pass) return outcome;
  }
  const xent_denominator denominator = p.conventions.denominator;
  const bool counts_all =
      p.reduction == XENT_MEAN && (denominator == XENT_ALL_ROWS || denominator == XENT_ELEMENTS);
  const Problem left = without_ignored(p);
  std::vector<double> values = answered.wanted(p);
  std::vector<double> bounds = bounds_of(subject, p);
  if (p.reduction == XENT_NONE || p.wanted == reference::Wanted::gradient) {
    if (const auto wrong = keep_valid(p, values)) return Outcome::fail(*wrong);
    std::vector<double> kept;
    const std::size_t width = bounds.size() / static_cast<std::size_t>(p.rows);
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      if (!p.is_ignored(static_cast<std::int64_t>(i / width))) kept.push_back(bounds[i]);
    }
    bounds = std::move(kept);
  }
  if (counts_all || left.rows == 0 || inadmissible(subject, {left, {}, trial.regime})) return Outcome::pass();
  const Answered alone = ask(subject, left);
  if (alone.failure) return *alone.failure;
  const auto left_bounds = bounds_of(subject, left);
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] += left_bounds[i];
  return all_agree(values, alone.wanted(left), bounds, format, "with the ignored rows against without them");
}

}  // namespace xent::properties::laws
