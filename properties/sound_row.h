// One row of the sound implementation: its loss, and the derivatives of that.
#ifndef XENT_PROPERTIES_SOUND_ROW_H
#define XENT_PROPERTIES_SOUND_ROW_H

#include <vector>

#include "properties/sound.h"

namespace xent::properties {

// What each class counts, and the sum of that.
struct SoundMasses {
  std::vector<float> a;
  float total = 0;
  float hard = 0;          // of it the hard label's own
  bool is_single = false;  // a hard label without smoothing
};
SoundMasses sound_masses(const Pieces& m, const xent_problem& p, const Row& row, Use use);

// The weight of a class or row; 1 if there are none.
float sound_weight(const xent_tensor& weights, std::int64_t index, std::int64_t stride);

// A row of logits. Views the row's labels.
class SoundSoftmax {
 public:
  SoundSoftmax(const Pieces& m, const xent_problem& p, const Row& row);

  bool is_undefined() const { return std::isnan(max_) || std::isinf(max_); }
  float cross_entropy(const SoundMasses& masses) const;
  float log_sum_exp() const;
  float log_probability(std::int64_t c) const;
  float probability(std::int64_t c) const;
  float z_loss() const;
  // The derivative of factor * cross_entropy + z_factor * z_loss by the logit as it was given; of log_sum_exp
  // with masses of 0 and the total 1.
  float derivative(std::int64_t c, const SoundMasses& masses, float factor, float z_factor) const;

 private:
  void sum_two_passes();
  void sum_online();
  float surprisal(std::int64_t c) const;
  std::int64_t leader() const;  // the first class of the largest logit
  float sum_without(std::int64_t hidden) const;
  float term(std::int64_t c, float mass) const;
  bool is_confident(std::int64_t c) const {
    return m_.uses_log1p() && z_[static_cast<std::size_t>(c)] == max_;
  }
  float lambda() const { return m_.z_lambda(static_cast<float>(p_.z_loss)); }

  const Pieces& m_;
  const xent_problem& p_;
  Row row_;
  std::vector<float> z_;
  float max_ = 0;
  float sum_ = 0;
  float tail_ = 0;  // without the target, or without one leading class where there is no target
};

// Losses of distributions.
float sound_distribution_loss(const Pieces& m, const xent_problem& p, const Row& row);
float sound_distribution_derivative(const xent_problem& p, const Row& row, const SoundMasses& masses,
                                    std::int64_t c);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SOUND_ROW_H
