// The SIMD kernel, dispatched to the best target that the processor supports.
#ifndef XENT_FAST_KERNEL_H
#define XENT_FAST_KERNEL_H

#include <algorithm>
#include <cstdint>

#include "fast/exp.h"
#include "fast/tail.h"
#include "reference/xent.h"

namespace xent::fast {

// Consecutive rows of logits, classes contiguous: `scale` times what is stored. In binary64 that is off by
// 2^-53, and so is a difference of two by 2^-28, since floats differ by 2^-24 of themselves.
struct Logits {
  const void* data;
  int64_t row_stride;                  // in elements; may be 0 or negative
  int64_t classes;                     // >= 1
  xent_format format = XENT_BINARY32;  // or XENT_BINARY16, XENT_BFLOAT16: the same as if converted before
  double scale = 1;                    // > 0
};

// The float that is stored for a logit: the quotient is within 2^-52 of it.
inline float stored(const Logits& logits, double logit) {
  return static_cast<float>(logit / logits.scale);
}

// What the logits of a problem are multiplied by: scale / temperature, 1 without either.
inline double logit_scale(const xent_problem& problem) {
  const double scale = problem.scale == 0 ? 1 : problem.scale;
  return problem.temperature == 0 ? scale : scale / problem.temperature;
}

inline Logits all_logits(const xent_problem& problem) {
  const xent_tensor& input = problem.input;
  return {input.data, input.row_stride, problem.classes, input.format, logit_scale(problem)};
}

// The same logits from a row and a class on.
inline Logits from(const Logits& logits, int64_t row, int64_t first_class, int64_t classes) {
  const int64_t size = logits.format == XENT_BINARY32 ? 4 : 2;
  const int64_t offset = (row * logits.row_stride + first_class) * size;
  return {static_cast<const char*>(logits.data) + offset, logits.row_stride, classes, logits.format,
          logits.scale};
}

// Stands for the target of an ignored row.
inline constexpr int64_t kIgnored = -1;

// Stands for a target that lies elsewhere, so that all classes are others.
inline constexpr int64_t kNoTarget = -2;

// The relative error of Tail::sum, in units of 2^-24: that of the terms, whose mean distance from Tail::max
// is at most ln(classes) and, where that is below the log-sum-exp, ln 2 more; that of adding them up, and
// that of adding up excesses, which are below 0.0222.
inline constexpr double kLargestD = 32 * 0.6932;
inline constexpr double kSumError =
    std::max(std::max(kPowersError + kPowersErrorPerNat * kLargestD, kScaledPowersError) +
                 0.0222 * kExcessRoundings,
             std::max(kFractionError, kScaledFractionError)) +
    kTermRoundings;
static_assert(kSumError < 3.48);

// That of a loss, in the same units: what the two polynomials of losses-inl.h add, and roundings to binary64.
inline constexpr double kLossPolynomialsError = 0.0018;
inline constexpr double kLossError = kSumError + kLossPolynomialsError;

// Up to here, rows are transposed, which costs less than what longer ones spend per row. Their logits are
// nearer to their maximum, so that excesses may be added up for longer.
inline constexpr int64_t kShortClasses = 128;
inline constexpr int64_t kShortChained = 64;
inline constexpr int64_t kShortExcessRoundings = kShortChained / 2 + 1;
static_assert(kPowersError + kPowersErrorPerNat * 8 * 0.6932 + 0.0222 * kShortExcessRoundings +
                  kTermRoundings <
              kSumError);

// What is added to the losses of hard labels: label smoothing takes from the targets of rows and puts on
// their classes, and a z-loss is z_loss lse^2.
struct Terms {
  double mass = 0;             // smoothed, in all
  double share = 0;            // of it, on each class
  bool spares_target = false;  // but not on the target's
  double z_loss = 0;

  bool smooth() const { return mass != 0; }
  bool are_any() const { return mass != 0 || z_loss != 0; }
};

// losses[r] = softmax cross-entropy of row r with target targets[r].
//
// Shape: rows values of targets and losses. Units: nats.
// Domain: targets in [0, classes), or kIgnored: its logits do not count and its loss is 0. As in tail.h,
//   NaN or +inf anywhere in a row makes it NaN, -inf masks a class.
// Error: relative, kLossError in units of u = 2^-24, while classes < 2^31: exp (exp.h) and the additions of
//   narrow_sum-inl.h. What is added in binary64 counts for nothing: 2^-53 for each of the additions and at
//   most 2^-51 for each of the K rescalings to a new maximum, K <= classes / 64, where a row has any; what
//   masked logits and those below e^-66 add or lose is classes 2^-95 of a sum > 0.707.
//
// With smoothed labels (1 - mass) l_t + share sum l_c = l_t + share sum (x_t - x_c): -inf anywhere makes it
// +inf. Error: u kSumError and u kLossPolynomialsError l_t, absolute, since l_t - max(0, m - x_t) is what is
//   rounded, and the condition of the logarithm times it is at most 1; and 2^-53 share sum |x_t - x_c| for
//   each of the additions. A z-loss is off by 2 z_loss |lse| times what lse is: that of
//   l_t where the target leads, kSumError u otherwise.
void softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, const Terms& terms,
                           double* losses);

// Adds the terms to the losses of labels: leads[r] is the sum of x_t - x_c over the classes of row r, which
// is used where labels are smoothed.
void add_terms(const Tails& tails, const int64_t* targets, const double* leads, int64_t rows,
               const Terms& terms, double* losses);
