#include "fast/kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fast/kernel.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include "fast/element.h"
#include "fast/exp-inl.h"
#include "fast/gradient-inl.h"
#include "fast/log_softmax-inl.h"
#include "fast/losses-inl.h"
#include "fast/narrow_sum-inl.h"
#include "fast/smoothing-inl.h"
#include "fast/tails-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

template <class T>
void losses_from(const Logits& logits, const int64_t* targets, int64_t rows, const Terms& terms,
                 double* losses) {
  const int64_t batch = terms.smooth() ? cached_rows(logits.classes) : Tails::kRows;
  const NarrowSum arithmetic = {exp_scale(logits)};
  Tails tails;
  double leads[Tails::kRows];
  for (int64_t r = 0; r < rows; r += batch) {
    const int64_t count = rows - r < batch ? rows - r : batch;
    const Logits some = from(logits, r, 0, logits.classes);
    row_tails<T>(arithmetic, some, targets + r, count, tails);
    losses_of<InBrief>(tails, count, losses + r);
    if (!terms.are_any()) continue;
    if (terms.smooth()) leads_of<T>(some, targets + r, count, leads);
    add_terms(tails, targets + r, leads, count, terms, losses + r);
  }
}

template <class T>
void log_sums_from(const Logits& logits, int64_t rows, double* values) {
  int64_t targets[Tails::kRows];
  for (int64_t& target : targets) target = kNoTarget;
  const NarrowSum arithmetic = {exp_scale(logits)};
  Tails tails;
  for (int64_t r = 0; r < rows; r += Tails::kRows) {
    const int64_t count = rows - r < Tails::kRows ? rows - r : Tails::kRows;
    row_tails<T>(arithmetic, from(logits, r, 0, logits.classes), targets, count, tails);
    for (int64_t i = 0; i < count; ++i) values[r + i] = log_sum_exp({tails.max[i], tails.sum[i]});
  }
}

template <class T>
Tail tail_from(const Logits& logits, int64_t target) {
  const Row<T> row = {static_cast<const T*>(logits.data), logits.classes, target, prefetch_along_row<T>()};
  return narrow_row_tail(exp_scale(logits), row);
}

void tails_of_rows(const Logits& logits, const int64_t* targets, int64_t rows, Tails& tails) {
  const NarrowSum arithmetic = {exp_scale(logits)};
  switch (logits.format) {
    case XENT_BINARY16:
      return row_tails<hwy::float16_t>(arithmetic, logits, targets, rows, tails);
    case XENT_BFLOAT16:
      return row_tails<hwy::bfloat16_t>(arithmetic, logits, targets, rows, tails);
    default:
      return row_tails<float>(arithmetic, logits, targets, rows, tails);
  }
}

// A vector of rows, from r on. Where the loss is a matter of convention, so is the gradient.
HWY_INLINE void put_factors(const Tails& tails, const double* shares, const double* scales, int64_t r,
                            GradientFactors& factors) {
  const Doubles d;
  const DoubleVec zero = hn::Zero(d);
  const DoubleVec infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  const DoubleVec max = hn::Load(d, tails.max + r);
  const DoubleVec sum = hn::Load(d, tails.sum + r);
  const DoubleVec target_logit = hn::Load(d, tails.target_logit + r);
  const auto is_alone = hn::Eq(max, hn::Neg(infinity));
  const auto is_masked = hn::Eq(target_logit, hn::Neg(infinity));
  const auto is_defined = hn::And(hn::Lt(target_logit, infinity), hn::Eq(sum, sum));
  const DoubleVec factor = hn::Mul(hn::Load(d, scales + r), hn::Load(d, shares + r));
  // A masked target has probability 0 whatever its logit's derivative would tend to.
  const DoubleVec target_entry = hn::Mul(factor, hn::IfThenElse(is_masked, zero, hn::Neg(sum)));
  const DoubleVec scaled = hn::Mul(factor, hn::Set(d, 1 / kPowerUnit));
  const DoubleVec undefined = hn::Set(d, std::numeric_limits<double>::quiet_NaN());
  const auto is_undefined = hn::Or(hn::Not(is_defined), hn::And(is_alone, is_masked));
  const auto is_special = hn::Or(is_undefined, is_alone);
  // A row of nothing besides its target has 0, unless what it is multiplied by is undefined.
  const DoubleVec nothing = hn::MulAdd(hn::Load(d, scales + r), zero, zero);
  const DoubleVec special = hn::IfThenElse(is_undefined, undefined, nothing);
  hn::Store(hn::IfThenZeroElse(is_special, max), d, factors.max + r);
  hn::Store(hn::IfThenElse(is_special, special, scaled), d, factors.factor + r);
  hn::Store(hn::IfThenElse(is_special, special, target_entry), d, factors.target_entry + r);
  hn::Store(zero, d, factors.share + r);
}

