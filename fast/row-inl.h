// One row of logits in one pass: the largest logit besides the target's, and the sum of the exponentials
// relative to it. Compiled once for every SIMD target.
#if defined(XENT_FAST_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_ROW_INL_H
#undef XENT_FAST_ROW_INL_H
#else
#define XENT_FAST_ROW_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <limits>

#include "fast/prefetch-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVec = hn::Vec<Floats>;

inline constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();

// A loop over k from 0 to n, unrolled.
#undef XENT_FAST_EACH
#define XENT_FAST_EACH(n) _Pragma("GCC unroll 16") for (int k = 0; k < (n); ++k)

// A group of kGroup vectors, or a last one of kChains vectors, is summed in kChains chains of fused
// multiply-adds.
inline constexpr int kGroup = 16;
inline constexpr int kChains = 4;

inline constexpr int64_t kBlockGroups = 2;
inline constexpr int64_t kMaxLanes = HWY_MAX_BYTES / sizeof(float);

#if HWY_TARGET == HWY_SCALAR
using Doubles = hn::CappedTag<double, 1>;
#else
using Doubles = hn::ScalableTag<double>;
#endif
using DoubleVec = hn::Vec<Doubles>;

// As many binary64 numbers as a vector has floats: sums between groups, above all.
struct Sum {
  DoubleVec low;
  DoubleVec high;
};

// A function, because a default constructor would not be compiled for the target.
HWY_INLINE Sum zero() {
  return {hn::Zero(Doubles()), hn::Zero(Doubles())};
}

// The same numbers in binary64.
HWY_INLINE Sum promoted(FloatVec x) {
  const Doubles d;
#if HWY_TARGET == HWY_SCALAR
  return {hn::PromoteTo(d, x), hn::Zero(d)};
#else
  const hn::Half<Floats> half;
  return {hn::PromoteTo(d, hn::LowerHalf(half, x)), hn::PromoteTo(d, hn::UpperHalf(half, x))};
#endif
}

// And back, each rounded.
HWY_INLINE FloatVec demoted(const Sum& x) {
#if HWY_TARGET == HWY_SCALAR
  // Highway's own makes infinity the largest float.
  return hn::Set(Floats(), static_cast<float>(hn::GetLane(x.low)));
#else
  const hn::Half<Floats> half;
  return hn::Combine(Floats(), hn::DemoteTo(half, x.high), hn::DemoteTo(half, x.low));
#endif
}

// A number a lane, at an aligned place.
HWY_INLINE void store(const Sum& sum, double* out) {
  const Doubles d;
  hn::Store(sum.low, d, out);
  if (hn::Lanes(Floats()) > hn::Lanes(d)) hn::Store(sum.high, d, out + hn::Lanes(d));
}

HWY_INLINE void multiply(Sum& sum, double factor) {
  sum.low = hn::Mul(sum.low, hn::Set(Doubles(), factor));
  sum.high = hn::Mul(sum.high, hn::Set(Doubles(), factor));
}

// Logits times their scale, at an aligned place.
HWY_INLINE void store_scaled(FloatVec logits, double scale, double* out) {
  Sum scaled = promoted(logits);
  multiply(scaled, scale);
  store(scaled, out);
}

HWY_INLINE double total(const Sum& sum) {
  return hn::GetLane(hn::SumOfLanes(Doubles(), hn::Add(sum.low, sum.high)));
}

// A vector of any tag of float from consecutive elements.
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const float* x) {
  return hn::LoadU(d, x);
}
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const hwy::bfloat16_t* x) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::bfloat16_t, D>(), x));
}
template <class D>
HWY_INLINE hn::Vec<D> load_floats(D d, const hwy::float16_t* x) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<hwy::float16_t, D>(), x));
#else
  // Highway's own, where there is no instruction, takes infinity for 2^16. Shifted to the fields of binary32,
  // the magnitude is too small by 2^112, also where it is subnormal; infinity and NaN need all bits of the
  // exponent.
  const hn::RebindToUnsigned<D> u;
  const hn::Rebind<uint16_t, D> h;
  const auto bits = hn::PromoteTo(u, hn::LoadU(h, reinterpret_cast<const uint16_t*>(x)));
  const auto sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(u, 0x8000u)));
  const auto magnitude = hn::ShiftLeft<13>(hn::And(bits, hn::Set(u, 0x7fffu)));
  const auto finite = hn::BitCast(u, hn::Mul(hn::BitCast(d, magnitude), hn::Set(d, 0x1p112f)));
  const auto special = hn::Or(magnitude, hn::Set(u, 0x7f800000u));
  const auto is_special = hn::Gt(magnitude, hn::Set(u, (0x7c00u << 13) - 1));
  return hn::BitCast(d, hn::Or(sign, hn::IfThenElse(is_special, special, finite)));
