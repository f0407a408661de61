// What the loss of a row is made from.
#ifndef XENT_FAST_TAIL_H
#define XENT_FAST_TAIL_H

#include <cmath>
#include <cstdint>

namespace xent::fast {

// What a row x holds besides its target t: max = max of x_i over i != t, sum = sum over i != t of e^(x_i -
// max). sum >= 1, or NaN; if every other class is masked (or there is none) max = -inf and sum = 0.
struct Tail {
  double max;
  double sum;
};

// Roundings to binary32 on the way of one exponential into Tail::sum: additions within a group of vectors,
// row-inl.h.
inline constexpr int kGroupRoundings = 5;

// The tails of a batch of rows, and the logits of their targets.
struct Tails {
  static constexpr int kRows = 64;
  alignas(64) double max[kRows];
  alignas(64) double sum[kRows];
  alignas(64) double target_logit[kRows];

  // Gives row r the loss 0.
  void ignore(int64_t r) { max[r] = sum[r] = target_logit[r] = 0; }
};

// Log-sum-exp of a row whose tail is the whole row: max + ln sum.
//
// Units: nats. Domain: NaN where sum is; -inf where every class is masked.
// Error: e + 2^-52 (|max| + |result|), e the relative error of sum.
inline double log_sum_exp(const Tail& tail) {
  return tail.max + std::log(tail.sum);
}

}  // namespace xent::fast

#endif  // XENT_FAST_TAIL_H