void factors_of_rows(const Tails& tails, const int64_t* targets, int64_t rows, const double* scales,
                     GradientFactors& factors) {
  alignas(64) double shares[Tails::kRows];
  alignas(64) double padded_scales[Tails::kRows] = {};
  std::copy_n(scales, rows, padded_scales);
  shares_of(tails, rows, shares);
  for (int64_t r = 0; r < rows; r += static_cast<int64_t>(hn::Lanes(Doubles())))
    put_factors(tails, shares, padded_scales, r, factors);
  for (int64_t r = 0; r < rows; ++r) {
    if (targets[r] == kIgnored) factors.ignore(r);
  }
}

template <class T>
void gradient_from(const Logits& logits, const int64_t* targets, int64_t rows, const Terms& terms,
                   const double* scales, double* losses, const Gradient& gradient) {
  const int64_t batch = cached_rows(logits.classes);
  const NarrowSum arithmetic = {exp_scale(logits)};
  Tails tails;
  GradientFactors factors;
  double leads[Tails::kRows];
  for (int64_t r = 0; r < rows; r += batch) {
    const int64_t count = rows - r < batch ? rows - r : batch;
    const Logits some = from(logits, r, 0, logits.classes);
    row_tails<T>(arithmetic, some, targets + r, count, tails);
    losses_of<InBrief>(tails, count, losses + r);
    for (int64_t i = 0; i < count; ++i) {
      if (targets[r + i] == kNoTarget) tails.target_logit[i] = -std::numeric_limits<double>::infinity();
    }
    factors_of_rows(tails, targets + r, count, scales + r, factors);
    if (terms.are_any()) {
      if (terms.smooth()) leads_of<T>(some, targets + r, count, leads);
      add_terms_to_factors(tails, targets + r, losses + r, count, terms, scales + r, factors);
      add_terms(tails, targets + r, leads, count, terms, losses + r);
    }
    gradient_rows(some, targets + r, count, factors, from(gradient, r, 0));
  }
}

// A switch rather than with_element of element.h: lambdas are not compiled for the target.
void softmax_cross_entropy_rows(const Logits& logits, const int64_t* targets, int64_t rows,
                                const Terms& terms, double* losses) {
  switch (logits.format) {
    case XENT_BINARY16:
      return losses_from<hwy::float16_t>(logits, targets, rows, terms, losses);
    case XENT_BFLOAT16:
      return losses_from<hwy::bfloat16_t>(logits, targets, rows, terms, losses);
    default:
      return losses_from<float>(logits, targets, rows, terms, losses);
  }
}

double row_lead(const Logits& row, float target) {  // but for the scale
  switch (row.format) {
    case XENT_BINARY16:
      return lead_of(static_cast<const hwy::float16_t*>(row.data), row.classes, target);
    case XENT_BFLOAT16:
      return lead_of(static_cast<const hwy::bfloat16_t*>(row.data), row.classes, target);
    default:
      return lead_of(static_cast<const float*>(row.data), row.classes, target);
  }
}

void log_sum_exp_rows(const Logits& logits, int64_t rows, double* values) {
  switch (logits.format) {
    case XENT_BINARY16:
      return log_sums_from<hwy::float16_t>(logits, rows, values);
    case XENT_BFLOAT16:
      return log_sums_from<hwy::bfloat16_t>(logits, rows, values);
    default:
      return log_sums_from<float>(logits, rows, values);
  }
}

Tail row_tail_of(const Logits& logits, int64_t target) {
  switch (logits.format) {
    case XENT_BINARY16:
      return tail_from<hwy::float16_t>(logits, target);
    case XENT_BFLOAT16:
      return tail_from<hwy::bfloat16_t>(logits, target);
    default:
      return tail_from<float>(logits, target);
  }
}