#endif
}

// x, whose work is held back to where this is written: the compiler would move it until registers run out. By
// value, since what references lead to is stored as well.
template <class V>
HWY_INLINE V settled(V x) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  asm("" : "+v"(x.raw));
#endif
  return x;
}

// Consecutive logits.
template <class T>
struct Plain {
  static constexpr bool kHides = false;

  const T* x;

  // Those from x[i] on.
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, int64_t i) const {
    return load_floats(d, x + i);
  }
};

// 0, 1, 2, ... for comparing places of logits with: loaded, since other ways would use the port that powers
// are looked up by.
struct Places {
  int32_t at[kGroup * kMaxLanes];
  constexpr Places() : at() {
    for (int32_t i = 0; i < kGroup * kMaxLanes; ++i) at[i] = i;
  }
};
alignas(64) inline constexpr Places kPlaces;

// The same with -inf, which contributes to neither maximum nor sum, in place of x[target] and, if kFromFirst,
// of all before x[first].
template <class T, bool kFromFirst>
struct Patched {
  static constexpr bool kHides = true;

  const T* x;
  int32_t target;  // < 0: not among them
  int32_t first;

  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, int64_t i) const {
    const hn::RebindToSigned<D> n;
    const auto place = hn::LoadU(n, kPlaces.at + i);
    auto hidden = hn::Eq(place, hn::Set(n, target));
    if constexpr (kFromFirst) hidden = hn::Or(hidden, hn::Lt(place, hn::Set(n, first)));
    return hn::IfThenElse(hn::RebindMask(d, hidden), hn::Set(d, kMinusInfinity), load_floats(d, x + i));
  }
};

// A row and its target (< 0: none). classes >= the lanes of Floats.
template <class T>
struct Row {
  const T* x;
  int64_t classes;
  int64_t target;
  Prefetch prefetch;

  bool has_target(int64_t begin, int64_t end) const { return target >= begin && target < end; }
};

// Calls visit for kVectors vectors of a row, from class `begin` on.
template <int kVectors, class T, class Visitor>
HWY_INLINE void visit_vectors(const Row<T>& row, int64_t begin, Visitor& visit) {
  const int64_t end = begin + kVectors * static_cast<int64_t>(hn::Lanes(Floats()));
  if (HWY_UNLIKELY(row.has_target(begin, end))) {
    visit.template operator()<kVectors>(
        Patched<T, false>{row.x + begin, static_cast<int32_t>(row.target - begin), 0});
  } else {
    visit.template operator()<kVectors>(Plain<T>{row.x + begin});
  }
}

// Calls visit once for the `count` classes before `end`, for kVectors vectors that end there, so that nothing
// outside the row is read; what they hold before these classes is -inf. Domain: all fit.
template <int kVectors, class T, class Visitor>
HWY_INLINE void visit_last(const Row<T>& row, int64_t count, int64_t end, Visitor& visit) {
  const int64_t size = kVectors * static_cast<int64_t>(hn::Lanes(Floats()));
  const int64_t first = end - size;
  const int64_t target = row.has_target(first, end) ? row.target - first : -1;
  visit.template operator()<kVectors>(
      Patched<T, true>{row.x + first, static_cast<int32_t>(target), static_cast<int32_t>(size - count)});
}