// The lead of the logit `target` over consecutive classes of a row; 0 if it is not finite. Error: that of the
// sums above.
double lead_over(const Logits& row, double target);

// values[r] = log-sum-exp of row r.
//
// Units: nats. Domain: as above, but a row that is masked altogether gives -inf.
// Error: the bound above, as an absolute error, and 2^-28 u (|max| + |result|).
void log_sum_exp(const Logits& logits, int64_t rows, double* values);

// The tails of `rows` <= Tails::kRows rows, and the logits of their targets: in [0, classes), kIgnored or
// kNoTarget. Domain, error: as above.
void tails_of(const Logits& logits, const int64_t* targets, int64_t rows, Tails& tails);

// The tail of the first row, target in [0, classes) or kNoTarget. Domain, error: as above; classes > 64.
Tail tail_of(const Logits& logits, int64_t target);

// Where the gradients of consecutive rows go.
struct Gradient {
  void* data;
  int64_t row_stride;                  // in elements
  xent_format format = XENT_BINARY32;  // or XENT_BINARY16, XENT_BFLOAT16
  bool streams = false;                // past the caches: for gradients larger than they are
};

// The same from a row and a class on.
inline Gradient from(const Gradient& gradient, int64_t row, int64_t first_class) {
  const int64_t size = gradient.format == XENT_BINARY32 ? 4 : 2;
  const int64_t offset = (row * gradient.row_stride + first_class) * size;
  return {static_cast<char*>(gradient.data) + offset, gradient.row_stride, gradient.format, gradient.streams};
}

// What the gradient of a row is made from: entry i is e^(x_i - max) factor - share, but for the target's.
struct RowFactors {
  double max;
  double factor;
  double target_entry;
  double share;  // of label smoothing
};

// Those of a batch of rows.
struct GradientFactors {
  alignas(64) double max[Tails::kRows];
  alignas(64) double factor[Tails::kRows];
  alignas(64) double target_entry[Tails::kRows];
  alignas(64) double share[Tails::kRows];

  RowFactors of_row(int64_t r) const { return {max[r], factor[r], target_entry[r], share[r]}; }
  void ignore(int64_t r) { max[r] = factor[r] = target_entry[r] = share[r] = 0; }
};

// losses[r] as softmax_cross_entropy has them, and the gradient (p_i - [i = t]) scales[r] of every row. A
// target kNoTarget, for the gradient of log-sum-exp, gives p_i scales[r], and no loss.
//
// Domain: that of softmax_cross_entropy. Where the loss is NaN, so is the gradient; masked classes have
//   gradient 0, and so have ignored rows.
// Error: with u = 2^-24 and e that of an exponential |x_i - Tail::max| from its reference (exp.h),
//   u (kSumError + e + 3) p_i |scales[r]|: the sum, its reciprocal's rounding to binary32, and two products.
//   The target's: u (kSumError + 1) (1 - p_t) |scale|, which is relative. Below e^kExpNormal 2^-125 |scale|,
//   as a sum relative to a reference may be as little as 0.707, and near the least normal number 2^-125. A
//   narrower format adds its rounding.
// With smoothed labels, the share times scales[r] is taken away from every entry, which adds a rounding of
// that and of the difference; with a z-loss p_i is multiplied by 1 + 2 z_loss lse.
void softmax_cross_entropy_gradient(const Logits& logits, const int64_t* targets, int64_t rows,
                                    const Terms& terms, const double* scales, double* losses,
                                    const Gradient& gradient);

// The same by parts: what rows need, and the gradient of consecutive classes of one. targets as above; in
// gradient_of_row, relative to the classes, and kNoTarget where it lies elsewhere.
void factors_of_tails(const Tails& tails, const int64_t* targets, int64_t rows, const double* scales,
                      GradientFactors& factors);
// With terms, from the factors without, and the losses of the labels alone.
void add_terms_to_factors(const Tails& tails, const int64_t* targets, const double* losses, int64_t rows,
                          const Terms& terms, const double* scales, GradientFactors& factors);
void gradient_of_row(const Logits& row, int64_t target, const RowFactors& factors, const Gradient& gradient);
void gradient_of_rows(const Logits& logits, const int64_t* targets, int64_t rows,
                      const GradientFactors& factors, const Gradient& gradient);

// Entry i of row r: (x_i - lse) units_per_nat, where so many units are a nat.
//
// Domain: that of softmax_cross_entropy: -inf for masked classes, NaN in a row that is undefined or masked
//   altogether.
// Error: relative, kLossError in units of u = 2^-24: (x_i - m) - l has no cancellation, l being the loss of
// the
//   largest logit m; the rounding to the format of out is added.
void log_softmax(const Logits& logits, int64_t rows, double units_per_nat, const Gradient& out);

// The same by parts: entries of consecutive classes of a row, and the first class with the largest logit of
// each row (any one if a logit is NaN).
void log_softmax_of_row(const Logits& row, double max, double loss, double units_per_nat,
                        const Gradient& out);
void places_of_largest(const Logits& logits, int64_t rows, int64_t* places);

// One logit of the first row. Error: 2^-53 where there is a scale.
double logit_of(const Logits& logits, int64_t c);

// losses[r] = softmax cross-entropy of row r < rows. Error: that of tails.sum, and what losses-inl.h adds.
void losses_of_tails(const Tails& tails, int64_t rows, double* losses);

}  // namespace xent::fast

#endif  // XENT_FAST_KERNEL_H
