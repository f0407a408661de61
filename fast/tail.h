// What the loss of a row is made from.
#ifndef XENT_FAST_TAIL_H
#define XENT_FAST_TAIL_H

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace xent::fast {

// k and 2^k, for normal numbers of binary64: library functions take as long as many logits.
inline int exponent_of(double x) {
  return static_cast<int>(std::bit_cast<uint64_t>(x) >> 52 & 0x7ff) - 1023;
}
inline double two_to_the(int k) {
  return std::bit_cast<double>(static_cast<uint64_t>(1023 + k) << 52);
}

// What a row x holds besides its target t: max = max of x_i over i != t, or a number within ln 2 / 2 (and
// 2^-15) of it or within ln 2 below their log-sum-exp, sum = sum over i != t of e^(x_i - max). sum > 0.707,
// or NaN: below sqrt(1/2) = 0.70711 by what the reduction rounds. If every other class is masked (or there is
// none) max = -inf and sum = 0.
struct Tail {
  double max;
  double sum;
};

// A long row is summed by segments of its classes, so that threads can share it: as many as its length says,
// and so the same bits whoever sums them, beside whatever rows.
inline constexpr int kMostSegments = 64;
inline int segments_of(int64_t classes) {
  constexpr int64_t kClassesPerSegment = 1 << 15;
  return static_cast<int>(std::clamp<int64_t>(classes / kClassesPerSegment, 1, kMostSegments));
}
struct Segment {
  int64_t begin;
  int64_t classes;
};
inline Segment segment(int64_t classes, int index) {
  const int segments = segments_of(classes);
  const int64_t length = classes / segments;
  const int64_t begin = index * length;
  return {begin, index == segments - 1 ? classes - begin : length};
}

// Roundings to binary32 on the way of an exponential into Tail::sum: additions of up to four, and of what
// counts for little, narrow_sum-inl.h.
inline constexpr int kTermRoundings = 2;
inline constexpr int kExcessRoundings = 6;

// The tails of a batch of rows, and the logits of their targets.
struct Tails {
  static constexpr int kRows = 64;
  alignas(64) double max[kRows];
  alignas(64) double sum[kRows];
  alignas(64) double target_logit[kRows];

  // Gives row r the loss 0.
  void ignore(int64_t r) { max[r] = sum[r] = target_logit[r] = 0; }
};

// The tail of all classes from the tails of disjoint sets of them. Error: relative to the sum, 2^-53 times
// the number of tails, and 4, and |difference of maxima|, which the loss of a term pays for.
inline Tail merged(std::span<const Tail> tails) {
  Tail all = {-std::numeric_limits<double>::infinity(), 0};
  for (const Tail& tail : tails) all.max = std::max(all.max, tail.max);
  for (const Tail& tail : tails) {
    // Not e^(-inf - -inf) where all are masked.
    all.sum += tail.max == all.max ? tail.sum : tail.sum * std::exp(tail.max - all.max);
  }
  return all;
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
