// What a loss from logits multiplies by what: sum over the classes of mass_c (lse - x_c).
#ifndef XENT_FAST_MASSES_H
#define XENT_FAST_MASSES_H

#include <cstdint>

#include "reference/xent.h"

namespace xent::fast {

// The masses that labels, class weights and label smoothing give the classes of a row; xent.h has the
// formulas.
class Masses {
 public:
  explicit Masses(const xent_problem& problem);

  // Whether the masses are one class weight, at the target.
  bool is_single() const { return alpha_ == 0 && problem_.target_probs.data == nullptr; }
  // 1 if there are no class weights.
  double class_weight(int64_t c) const;
  // masses[i] = that of class first + i <= kBlock of full_kernel.h. target: < 0 where labels are soft.
  void read(int64_t row, int64_t target, int64_t first, int64_t count, double* masses) const;
  // What the row weighs in the denominator XENT_VALID_WEIGHTS, but for its sample weight.
  double label_weight(int64_t row, int64_t target) const;

 private:
  double smoothing_mass(int64_t c, int64_t target) const;
  void multiply_by_weights(int64_t first, int64_t count, double* masses) const;

  const xent_problem& problem_;
  double alpha_;
};

}  // namespace xent::fast

#endif  // XENT_FAST_MASSES_H
