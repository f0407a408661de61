// Logits that a temperature or a scale multiplies, in binary32.
#ifndef XENT_FAST_SCALED_LOGITS_H
#define XENT_FAST_SCALED_LOGITS_H

#include <algorithm>
#include <cstdint>

#include "fast/kernel.h"
#include "fast/request.h"
#include "reference/xent.h"

namespace xent::fast {

// What the logits of a problem are multiplied by: scale / temperature, 1 without either.
double logit_scale(const xent_problem& problem);

// Numbers that rows are kept in, so that a second look finds them in a cache; a longer row has them all.
inline constexpr int64_t kScaledLogits = 1 << 13;
// Few long rows, which threads share, have as many together.
inline constexpr int64_t kMostScaledClasses = 1 << 20;

// Consecutive rows of scale (x - m), m the largest logit of each, with which losses, probabilities and what
// is made of these are those of scale x; log-sum-exp is scale m less.
//
// Shape: rows x classes, contiguous. Units: nats.
// Domain: where all are masked, or one is not below infinity, rows stay masked and undefined.
// Error: one rounding to binary32, relative to scale |x - m|; the largest is 0, exactly. What is beyond the
//   largest float is that.
class ScaledLogits {
 public:
  // The rows that fit.
  static int64_t rows_at_a_time(int64_t classes) {
    return std::clamp<int64_t>(kScaledLogits / classes, 1, Tails::kRows);
  }

  // Domain: rows <= rows_at_a_time(logits.classes), classes <= kMostScaledClasses, scale > 0. They stay until
  // the thread makes others. is_valid() is false where there is no memory.
  ScaledLogits(const Logits& logits, int64_t rows, double scale);

  // All rows of a problem, which threads make. Domain: are_shared(problem), scale > 0.
  explicit ScaledLogits(const xent_problem& problem);
  static bool are_shared(const xent_problem& problem);

  bool is_valid() const { return numbers_ != nullptr; }
  Logits logits() const { return {numbers_, classes_, classes_}; }
  // The same request of these logits; its temperature and scale are what derivatives are multiplied by.
  Request request(const Request& as_given) const;
  // scale m of a row.
  double largest(int64_t row) const { return largest_[row]; }

 private:
  int64_t classes_;
  float* numbers_;
  double largest_[Tails::kRows];
};

}  // namespace xent::fast

#endif  // XENT_FAST_SCALED_LOGITS_H
