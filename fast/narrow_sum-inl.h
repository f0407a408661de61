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
// In short rows, two chains of half as many.
inline constexpr int64_t kExcesses = 8;
static_assert(kExcesses / 2 + 1 <= kExcessRoundings);

struct NarrowSum {
  using Shift = NarrowExp<true>;

  static double rescaling(float max, float larger) {
    return std::exp(Shift(max).reference() - Shift(larger).reference());
  }

  static Tail tail(float max, double total) {
    // What the floor of NarrowExp made of masked logits does not count; NaN does.
    if (max == kMinusInfinity) return {static_cast<double>(max), 0 * total};
    return {Shift(max).reference(), total * (1 / kPowerUnit)};
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
  static HWY_INLINE void column_tails(const float* columns, int64_t classes, FloatVec column_max,
                                      double* maxima, double* sums) {
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    const auto is_masked = hn::Eq(column_max, hn::Set(f, kMinusInfinity));
    const NarrowExp<true> exp(hn::IfThenZeroElse(is_masked, column_max));
    Sum sum = zero();
    for (int64_t begin = 0; begin < classes; begin += kExcesses) {
      const int64_t end = classes - begin < kExcesses ? classes : begin + kExcesses;
      FloatVec excess[2] = {hn::Zero(f), hn::Zero(f)};
      int64_t c = begin;
      for (; end - c >= kTerms; c += kTerms) add_columns<kTerms>(sum, columns + c * lanes, exp, excess);
      if (end - c >= 2) {
        add_columns<2>(sum, columns + c * lanes, exp, excess);
        c += 2;
      }
      if (c < end) add_columns<1>(sum, columns + c * lanes, exp, excess);
      if constexpr (kHasPowers) add(sum, hn::Add(excess[0], excess[1]));
    }
    multiply(sum, 1 / kPowerUnit);
    const Sum max = promoted(column_max);
    const Sum reference = exp.references();
    store({unless_masked(max.low, reference.low, max.low), unless_masked(max.high, reference.high, max.high)},
          maxima);
    // As in tail().
    const DoubleVec nothing = hn::Zero(Doubles());
    store({unless_masked(max.low, sum.low, hn::Mul(sum.low, nothing)),
           unless_masked(max.high, sum.high, hn::Mul(sum.high, nothing))},
          sums);
  }

 private:
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
        excess[k] = add_excess(excess[k], e[k]);
        settle(excess[k]);
      }
      const Sum terms_sum = promoted(kPairs == 1 ? terms[0] : hn::Add(terms[0], terms[kPairs - 1]));
      if (begin == 0) {
        sum = terms_sum;
      } else {
        add(sum, terms_sum);
      }
      settle(sum.low);
      settle(sum.high);
    }
    if constexpr (kLookAhead) largest = hn::Max(largest, other);
    if constexpr (kHasPowers) add(sum, hn::Add(hn::Add(excess[0], excess[1]), hn::Add(excess[2], excess[3])));
    return sum;
  }

  // The sum, and one of excesses, plus the exponentials of n columns.
  template <int n, class Exp>
  static HWY_INLINE void add_columns(Sum& sum, const float* columns, const Exp& exp, FloatVec (&excess)[2]) {
    constexpr int kPairs = n < 2 ? 1 : 2;
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    FloatVec x[n];
    Exponential e[n];
    XENT_FAST_EACH(n) x[k] = hn::Load(f, columns + k * lanes);
    exp.of(x, e);
    FloatVec terms[kPairs];
    XENT_FAST_EACH(n) {
      terms[k % kPairs] = k < kPairs ? first_term(e[k]) : add_term(terms[k % kPairs], e[k]);
      excess[k % 2] = add_excess(excess[k % 2], e[k]);
    }
    add(sum, kPairs == 1 ? terms[0] : hn::Add(terms[0], terms[kPairs - 1]));
  }

  static HWY_INLINE DoubleVec unless_masked(DoubleVec max, DoubleVec yes, DoubleVec no) {
    const DoubleVec masked = hn::Set(Doubles(), -std::numeric_limits<double>::infinity());
    return hn::IfThenElse(hn::Eq(max, masked), no, yes);
  }

  // In binary64: the roundings are 2^-29 u each and count for nothing.
  static HWY_INLINE void add(Sum& sum, const Sum& terms) {
    sum.low = hn::Add(sum.low, terms.low);
    sum.high = hn::Add(sum.high, terms.high);
  }
  static HWY_INLINE void add(Sum& sum, FloatVec x) {
    add(sum, promoted(x));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_NARROW_SUM_INL_H
