// The loss of a row from the sum over its other classes.
#ifndef XENT_FAST_TAIL_H
#define XENT_FAST_TAIL_H

#include <cmath>
#include <cstdint>
#include <limits>

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

// Softmax cross-entropy of one row: l = ln(e^x_t + sum e^max) - x_t = log1p(sum e^(max - x_t)).
//
// Units: nats.
// Domain: x_t = -inf gives +inf if another class is finite, NaN otherwise; +inf or NaN gives NaN, and so does
// a NaN
//   sum; nothing besides the target gives 0.
// Error: with e the relative error of sum, l (e + 2^-49). For d = max - x_t <= 0 by the condition of
// log1p(z), which is
//   z / ((1 + z) log1p(z)) <= 1. For d > 0 the second form avoids the overflow of e^d; its logarithm is off
//   by e sum / (sum + e^-d) = e z / (1 + z) <= e l. Subtracting 1 costs 2^-53 of sum, against l >= log1p(1)
//   there.
// Source: the same identity, split at d = 0; exp, log1p: glibc, < 1 ulp of binary64; Highway's, in
// losses-inl.h, 2.
inline double row_loss(const Tail& tail, double target_logit) {
  if (!(target_logit < std::numeric_limits<double>::infinity()))
    return std::numeric_limits<double>::quiet_NaN();
  const double d = tail.max - target_logit;
  if (d <= 0) return std::log1p(tail.sum * std::exp(d));
  return d + std::log1p((tail.sum - 1) + std::exp(-d));
}

// Log-sum-exp of a row whose tail is the whole row: max + ln sum.
//
// Units: nats. Domain: NaN where sum is; -inf where every class is masked.
// Error: e + 2^-52 (|max| + |result|), e the relative error of sum.
inline double log_sum_exp(const Tail& tail) {
  return tail.max + std::log(tail.sum);
}

}  // namespace xent::fast

#endif  // XENT_FAST_TAIL_H
