// Sums of exponentials in binary32, for row_tail and column_tails of short_rows-inl.h. Compiled once for
// every SIMD target.
#if defined(XENT_FAST_NARROW_SUM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_NARROW_SUM_INL_H
#undef XENT_FAST_NARROW_SUM_INL_H
#else
#define XENT_FAST_NARROW_SUM_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <limits>

#include "fast/exp-inl.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Exponentials that are added up in binary32, in two pairs: kTermRoundings roundings. Their excesses, of
// which a rounding counts for 0.0222 u, are added up for longer.
inline constexpr int kTerms = 4;
static_assert(kTermRoundings == 2);
inline constexpr int kExcessChains = 4;
static_assert(kTerms == kExcessChains);
static_assert(kGroup / kExcessChains + 2 == kExcessRoundings);

// Exponentials of a NarrowExp, of anything and as of_most has them.
template <class Exp>
struct Raising {
  const Exp& exp;
  template <int n>
  HWY_INLINE void operator()(const FloatVec (&x)[n], Exponential (&e)[n]) const {
    exp.of(x, e);
  }
};
struct Most {
  const NarrowExp<false>& exp;
  hn::Vec<Ints>& seen;
  template <int n>
  HWY_INLINE void operator()(const FloatVec (&x)[n], Exponential (&e)[n]) const {
    exp.of_most(x, e, seen);
  }
};

// In binary64: the roundings are 2^-29 u each and count for nothing.
HWY_INLINE void add(Sum& sum, const Sum& terms) {
  sum.low = hn::Add(sum.low, terms.low);
  sum.high = hn::Add(sum.high, terms.high);
}
HWY_INLINE void add(Sum& sum, FloatVec x) {
  add(sum, promoted(x));
}

// The sums of rows of up to kShortClasses classes, a row a lane. Their excesses are added up in two chains
// for kShortExcessRoundings, since logarithms of few classes are near the maximum.
static_assert(kShortChained % kTerms == 0);
struct ColumnSum {
  Sum sum;
  FloatVec excess[2];
  int64_t chained;

  // A class each.
  template <int n>
  HWY_INLINE void add_terms(const Exponential (&e)[n]) {
    static_assert(n <= kTerms);
    constexpr int kPairs = n < 2 ? 1 : 2;
    if (HWY_UNLIKELY(chained == kShortChained)) add_excesses();
    chained += n;
    FloatVec terms[kPairs];
    XENT_FAST_EACH(n) {
      terms[k % kPairs] = k < kPairs ? first_term(e[k]) : add_term(terms[k % kPairs], e[k]);
      excess[k % 2] = add_excess(excess[k % 2], e[k]);
    }
    add(sum, kPairs == 1 ? terms[0] : hn::Add(terms[0], terms[kPairs - 1]));
  }

  HWY_INLINE void add_excesses() {
    if constexpr (kHasPowers) add(sum, hn::Add(excess[0], excess[1]));
    excess[0] = excess[1] = hn::Zero(Floats());
    chained = 0;
  }

  HWY_INLINE Sum total() {
    add_excesses();
    multiply(sum, 1 / kPowerUnit);
    return sum;
  }
};
HWY_INLINE ColumnSum empty_columns() {
  return {zero(), {hn::Zero(Floats()), hn::Zero(Floats())}, 0};
}

// sum = fraction 2^exponent with a fraction in [1, 2), a lane. Domain: positive normal numbers.
struct Normalised {
  Sum fractions;
  Sum exponents;
};
HWY_INLINE DoubleVec fractions_of(DoubleVec x) {
  const Doubles d;
  const hn::RebindToUnsigned<Doubles> u;
  const auto fraction = hn::And(hn::BitCast(u, x), hn::Set(u, (uint64_t{1} << 52) - 1));
  return hn::BitCast(d, hn::Or(fraction, hn::BitCast(u, hn::Set(d, 1.0))));
}
HWY_INLINE DoubleVec exponents_of(DoubleVec x) {
  const Doubles d;
  const hn::RebindToUnsigned<Doubles> u;
  const auto biased = hn::ShiftRight<52>(hn::BitCast(u, x));
  const auto shifted = hn::Or(biased, hn::BitCast(u, hn::Set(d, 0x1p52)));
  return hn::Sub(hn::BitCast(d, shifted), hn::Set(d, 0x1p52 + 1023));
}
HWY_INLINE Normalised normalised(const Sum& sum) {
  return {{fractions_of(sum.low), fractions_of(sum.high)}, {exponents_of(sum.low), exponents_of(sum.high)}};
}

struct NarrowSum {
  using Shift = NarrowExp<true>;

  ExpScale scale;

  HWY_INLINE Shift shift(float max) const { return Shift(scale, max); }

  double rescaling(float max, float larger) const {
    return std::exp(shift(max).reference() - shift(larger).reference());
  }

  Tail tail(float max, double total) const {
    // What the floor of NarrowExp made of masked logits does not count; NaN does.
    if (max == kMinusInfinity) return {static_cast<double>(max), 0 * total};
    return {shift(max).reference(), total * (1 / kPowerUnit)};
  }

