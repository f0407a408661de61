#include "fast/full_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fast/full_kernel.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include "fast/full_exp-inl.h"
#include "fast/log-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

// The lanes of a vector of LaneSums: sums stay in registers over a block.
struct VectorSum {
  DoubleVec value;
  DoubleVec error;

  HWY_INLINE void add(DoubleVec x) {
    const DoubleVec sum = hn::Add(value, x);
    const DoubleVec rounded = hn::Sub(sum, value);
    error = hn::Add(error, hn::Add(hn::Sub(value, hn::Sub(sum, rounded)), hn::Sub(x, rounded)));
    value = sum;
  }
};

HWY_INLINE VectorSum load(const LaneSums& sums) {
  return {hn::Load(Doubles(), sums.value), hn::Load(Doubles(), sums.error)};
}
HWY_INLINE void store(const VectorSum& sum, LaneSums& sums) {
  hn::Store(sum.value, Doubles(), sums.value);
  hn::Store(sum.error, Doubles(), sums.error);
}

HWY_INLINE int64_t double_lanes() {
  return static_cast<int64_t>(hn::Lanes(Doubles()));
}

double largest_in(const double* x, int64_t count) {
  const Doubles f;
  DoubleVec largest = hn::Set(f, -std::numeric_limits<double>::infinity());
  // Max(NaN, a) is a.
  for (int64_t i = 0; i < count; i += double_lanes()) largest = hn::Max(hn::Load(f, x + i), largest);
  return hn::GetLane(hn::MaxOfLanes(f, largest));
}

void add_exps(const double* x, int64_t count, double max, double scale, LaneSums& sums) {
  const Doubles f;
  VectorSum sum = load(sums);
  for (int64_t i = 0; i < count; i += double_lanes()) {
    const DoubleVec d = hn::Sub(hn::Load(f, x + i), hn::Set(f, max));
    sum.add(full_exp(hn::Mul(d, hn::Set(f, scale))));
  }
  store(sum, sums);
}

void exps_of(const double* x, int64_t count, double max, double scale, double* values) {
  const Doubles f;
  for (int64_t i = 0; i < count; i += double_lanes()) {
    const DoubleVec d = hn::Sub(hn::Load(f, x + i), hn::Set(f, max));
    hn::Store(full_exp(hn::Mul(d, hn::Set(f, scale))), f, values + i);
  }
}

void add_mass(const double* x, const double* masses, int64_t count, double max, double scale,
              LaneSums& surprisals, LaneSums& totals) {
  const Doubles f;
  VectorSum surprisal = load(surprisals);
  VectorSum total = load(totals);
  for (int64_t i = 0; i < count; i += double_lanes()) {
    const DoubleVec mass = hn::Load(f, masses + i);
    const DoubleVec gap = hn::Mul(hn::Sub(hn::Set(f, max), hn::Load(f, x + i)), hn::Set(f, scale));
    surprisal.add(hn::IfThenZeroElse(hn::Eq(mass, hn::Zero(f)), hn::Mul(mass, gap)));
    total.add(mass);
  }
  store(surprisal, surprisals);
  store(total, totals);
}

void add_info(Information information, const double* p, const double* q, int64_t count, LaneSums& sums) {
  const Doubles f;
  VectorSum sum = load(sums);
  for (int64_t i = 0; i < count; i += double_lanes()) {
    const DoubleVec mass = hn::Load(f, p + i);
    const DoubleVec other = hn::Load(f, q + i);
    DoubleVec surprisal = hn::Neg(log(other));
    if (information == Information::kl) surprisal = hn::Add(surprisal, log(mass));
    // 0 times what is not NaN.
    const auto is_nothing = hn::And(hn::Eq(mass, hn::Zero(f)), hn::Eq(other, other));
    sum.add(hn::IfThenZeroElse(is_nothing, hn::Mul(mass, surprisal)));
  }
  store(sum, sums);
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xent::fast {

HWY_EXPORT(largest_in);
HWY_EXPORT(add_exps);
HWY_EXPORT(exps_of);
HWY_EXPORT(add_mass);
HWY_EXPORT(add_info);

double largest_of(const double* x, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(largest_in)(x, count);
}

void add_exponentials(const double* x, int64_t count, double max, double scale, LaneSums& sum) {
  HWY_DYNAMIC_DISPATCH(add_exps)(x, count, max, scale, sum);
}

void exponentials(const double* x, int64_t count, double max, double scale, double* values) {
  HWY_DYNAMIC_DISPATCH(exps_of)(x, count, max, scale, values);
}

void add_masses(const double* x, const double* masses, int64_t count, double max, double scale,
                LaneSums& surprisal, LaneSums& total) {
  HWY_DYNAMIC_DISPATCH(add_mass)(x, masses, count, max, scale, surprisal, total);
}

void add_information(Information information, const double* p, const double* q, int64_t count,
                     LaneSums& sum) {
  HWY_DYNAMIC_DISPATCH(add_info)(information, p, q, count, sum);
}

}  // namespace xent::fast
#endif  // HWY_ONCE
