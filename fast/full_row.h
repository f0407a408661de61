// One row of logits in binary64: its loss, its gradient, and what is made of every class.
#ifndef XENT_FAST_FULL_ROW_H
#define XENT_FAST_FULL_ROW_H

#include <cstdint>

#include "fast/full_kernel.h"
#include "fast/masses.h"
#include "reference/xent.h"

namespace xent::fast {

// Factors of the derivatives of a row's loss, and of its z-loss.
struct Factors {
  double loss;
  double z_loss;
};

// Row `index` of a problem, with target `target` or, where labels are soft or there are none, kNoTarget.
// Views both, which must outlive it.
//
// Units: nats. Domain: -inf masks a class; NaN or +inf anywhere gives NaN, and so does a row that is masked
// altogether, but for its log-sum-exp.
// Error: in units of 2^-53 of what is added up: kFullExpError and the differences from the maximum for the
//   exponentials, compensated sums, 2 for each logarithm and a rounding for each product.
class FullRow {
 public:
  FullRow(const xent_problem& problem, const Masses& masses, int64_t index, int64_t target);

  // sum mass (lse - x): for a single mass, with full relative accuracy also where it is small.
  double loss() const;
  double log_sum_exp() const;
  // Of every class, to (row `index` of) an output.
  void write_softmax(const xent_output& output) const;
  void write_log_softmax(const xent_output& output, double units_per_nat) const;
  // The gradient of loss() factors.loss + z_loss lse^2 factors.z_loss.
  void write_gradient(const xent_output& output, const Factors& factors) const;
  // An entry of it, for class c with this logit, where the other factor is 0. Domain: the label is hard,
  // there is no z-loss, the loss is defined, and some other class is not masked.
  double gradient_entry(int64_t c, double logit, double factor) const;
  // The relative error of an entry of it, for class c with this logit. Domain: a single mass, no temperature
  // or scale, and nothing below 2^-1000.
  double gradient_error(int64_t c, double logit) const;
  // That of log-sum-exp.
  void write_log_sum_exp_gradient(const xent_output& output, double factor) const;

 private:
  bool is_undefined() const;
  double excess_of_sum() const { return (sum_.value - 1) + sum_.error; }
  double exponential(double logit) const;
  double hidden_loss() const;
  double hidden_factor(double factor) const;
  double target_entry(double hidden_factor) const;
  void write_hidden_gradient(const xent_output& output, double factor) const;
  void write_exponentials(const xent_output& output, double factor) const;
  void read_logits(int64_t first, int64_t count, double* x) const;
  template <class Work>
  void for_each_block(const Work& work) const;

  const xent_problem& problem_;
  const Masses& masses_;
  const int64_t index_;
  const int64_t target_;
  const double scale_;
  const bool has_single_mass_;  // at the target
  // Whether what follows is of the other classes alone: the loss of a single mass is log1p of their sum.
  const bool hides_target_;
  double target_logit_;
  double max_;
  Compensated sum_;       // of e^(scale (x - max))
  double log_sum_ = 0;    // its logarithm, where no target is hidden
  double surprisal_ = 0;  // sum mass scale (max - x)
  double mass_ = 0;       // sum mass
};

}  // namespace xent::fast

#endif  // XENT_FAST_FULL_ROW_H
