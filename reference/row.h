#ifndef XENT_REFERENCE_ROW_H
#define XENT_REFERENCE_ROW_H

#include <cstdint>
#include <span>
#include <vector>

#include "reference/class_mass.h"
#include "reference/problem.h"

namespace xent::reference {

// One row of a problem as its loss sees it: the options that are exact maps of the numbers have been applied,
// which are scale, temperature, clip and normalise. Views the problem, which must outlive it.
class Row {
 public:
  Row(const Problem& problem, std::int64_t index);
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  const Problem& problem() const { return problem_; }
  // Logits x scale / temperature, or the distribution Q as it is clipped and normalised.
  std::span<const Number> input() const { return input_; }
  // The distribution P, or soft labels, likewise; empty if there are none.
  std::span<const Number> target_probs() const { return target_probs_; }
  // Both as they are given. Domain of the latter: there are some.
  std::span<const Number> given_input() const { return problem_.input_row(index_); }
  std::span<const Number> given_target_probs() const { return problem_.target_row(index_); }
  bool has_target() const { return !problem_.targets.empty(); }
  // Domain: has_target().
  std::int64_t target() const { return problem_.target(index_); }
  // Whether its target names no class: what would multiply -ln p_t then multiplies something else.
  bool misses_target() const { return problem_.is_out_of_range(index_); }
  // That factor. Domain: misses_target().
  Rational missing_mass() const;

  // Whether P, or the soft labels, are given as their logarithms.
  bool has_log_targets() const;
  // Whether a weight or a label that the masses are made of is NaN.
  bool has_undefined_mass() const;
  // The classes that the loss multiplies by something, by index, with what label smoothing and class weights
  // make of a hard label or of soft ones. A mass may be 0: it still meets an infinite -ln p. By convention
  // masked_labels, classes whose logit is -inf are left out, all but a hard label itself. Domain: not
  // has_undefined_mass().
  std::vector<ClassMass> masses() const;
  // What class weights and label smoothing multiply a soft label of class c by: w (1 - a). Domain: likewise.
  Rational label_factor(std::int64_t c) const;
  // Whether by that convention nothing but a hard label counts on class c.
  bool is_left_out(std::int64_t c) const;

 private:
  Rational weight(std::int64_t c) const;
  Rational smoothing_weight(std::int64_t c) const;
  Rational smoothing_mass(std::int64_t c) const;
  std::vector<ClassMass> hard_masses(const Rational& alpha) const;
  std::vector<ClassMass> soft_masses() const;

  const Problem& problem_;
  std::int64_t index_;
  std::vector<Number> owned_input_;
  std::vector<Number> owned_target_probs_;
  std::span<const Number> input_;
  std::span<const Number> target_probs_;
};

// scale / temperature: what logits are multiplied by, and their gradients.
Rational logit_factor(const Problem& problem);

// The weight of a row, or of a class; 1 if there are none.
Number sample_weight(const Problem& problem, std::int64_t row);
Number class_weight(const Problem& problem, std::int64_t c);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_ROW_H
