// Textbook binary32 code: one function for the loss of one row, one loop over the rows.
#ifndef XENT_FAST_PLAIN_H
#define XENT_FAST_PLAIN_H

#include <cstdint>
#include <span>

#include "reference/xent.h"

namespace xent::fast {

// One row of a problem. Without hard labels `target` means nothing, without a distribution P `target_prob`
// may not be called.
class Row {
 public:
  Row(const xent_problem& problem, int64_t row, int64_t row_target);

  // Logit or probability of class i, and P of class i.
  float input(int64_t i) const { return input_[i * input_stride_]; }
  float target_prob(int64_t i) const { return target_probs_[i * target_prob_stride_]; }
  bool has_target_probs() const { return target_probs_ != nullptr; }

  const int64_t classes;
  const int64_t target;

 private:
  const float* input_;
  int64_t input_stride_;
  const float* target_probs_;
  int64_t target_prob_stride_;
};

// A loss in nats of one row.
using RowLoss = float (*)(const Row&);

// What an implementation computes for a loss, given logits and given probabilities; null: nothing.
struct PlainLoss {
  const char* loss;
  RowLoss from_logits;
  RowLoss from_probabilities;
};

// The claim for a loss: everything textbook code has, binary32 throughout.
xent_claim plain_claim(const PlainLoss& loss, const char* grade);

// Answers a problem: rows one after another, their losses summed in binary32 in that order.
xent_status compute_plain(const xent_implementation& implementation, std::span<const PlainLoss> losses,
                          const xent_problem* problem, const xent_result* result);

}  // namespace xent::fast

#endif  // XENT_FAST_PLAIN_H