// Calls visit for classes [begin, end) of a row, kGroup or kChains vectors at a time, or single ones. Domain:
// end >= lanes.
template <class T, class Visitor>
HWY_INLINE void visit_classes(const Row<T>& row, int64_t begin, int64_t end, Visitor& visit) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  int64_t i = begin;
  for (; end - i >= kGroup * lanes; i += kGroup * lanes) visit_vectors<kGroup>(row, i, visit);
  for (; end - i >= kChains * lanes; i += kChains * lanes) visit_vectors<kChains>(row, i, visit);
  // One kChains vectors long is done sooner than two single ones.
  if (end - i > lanes && end >= kChains * lanes) return visit_last<kChains>(row, end - i, end, visit);
  for (; end - i >= lanes; i += lanes) visit_vectors<1>(row, i, visit);
  if (i < end) visit_last<1>(row, end - i, end, visit);
}

// The maximum of what it visits. NaN is ignored (Max(a, NaN) may be NaN, Max(NaN, a) is a): it will make the
// sum NaN.
struct Maximum {
  FloatVec largest;

  template <int kVectors, class Source>
  HWY_INLINE void operator()(Source source) {
    const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
    for (int i = 0; i < kVectors; ++i) largest = hn::Max(source.load(Floats(), i * lanes), largest);
  }
};

// The sum of e^(x - m) over what it visits, for the largest m so far, or a reference point near it.
// Arithmetic is how vectors are summed: NarrowSum or a WideSum.
template <class Arithmetic>
struct RunningSum {
  const Arithmetic& arithmetic;
  Sum sum;
  float max;
  typename Arithmetic::Shift shift;  // by max, or 0 while every logit is -inf: -inf - -inf would be NaN
  Prefetch prefetch;

  HWY_INLINE RunningSum(const Arithmetic& of_row, Prefetch along_row)
      : arithmetic(of_row), sum(zero()), max(kMinusInfinity), shift(of_row.shift(0)), prefetch(along_row) {}

  HWY_INLINE void raise(float new_max) {
    if (HWY_LIKELY(!(new_max > max))) return;
    if (max > kMinusInfinity) multiply(sum, arithmetic.rescaling(max, new_max));
    max = new_max;
    shift = arithmetic.shift(new_max);
  }

  template <int kVectors, class Source>
  HWY_INLINE void operator()(Source source) {
    prefetch.beyond<kVectors>(source.x);
    FloatVec unused = hn::Zero(Floats());
    Arithmetic::template add_group<kVectors, false>(sum, source, shift, source, unused);
  }
};

// The tail of a row, tail.h. row.target < 0: of the whole row.
//
// In one pass: Arithmetic::add_group<n, true> adds up one group and takes the maximum of another one, in the
// next block, whose loads from memory then overlap the arithmetic.
template <class Arithmetic, class T>
HWY_NOINLINE Tail row_tail(const Arithmetic& arithmetic, const Row<T>& row) {
  const Floats f;
  const int64_t group = kGroup * static_cast<int64_t>(hn::Lanes(f));
  const int64_t block = kBlockGroups * group;
  const int64_t blocks_end = row.classes / block * block;
  RunningSum<Arithmetic> running(arithmetic, row.prefetch);
  Maximum ahead = {hn::Set(f, kMinusInfinity)};
  visit_classes(row, 0, blocks_end > 0 ? block : row.classes, ahead);
  for (int64_t begin = 0; begin < blocks_end; begin += block) {
    running.raise(hn::GetLane(hn::MaxOfLanes(f, ahead.largest)));
    const int64_t next = begin + block;
    if (HWY_LIKELY(next < blocks_end && !row.has_target(begin, next + block))) {
      for (int64_t i = begin; i < next; i += group) {
        row.prefetch.template beyond<kGroup>(row.x + i + block);
        Arithmetic::template add_group<kGroup, true>(running.sum, Plain<T>{row.x + i}, running.shift,
                                                     Plain<T>{row.x + i + block}, ahead.largest);
      }
    } else {
      visit_classes(row, next, next < blocks_end ? next + block : row.classes, ahead);
      visit_classes(row, begin, next, running);
    }
  }
  running.raise(hn::GetLane(hn::MaxOfLanes(f, ahead.largest)));
  visit_classes(row, blocks_end, row.classes, running);
  return arithmetic.tail(running.max, total(running.sum));
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_ROW_INL_H