  // Adds e^x, relative to the reference point of exp, over the vectors of a source to sum; with kLookAhead,
  // also takes the maximum of as many vectors at `next`.
  template <int kVectors, bool kLookAhead, class Source, class Next>
  static HWY_INLINE void add_group(Sum& sum, Source source, const Shift& exp, Next next, FloatVec& largest) {
    add(sum, group_sum<kVectors, kLookAhead>(source, Raising<Shift>{exp}, next, largest));
  }
  template <int kVectors, class Source, class Exp>
  static HWY_INLINE void add_group(Sum& sum, Source source, const Exp& exp) {
    FloatVec unused = hn::Zero(Floats());
    add(sum, group_sum<kVectors, false>(source, Raising<Exp>{exp}, source, unused));
  }
  // By NarrowExp::of_most: gives false, and adds nothing, if any logit was outside.
  template <int kVectors, class Source>
  static HWY_INLINE bool add_most(Sum& sum, Source source, const NarrowExp<false>& exp) {
    FloatVec unused = hn::Zero(Floats());
    hn::Vec<Ints> seen = hn::Zero(Ints());
    const Sum group = group_sum<kVectors, false>(source, Most{exp, seen}, source, unused);
    if (HWY_UNLIKELY(NarrowExp<false>::is_outside(seen))) return false;
    add(sum, group);
    return true;
  }

  // The tails of rows whose logits are columns of vectors, a row a lane; column_max is their maximum.
  HWY_INLINE void column_tails(const float* columns, int64_t classes, FloatVec column_max, double* maxima,
                               double* sums) const {
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    const auto is_masked = hn::Eq(column_max, hn::Set(f, kMinusInfinity));
    const Shift exp(scale, hn::IfThenZeroElse(is_masked, column_max));
    ColumnSum all = empty_columns();
    int64_t c = 0;
    for (; classes - c >= kTerms; c += kTerms) add_columns<kTerms>(all, columns + c * lanes, exp);
    if (classes - c == 1) add_columns<1>(all, columns + c * lanes, exp);
    if (classes - c == 2) add_columns<2>(all, columns + c * lanes, exp);
    if (classes - c == 3) add_columns<3>(all, columns + c * lanes, exp);
    const Sum sum = all.total();
    const Normalised near = normalised(sum);
    const Sum near_max = exp.references_above(near.exponents);
    const Sum max = promoted(column_max);
    const Sum reference = exp.references();
    store({max_of(max.low, sum.low, near_max.low, reference.low),
           max_of(max.high, sum.high, near_max.high, reference.high)},
          maxima);
    store({sum_of(max.low, sum.low, near.fractions.low), sum_of(max.high, sum.high, near.fractions.high)},
          sums);
  }

 private:
  template <int kVectors, bool kLookAhead, class Source, class Exps, class Next>
  static HWY_INLINE Sum group_sum(Source source, Exps exps, Next next, FloatVec& largest) {
    constexpr int kUsed = kVectors < kTerms ? kVectors : kTerms;
    constexpr int kPairs = kUsed < 2 ? 1 : 2;
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    FloatVec excess[kExcessChains];
    for (FloatVec& sum_of_chain : excess) sum_of_chain = hn::Zero(f);
    FloatVec other = largest;
    Sum sum = zero();
#pragma GCC unroll 16
    for (int begin = 0; begin < kVectors; begin += kUsed) {
      FloatVec x[kUsed];
      Exponential e[kUsed];
      XENT_FAST_EACH(kUsed) x[k] = source.load(f, (begin + k) * lanes);
      exps(x, e);
      if constexpr (kLookAhead) {
        XENT_FAST_EACH(kUsed) {
          FloatVec& m = k % 2 == 0 ? largest : other;
          m = hn::Max(next.load(f, (begin + k) * lanes), m);
        }
      }
      FloatVec terms[kPairs];
      XENT_FAST_EACH(kUsed) {
        terms[k % kPairs] = k < kPairs ? first_term(e[k]) : add_term(terms[k % kPairs], e[k]);
        excess[k] = settled(add_excess(excess[k], e[k]));
      }
      const Sum terms_sum = promoted(kPairs == 1 ? terms[0] : hn::Add(terms[0], terms[kPairs - 1]));
      sum.low = settled(begin == 0 ? terms_sum.low : hn::Add(sum.low, terms_sum.low));
      sum.high = settled(begin == 0 ? terms_sum.high : hn::Add(sum.high, terms_sum.high));
    }
    if constexpr (kLookAhead) largest = hn::Max(largest, other);
    if constexpr (kHasPowers) add(sum, hn::Add(hn::Add(excess[0], excess[1]), hn::Add(excess[2], excess[3])));
    return sum;
  }

  template <int n, class Exp>
  static HWY_INLINE void add_columns(ColumnSum& sum, const float* columns, const Exp& exp) {
    const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
    FloatVec x[n];
    XENT_FAST_EACH(n) x[k] = hn::Load(Floats(), columns + k * lanes);
    Exponential e[n];
    exp.of(x, e);
    sum.add_terms(e);
  }

  // Where all is masked, as in tail(); where a maximum is far, or a sum NaN, the tail is not normalised.
  HWY_INLINE DoubleVec max_of(DoubleVec max, DoubleVec sum, DoubleVec near, DoubleVec reference) const {
    const DoubleVec masked = hn::Set(Doubles(), static_cast<double>(kMinusInfinity));
    return hn::IfThenElse(hn::Eq(max, masked), max, hn::IfThenElse(is_near(max, sum), near, reference));
  }
  HWY_INLINE DoubleVec sum_of(DoubleVec max, DoubleVec sum, DoubleVec near) const {
    const DoubleVec masked = hn::Set(Doubles(), static_cast<double>(kMinusInfinity));
    const DoubleVec nothing = hn::Mul(sum, hn::Zero(Doubles()));
    return hn::IfThenElse(hn::Eq(max, masked), nothing, hn::IfThenElse(is_near(max, sum), near, sum));
  }
  HWY_INLINE hn::Mask<Doubles> is_near(DoubleVec max, DoubleVec sum) const {
    const DoubleVec largest = hn::Set(Doubles(), static_cast<double>(scale.largest_near));
    return hn::And(hn::Le(hn::Abs(max), largest), hn::IsFinite(sum));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_NARROW_SUM_INL_H
