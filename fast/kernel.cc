#include "fast/kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fast/kernel.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include "fast/exp-inl.h"
#include "fast/losses-inl.h"
#include "fast/narrow_sum-inl.h"
#include "fast/tails-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

void softmax_cross_entropy_rows(const Logits& logits, const int64_t* targets, int64_t rows, double* losses) {
  Tails tails;
  for (int64_t r = 0; r < rows; r += Tails::kRows) {
    const int64_t count = rows - r < Tails::kRows ? rows - r : Tails::kRows;
    row_tails<NarrowSum>(from_row(logits, r), targets + r, count, tails);
    losses_of(tails, count, losses + r);
  }
}

void log_sum_exp_rows(const Logits& logits, int64_t rows, double* values) {
  int64_t targets[Tails::kRows];
  for (int64_t& target : targets) target = kNoTarget;
  Tails tails;
  for (int64_t r = 0; r < rows; r += Tails::kRows) {
    const int64_t count = rows - r < Tails::kRows ? rows - r : Tails::kRows;
    row_tails<NarrowSum>(from_row(logits, r), targets, count, tails);
    for (int64_t i = 0; i < count; ++i) values[r + i] = log_sum_exp({tails.max[i], tails.sum[i]});
  }
}

Tail row_tail_of(const float* x, int64_t classes, int64_t target) {
  return row_tail<NarrowSum>({x, classes, target, 0});
}

void losses_of_rows(const Tails& tails, int64_t rows, double* losses) {
  losses_of(tails, rows, losses);
}

void exp_rows(const float* d, float* exps, int64_t count) {
  const Floats f;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(f));
  alignas(64) float padded[kMaxLanes] = {};
  for (int64_t i = 0; i < count; i += lanes) {
    const size_t bytes = static_cast<size_t>(count - i < lanes ? count - i : lanes) * sizeof(float);
    std::memcpy(padded, d + i, bytes);
    const ExpFactors e = exp_factors(hn::Load(f, padded));
    hn::Store(hn::Mul(e.fraction, e.scale), f, padded);
    std::memcpy(exps + i, padded, bytes);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "fast/targets.h"

namespace xent::fast {

HWY_EXPORT(softmax_cross_entropy_rows);
HWY_EXPORT(log_sum_exp_rows);
HWY_EXPORT(row_tail_of);
HWY_EXPORT(losses_of_rows);
HWY_EXPORT(exp_rows);

void softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, double* losses) {
  HWY_DYNAMIC_DISPATCH(softmax_cross_entropy_rows)(logits, targets, rows, losses);
}

void log_sum_exp(const Logits& logits, int64_t rows, double* values) {
  HWY_DYNAMIC_DISPATCH(log_sum_exp_rows)(logits, rows, values);
}

Tail tail_of(const float* x, int64_t classes, int64_t target) {
  return HWY_DYNAMIC_DISPATCH(row_tail_of)(x, classes, target);
}

void losses_of_tails(const Tails& tails, int64_t rows, double* losses) {
  HWY_DYNAMIC_DISPATCH(losses_of_rows)(tails, rows, losses);
}

void exp_each(const float* d, float* exps, int64_t count) {
  HWY_DYNAMIC_DISPATCH(exp_rows)(d, exps, count);
}

std::vector<std::string> targets() {
  hwy::SetSupportedTargetsForTest(0);
  std::vector<std::string> names;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets())
    names.emplace_back(hwy::TargetName(target));
  return names;
}

bool use_target(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    if (name != hwy::TargetName(target)) continue;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    return true;
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return false;
}

}  // namespace xent::fast
#endif  // HWY_ONCE
