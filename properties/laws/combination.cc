#include "properties/laws/combination.h"

#include <cmath>
#include <utility>

namespace xent::properties {
namespace {

using reference::Wanted;

// The row as often as it has classes, with each for its label.
Problem every_label(const Problem& row) {
  Problem every = row;
  every.rows = row.classes;
  every.input.clear();
  every.targets.clear();
  const auto repeat = [&](std::vector<Number>& values) {
    if (values.size() == 1) values.assign(static_cast<std::size_t>(row.classes), Number(values.front()));
  };
  repeat(every.sample_weights);
  if (row.reduction == XENT_NONE) repeat(every.upstream);
  for (std::int64_t c = 0; c < row.classes; ++c) {
    every.input.insert(every.input.end(), row.input.begin(), row.input.end());
    every.targets.push_back(c);
  }
  return every;
}

}  // namespace

Inquiry::Inquiry(const Subject& subject, Problem problem)
    : subject_(subject),
      problem_(std::move(problem)),
      answered_(ask(subject, problem_)),
      bounds_(bounds_of(subject, problem_)) {}

std::optional<Outcome> Inquiry::unusable(std::size_t output) {
  if (!std::isfinite(bounds_[output])) return Outcome::inadmissible("a value without a bound");
  if (std::isfinite(value(output))) return std::nullopt;
  const xent_claim& claim = *subject_.claim(problem_);
  Measurement ignored;
  Outcome outcome = compare(value(output), truth(output), measured_in(problem_, claim),
                            judged_grade(problem_, claim), bounds_[output], &ignored);
  return outcome.kind == Outcome::Kind::fail ? outcome : Outcome::inadmissible("a value is not finite");
}

bool Inquiry::is_rightly_infinite(std::size_t output) {
  return std::isinf(value(output)) && truth(output).exactness().is_special();
}

reference::Certified& Inquiry::truth(std::size_t output) {
  if (!truths_) truths_ = std::move(*reference::certify(problem_));
  return (*truths_)[output];
}

Outcome combination(Inquiry& whole, std::size_t output, std::span<const Term> terms, const std::string& what,
                    double of_factors) {
  if (auto why = whole.unusable(output)) return *why;
  const reference::PrecisionScope scope(kJudgePrecision);
  Enclosure residual(whole.value(output));
  double allowance = whole.bound(output);
  for (const Term& term : terms) {
    if (auto why = term.of->unusable(term.output)) return *why;
    const Enclosure factor(term.factor);
    const Enclosure product = factor * Enclosure(term.of->value(term.output));
    residual = residual - product;
    allowance += abs(factor).upper_double() * term.of->bound(term.output) * (1 + of_factors) +
                 abs(product).upper_double() * of_factors;
  }
  if (!std::isfinite(allowance)) return Outcome::inadmissible("no bound of the sum");
  return within(residual, allowance * (1 + 0x1p-20), what);
}

void Findings::add(Outcome outcome) {
  if (has_failed()) return;
  const bool is_better =
      !found_ || outcome.kind == Outcome::Kind::fail || found_->kind == Outcome::Kind::inadmissible;
  if (is_better) found_ = std::move(outcome);
}

Outcome Findings::outcome(const char* none) const {
  return found_ ? *found_ : Outcome::inadmissible(none);
}

EveryLabel::EveryLabel(const Subject& subject, const Problem& row)
    : per_question_(row.reduction == XENT_NONE ? row.classes : 1),
      width_(row.wanted == Wanted::gradient ? static_cast<std::size_t>(row.classes) : 1) {
  const Problem every = every_label(row);
  for (std::int64_t c = 0; c < row.classes && !failure_; c += per_question_) {
    const Problem question = rows_of(every, c, c + per_question_);
    failure_ = inadmissible(subject, {question, {}, Regime::ordinary});
    if (failure_) return;
    asked_.emplace_back(subject, question);
    failure_ = asked_.back().failure();
  }
}

Term EveryLabel::term(const reference::Rational& factor, std::int64_t c, std::size_t entry) {
  Inquiry& asked = asked_[static_cast<std::size_t>(c / per_question_)];
  return {factor, &asked, static_cast<std::size_t>(c % per_question_) * width_ + entry};
}

}  // namespace xent::properties
