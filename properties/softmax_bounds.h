// Error bounds of what is made of one row of logits, in nats; see bounds.h.
#ifndef XENT_PROPERTIES_SOFTMAX_BOUNDS_H
#define XENT_PROPERTIES_SOFTMAX_BOUNDS_H

#include "properties/logit_stats.h"
#include "properties/masses.h"

namespace xent::properties {

// One row of logits under one claim.
struct SoftmaxRowBounds {
  SoftmaxRowBounds(const reference::Problem& problem, Grade grade, const Machine& machine, std::int64_t row);

  // lse - z_c. Exact 0 and no bound where z_c is masked, or all are.
  Bounded surprisal(std::size_t c) const;
  // sum a (lse - z).
  Bounded cross_entropy(const Masses& masses) const;
  Bounded log_sum_exp() const;
  // lambda lse^2.
  Bounded z_loss() const;
  // p_c and the relative error of what is computed for it, as e^(z - m) / S or as e^(z - lse).
  double probability(std::size_t c) const;
  double probability_error(std::size_t c) const;
  // The relative error of 1 - p_c, formed as the sum over the others, for the largest z_c: as expm1 of the
  // loss, or divided by S.
  double complement_error(std::size_t c) const;
  double others_error(std::size_t c) const;

  const reference::Problem& problem;
  Grade grade;
  const Machine& machine;
  EffectiveLogits logits;
  LogitStats stats;

 private:
  double gap(std::size_t c) const { return stats.max - logits.z[c]; }
  double of_sum() const;
  double by_formula(std::size_t c, double loss) const;
  Bounded confident(std::size_t c) const;
  double classes() const { return static_cast<double>(logits.z.size()); }

  mutable bool has_confident_ = false;
  mutable Bounded confident_;  // of any of the largest logits: they have the same bound
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SOFTMAX_BOUNDS_H