void rows_with_gradient(const Logits& logits, const int64_t* targets, int64_t rows, const Terms& terms,
                        const double* scales, double* losses, const Gradient& gradient) {
  switch (logits.format) {
    case XENT_BINARY16:
      return gradient_from<hwy::float16_t>(logits, targets, rows, terms, scales, losses, gradient);
    case XENT_BFLOAT16:
      return gradient_from<hwy::bfloat16_t>(logits, targets, rows, terms, scales, losses, gradient);
    default:
      return gradient_from<float>(logits, targets, rows, terms, scales, losses, gradient);
  }
}

void gradient_of_one_row(const Logits& row, int64_t target, const RowFactors& factors,
                         const Gradient& gradient) {
  one_gradient(exp_scale(row), row, target, factors, gradient);
  if (gradient.streams) hwy::FlushStream();
}

void log_softmax_rows(const Logits& logits, int64_t rows, double units_per_nat, const Gradient& out) {
  switch (logits.format) {
    case XENT_BINARY16:
      return log_softmax_from<hwy::float16_t>(logits, rows, units_per_nat, out);
    case XENT_BFLOAT16:
      return log_softmax_from<hwy::bfloat16_t>(logits, rows, units_per_nat, out);
    default:
      return log_softmax_from<float>(logits, rows, units_per_nat, out);
  }
}

void log_softmax_row(const Logits& row, double max, double loss, double units_per_nat, const Gradient& out) {
  log_softmax_of_one_row(row, max, loss, units_per_nat, out);
  if (out.streams) hwy::FlushStream();
}

void places_in_rows(const Logits& logits, int64_t rows, int64_t* places) {
  switch (logits.format) {
    case XENT_BINARY16:
      return places_from<hwy::float16_t>(logits, rows, places);
    case XENT_BFLOAT16:
      return places_from<hwy::bfloat16_t>(logits, rows, places);
    default:
      return places_from<float>(logits, rows, places);
  }
}

void losses_of_rows(const Tails& tails, int64_t rows, double* losses) {
  losses_of<InBrief>(tails, rows, losses);
}

template <bool kMayBeFar>
double exps_of(const float* x, double* values, int64_t count, float max, double scale) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const NarrowExp<kMayBeFar> exp(ExpScale(scale), max, kFullDepth);
  alignas(64) float padded[kMaxLanes] = {};
  alignas(64) double exps[kMaxLanes];
  for (int64_t i = 0; i < count; i += lanes) {
    const int64_t used = count - i < lanes ? count - i : lanes;
    std::memcpy(padded, x + i, static_cast<size_t>(used) * sizeof(float));
    Exponential e[1];
    exp.of({hn::Load(f, padded)}, e);
    store(in_full(e[0]), exps);
    for (int64_t j = 0; j < used; ++j) values[i + j] = exps[j] / kPowerUnit;
  }
  return exp.reference();
}

