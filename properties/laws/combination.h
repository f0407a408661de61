// Laws whose sentence is that one answer is a linear combination of others.
#ifndef XENT_PROPERTIES_LAWS_COMBINATION_H
#define XENT_PROPERTIES_LAWS_COMBINATION_H

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "properties/laws/premises.h"
#include "reference/certify.h"

namespace xent::properties {

// A question, what is answered to it, and how far that may be off.
class Inquiry {
 public:
  // Domain: inadmissible() let the problem pass.
  Inquiry(const Subject& subject, Problem problem);

  const std::optional<Outcome>& failure() const { return answered_.failure; }
  std::size_t size() const { return bounds_.size(); }
  double value(std::size_t output) const { return answered_.wanted(problem_)[output]; }
  double bound(std::size_t output) const { return bounds_[output]; }
  // Nothing, if relations between finite numbers hold of the value. Otherwise that nothing can be said of it,
  // or the failure that it is where the true value is a number of the format.
  std::optional<Outcome> unusable(std::size_t output);
  // Whether it is an infinity, and the true value is one.
  bool is_rightly_infinite(std::size_t output);

 private:
  reference::Certified& truth(std::size_t output);

  const Subject& subject_;
  Problem problem_;
  Answered answered_;
  std::vector<double> bounds_;
  std::optional<std::vector<reference::Certified>> truths_;  // when first needed
};

// `factor` times a value that is answered.
struct Term {
  reference::Rational factor;
  Inquiry* of;
  std::size_t output;
};

// Whether an answer is the sum of the terms: up to its bound and theirs, each times its factor, whose
// relative error is at most `of_factors`. Inadmissible where one of the values is infinite or unbounded.
Outcome combination(Inquiry& whole, std::size_t output, std::span<const Term> terms, const std::string& what,
                    double of_factors = 0);

// What several sentences, or several outputs, come to: the first failure; else a pass if there was one.
class Findings {
 public:
  void add(Outcome outcome);
  bool has_failed() const { return found_ && found_->kind == Outcome::Kind::fail; }
  // `none` if nothing was added.
  Outcome outcome(const char* none) const;

 private:
  std::optional<Outcome> found_;
};

// The losses of one row, or their derivatives, with every class in turn for its hard label; asked for at
// once, or one by one of those who only add up.
class EveryLabel {
 public:
  // Domain: asks_for_rows(problem), of one row with a hard label.
  EveryLabel(const Subject& subject, const Problem& row);

  // Why the questions cannot be asked, or were not answered.
  const std::optional<Outcome>& failure() const { return failure_; }
  // The question and the output that hold entry `entry` of what is asked with label c: 0 of a loss, a class
  // of a gradient.
  Term term(const reference::Rational& factor, std::int64_t c, std::size_t entry);

 private:
  std::int64_t per_question_;
  std::size_t width_;
  std::vector<Inquiry> asked_;
  std::optional<Outcome> failure_;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_LAWS_COMBINATION_H
