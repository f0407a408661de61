#include "fast/wide_kernel.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fast/wide_kernel.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include "fast/losses-inl.h"
#include "fast/tails-inl.h"
#include "fast/wide_sum-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

// Relative error of a sum of exponentials and of the loss made from it, but for the differences m - x_t.
//
// In units of 2^-53: the polynomial 121 and its evaluation 4 (wide_exp-inl.h); each x_i - m is rounded, and
// r with it, 2.4 |x_i - m|, whose mean under the softmax is at most ln C <= 25 for C < 2^36; 33 additions
// within a group or column and across lanes; Exp and Log1p are granted 16 each: below 2^-44 in all. Then for
// every block two additions and perhaps a rescaling, granted 4; beyond C = 2^36 these outweigh ln C by far.
double relative_error(int64_t classes) {
  const int64_t block = kBlockVectors * static_cast<int64_t>(hn::Lanes(Floats()));
  return 0x1p-44 + 6 * 0x1p-53 * (static_cast<double>(classes) / static_cast<double>(block) + 1);
}

void wide_softmax_cross_entropy_rows(const Logits& logits, const int64_t* targets, int64_t rows,
                                     double* losses, double* errors) {
  const double error = relative_error(logits.classes);
  Tails tails = {};
  for (int64_t r = 0; r < rows; r += Tails::kRows) {
    const int64_t count = rows - r < Tails::kRows ? rows - r : Tails::kRows;
    row_tails<WideSum>(from_row(logits, r), targets + r, count, tails);
    losses_of(tails, count, losses + r);
    for (int64_t i = 0; i < count; ++i) {
      // A loss S e^d is as far off as d; max(0, d) + t is not. Beyond kFar the loss is 0 or below 2^-900.
      constexpr double kFar = 1000;
      const double d = tails.max[i] - tails.target_logit[i];
      errors[r + i] = error + (d < 0 ? 0x1p-53 * (d > -kFar ? -d : kFar) : 0);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xent::fast {

HWY_EXPORT(wide_softmax_cross_entropy_rows);

void wide_softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, double* losses,
                                double* errors) {
  HWY_DYNAMIC_DISPATCH(wide_softmax_cross_entropy_rows)(logits, targets, rows, losses, errors);
}

}  // namespace xent::fast
#endif  // HWY_ONCE