double exp_rows(const float* x, double* values, int64_t count, float max, bool far, double scale) {
  return far ? exps_of<true>(x, values, count, max, scale) : exps_of<false>(x, values, count, max, scale);
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "fast/targets.h"

namespace xent::fast {

HWY_EXPORT(softmax_cross_entropy_rows);
HWY_EXPORT(row_lead);
HWY_EXPORT(log_sum_exp_rows);
HWY_EXPORT(row_tail_of);
HWY_EXPORT(tails_of_rows);
HWY_EXPORT(rows_with_gradient);
HWY_EXPORT(factors_of_rows);
HWY_EXPORT(gradient_of_one_row);
HWY_EXPORT(gradient_rows);
HWY_EXPORT(log_softmax_rows);
HWY_EXPORT(log_softmax_row);
HWY_EXPORT(places_in_rows);
HWY_EXPORT(losses_of_rows);
HWY_EXPORT(exp_rows);

void softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, const Terms& terms,
                           double* losses) {
  HWY_DYNAMIC_DISPATCH(softmax_cross_entropy_rows)(logits, targets, rows, terms, losses);
}

namespace {

// Log-sum-exp from the loss of its label, or from the rest where that leads: the loss of a label that is far
// behind, and may be masked, says nothing of it.
double log_sum_of_row(const Tails& tails, int64_t r, double loss) {
  const double target_logit = tails.target_logit[r];
  if (target_logit >= tails.max[r]) return loss + target_logit;
  return log_sum_exp({tails.max[r], tails.sum[r] + std::exp(target_logit - tails.max[r])});
}

}  // namespace

// What is infinite or undefined stays so: the lead is 0 where the target's logit is not finite.
void add_terms(const Tails& tails, const int64_t* targets, const double* leads, int64_t rows,
               const Terms& terms, double* losses) {
  for (int64_t r = 0; r < rows; ++r) {
    if (targets[r] < 0) continue;
    const double lse = terms.z_loss == 0 ? 0 : log_sum_of_row(tails, r, losses[r]);
    losses[r] += (terms.smooth() ? terms.share * leads[r] : 0) + terms.z_loss * (lse * lse);
  }
}

double lead_over(const Logits& row, double target) {
  if (!std::isfinite(target)) return 0;
  return row.scale * HWY_DYNAMIC_DISPATCH(row_lead)(row, stored(row, target));
}

void log_sum_exp(const Logits& logits, int64_t rows, double* values) {
  HWY_DYNAMIC_DISPATCH(log_sum_exp_rows)(logits, rows, values);
}

void tails_of(const Logits& logits, const int64_t* targets, int64_t rows, Tails& tails) {
  HWY_DYNAMIC_DISPATCH(tails_of_rows)(logits, targets, rows, tails);
}

Tail tail_of(const Logits& logits, int64_t target) {
  return HWY_DYNAMIC_DISPATCH(row_tail_of)(logits, target);
}

void softmax_cross_entropy_gradient(const Logits& logits, const int64_t* targets, int64_t rows,
                                    const Terms& terms, const double* scales, double* losses,
                                    const Gradient& gradient) {
  HWY_DYNAMIC_DISPATCH(rows_with_gradient)(logits, targets, rows, terms, scales, losses, gradient);
}

void factors_of_tails(const Tails& tails, const int64_t* targets, int64_t rows, const double* scales,
                      GradientFactors& factors) {
  HWY_DYNAMIC_DISPATCH(factors_of_rows)(tails, targets, rows, scales, factors);
}

void add_terms_to_factors(const Tails& tails, const int64_t* targets, const double* losses, int64_t rows,
                          const Terms& terms, const double* scales, GradientFactors& factors) {
  // The target's entry is (p - 1) scale, and this and p times the slope of the z-loss times scale; 0 where
  // its logit is masked.
  const double of_target = terms.mass - (terms.spares_target ? 0 : terms.share);
  for (int64_t r = 0; r < rows; ++r) {
    if (targets[r] < 0) continue;
    const double slope = terms.z_loss == 0 ? 0 : 2 * terms.z_loss * log_sum_of_row(tails, r, losses[r]);
    factors.share[r] = terms.share * scales[r];
    factors.factor[r] *= 1 + slope;
    if (tails.target_logit[r] == -std::numeric_limits<double>::infinity()) continue;
    const double of_z_loss = terms.z_loss == 0 ? 0 : slope * std::exp(-losses[r]);
    factors.target_entry[r] += (of_target + of_z_loss) * scales[r];
  }
}

void gradient_of_row(const Logits& row, int64_t target, const RowFactors& factors, const Gradient& gradient) {
  HWY_DYNAMIC_DISPATCH(gradient_of_one_row)(row, target, factors, gradient);
}

void gradient_of_rows(const Logits& logits, const int64_t* targets, int64_t rows,
                      const GradientFactors& factors, const Gradient& gradient) {
  HWY_DYNAMIC_DISPATCH(gradient_rows)(logits, targets, rows, factors, gradient);
}

double logit_of(const Logits& logits, int64_t c) {
  return with_element(logits.format, [&](auto element) {
    return logits.scale * to_double(static_cast<const decltype(element)*>(logits.data)[c]);
  });
}

void log_softmax(const Logits& logits, int64_t rows, double units_per_nat, const Gradient& out) {
  HWY_DYNAMIC_DISPATCH(log_softmax_rows)(logits, rows, units_per_nat, out);
}

void log_softmax_of_row(const Logits& row, double max, double loss, double units_per_nat,
                        const Gradient& out) {
  HWY_DYNAMIC_DISPATCH(log_softmax_row)(row, max, loss, units_per_nat, out);
}

void places_of_largest(const Logits& logits, int64_t rows, int64_t* places) {
  HWY_DYNAMIC_DISPATCH(places_in_rows)(logits, rows, places);
}

void losses_of_tails(const Tails& tails, int64_t rows, double* losses) {
  HWY_DYNAMIC_DISPATCH(losses_of_rows)(tails, rows, losses);
}

double exp_each(const float* x, double* values, int64_t count, float max, bool far, double scale) {
  return HWY_DYNAMIC_DISPATCH(exp_rows)(x, values, count, max, far, scale);
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
