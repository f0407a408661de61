#include "fast/double_double_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fast/double_double_kernel.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Products need fused multiply-adds; so do vectors that are worth it.
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR

using Longs = hn::RebindToSigned<Doubles>;

// DoubleDouble, exp and what they are made of (double_double.h, double_double.cc), a lane each: the same
// operations in the same order, hence the same bounds.
struct Pair {
  DoubleVec high;
  DoubleVec low;
};

HWY_INLINE Pair broadcast(DoubleDouble x) {
  return {hn::Set(Doubles(), x.high), hn::Set(Doubles(), x.low)};
}

HWY_INLINE Pair fast_two_sum(DoubleVec a, DoubleVec b) {
  const DoubleVec sum = hn::Add(a, b);
  return {sum, hn::Sub(b, hn::Sub(sum, a))};
}

HWY_INLINE Pair two_sum(DoubleVec a, DoubleVec b) {
  const DoubleVec sum = hn::Add(a, b);
  const DoubleVec b_part = hn::Sub(sum, a);
  return {sum, hn::Add(hn::Sub(a, hn::Sub(sum, b_part)), hn::Sub(b, b_part))};
}

HWY_INLINE Pair add(Pair x, Pair y) {
  const Pair high = two_sum(x.high, y.high);
  const Pair low = two_sum(x.low, y.low);
  const Pair sum = fast_two_sum(high.high, hn::Add(high.low, low.high));
  return fast_two_sum(sum.high, hn::Add(low.low, sum.low));
}

HWY_INLINE Pair multiply(Pair x, Pair y) {
  const DoubleVec product = hn::Mul(x.high, y.high);
  const DoubleVec rest = hn::MulSub(x.high, y.high, product);
  const DoubleVec cross = hn::MulAdd(x.low, y.high, hn::MulAdd(x.high, y.low, hn::Mul(x.low, y.low)));
  return fast_two_sum(product, hn::Add(rest, cross));
}

// Domain: factor is a power of two.
HWY_INLINE Pair scaled(Pair x, DoubleVec factor) {
  return {hn::Mul(x.high, factor), hn::Mul(x.low, factor)};
}

// Vectors that are worked on at once, step by step: each step waits for the one before it.
inline constexpr int kVectors = 4;
using Pairs = Pair[kVectors];

// e^x. Domain: -690 <= x <= 0; anything gives something for others.
HWY_INLINE void exps_of(Pairs& x) {
  const Doubles f;
  const DoubleVec magic = hn::Set(f, 0x1.8p52 + 1023);  // has an ulp of 1; its low bits are an exponent
  const DoubleVec step = hn::Set(f, two_to_the(-kSquarings));
  DoubleVec power[kVectors];
  XENT_FAST_EACH(kVectors) {
    const DoubleVec y = hn::MulAdd(x[k].high, hn::Set(f, 0x1.71547652b82fep0), magic);
    const DoubleVec n = hn::Neg(hn::Sub(y, magic));
    const DoubleVec low = x[k].low;
    x[k] = two_sum(x[k].high, hn::Mul(n, hn::Set(f, kLn2Parts[0])));
    x[k] = add(x[k], {hn::Mul(n, hn::Set(f, kLn2Parts[1])), hn::Zero(f)});
    x[k] = scaled(add(x[k], two_sum(low, hn::Mul(n, hn::Set(f, kLn2Parts[2])))), step);
    power[k] = hn::BitCast(f, hn::ShiftLeft<52>(hn::BitCast(Longs(), y)));
  }
  Pairs p;
  XENT_FAST_EACH(kVectors) p[k] = {hn::Zero(f), hn::Zero(f)};
  for (const double factor : kSmallTail) {
    XENT_FAST_EACH(kVectors) p[k].high = hn::MulAdd(x[k].high, p[k].high, hn::Set(f, factor));
  }
  for (const DoubleDouble factor : kSmallFactors) {
    XENT_FAST_EACH(kVectors) p[k] = add(broadcast(factor), multiply(x[k], p[k]));
  }
  XENT_FAST_EACH(kVectors) p[k] = multiply(x[k], p[k]);
  for (int i = 0; i < kSquarings; ++i) {
    XENT_FAST_EACH(kVectors) p[k] = add(scaled(p[k], hn::Set(f, 2.0)), multiply(p[k], p[k]));
  }
  XENT_FAST_EACH(kVectors) x[k] = scaled(add(broadcast({1, 0}), p[k]), power[k]);
}

// The sum of all lanes.
HWY_INLINE DoubleDouble total(Pair x) {
  const Doubles f;
  alignas(64) double high[kMaxLanes];
  alignas(64) double low[kMaxLanes];
  hn::Store(x.high, f, high);
  hn::Store(x.low, f, low);
  DoubleDouble sum = {0, 0};
  for (size_t k = 0; k < hn::Lanes(f); ++k) sum = sum + DoubleDouble{high[k], low[k]};
  return sum;
}

DoubleDouble sum_of_exps(const float* x, int64_t count, float reference) {
  const Doubles f;
  const hn::Rebind<float, Doubles> narrow;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const DoubleVec minus_reference = hn::Set(f, -static_cast<double>(reference));
  const DoubleVec least = hn::Set(f, kLeastExponent);
  Pair sums = broadcast({0, 0});
  int64_t i = 0;
  for (; i + kVectors * lanes <= count; i += kVectors * lanes) {
    Pairs e;
    hn::Mask<Doubles> counts[kVectors];
    for (int k = 0; k < kVectors; ++k) {
      e[k] = two_sum(hn::PromoteTo(f, hn::LoadU(narrow, x + i + k * lanes)), minus_reference);
      counts[k] = hn::Ge(e[k].high, least);
    }
    exps_of(e);
    for (int k = 0; k < kVectors; ++k) {
      const Pair term = {hn::IfThenElseZero(counts[k], e[k].high), hn::IfThenElseZero(counts[k], e[k].low)};
      sums = add(sums, term);
    }
  }
  DoubleDouble sum = total(sums);
  for (; i < count; ++i) sum = sum + exp_or_zero(difference(x[i], reference));
  return sum;
}

#else

DoubleDouble sum_of_exps(const float* x, int64_t count, float reference) {
  DoubleDouble sum = {0, 0};
  for (int64_t i = 0; i < count; ++i) sum = sum + exp_or_zero(difference(x[i], reference));
  return sum;
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xent::fast {

HWY_EXPORT(sum_of_exps);

DoubleDouble exp_or_zero(DoubleDouble x) {
  return x.high < kLeastExponent ? DoubleDouble{0, 0} : exp(x);
}

DoubleDouble sum_of_exponentials(const float* x, int64_t count, float reference) {
  return HWY_DYNAMIC_DISPATCH(sum_of_exps)(x, count, reference);
}

}  // namespace xent::fast
#endif  // HWY_ONCE
