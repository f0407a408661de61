// Rows of few classes, a row a lane, none of whose logits lies far from the others: as level_row-inl.h has
// long ones, all relative to one logit. Compiled once for every SIMD target.
#if defined(XENT_FAST_LEVEL_COLUMNS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_LEVEL_COLUMNS_INL_H
#undef XENT_FAST_LEVEL_COLUMNS_INL_H
#else
#define XENT_FAST_LEVEL_COLUMNS_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <optional>

#include "fast/columns-inl.h"
#include "fast/element.h"
#include "fast/exp-inl.h"
#include "fast/narrow_sum-inl.h"
#include "fast/row-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Where the tails of a vector of rows and the logits of their targets go.
struct TailsOut {
  double* max;
  double* sum;
  double* target_logit;
};

// The exponentials for all rows, relative to a logit of the first, `x`, that counts; none if that is far from
// 0, or not finite. Domain: classes >= 2.
template <class T>
HWY_INLINE std::optional<NarrowExp<false>> level_exp(const ExpScale& scale, const T* x, int64_t target) {
  const auto reference = static_cast<float>(to_double(x[target == 0 ? 1 : 0]));
  if (!NarrowExp<false>::is_in_domain(scale, reference)) return std::nullopt;
  return NarrowExp<false>(scale, reference);
}

// Whether sums are finite and, where of_most raises small terms, so large that these cannot be seen beside
// them: in binary32 not beside anything above 2^(kSumExponent + 25), and 32 such, for the 32 quads of a
// row, in binary64 not beside 2^53 times as much.
HWY_INLINE bool are_level(const Sum& sum) {
  constexpr double kLeast = kHasPowers ? 0 : 0x1p-8;
  static_assert(kShortClasses <= 32 * kQuad && kSumExponent + 25 + 5 + 53 < -8);
  const Doubles d;
  const bool has_high = hn::Lanes(Floats()) > hn::Lanes(d);
  const DoubleVec other = has_high ? sum.high : sum.low;
  const DoubleVec smaller = hn::Min(sum.low, other);
  const auto are_large = hn::Ge(smaller, hn::Set(d, kLeast));
  const auto are_finite = hn::And(hn::IsFinite(sum.low), hn::IsFinite(other));
  return hn::AllTrue(d, hn::And(are_large, are_finite));
}

// A vector of rows, a few classes at a time.
struct LevelColumns {
  const NarrowExp<false>& exp;
  hn::Vec<Ints> target;
  FloatVec target_logit;
  ColumnSum sum;
  hn::Vec<Ints> seen;

  // Adds the last n classes of the quad from class c on. What the target adds is 0 exactly.
  template <int n>
  HWY_INLINE void add(const FloatVec (&quad)[kQuad], int64_t c) {
    const Ints i;
    const hn::Vec<Ints> from_c = hn::Sub(target, hn::Set(i, static_cast<int32_t>(c)));
    FloatVec x[n];
    Exponential e[n];
    XENT_FAST_EACH(n) x[k] = quad[kQuad - n + k];
    exp.of_most(x, e, seen);
    XENT_FAST_EACH(n) {
      const auto at = hn::Set(i, static_cast<int32_t>(kQuad - n + k));
      const auto is_target = hn::RebindMask(Floats(), hn::Eq(from_c, at));
      target_logit = hn::IfThenElse(is_target, x[k], target_logit);
      e[k].power = hn::IfThenZeroElse(is_target, e[k].power);
    }
    sum.add_terms(e);
  }
};

// The tails of a vector of rows; gives false, and nothing else, if a logit is too far from the reference of
// exp. Domain: kQuad <= classes <= kShortClasses.
//
// Which way a row goes depends on its neighbours, its bits do not: NarrowSum::column_tails finds the same,
// since another reference changes nothing but exponents, its floors are too small to be seen beside the
// maximum, and both move the sum to [1, 2).
template <class T>
HWY_INLINE bool level_columns(const RowPerLane<T>& rows, int64_t classes, hn::Vec<Ints> target,
                              const NarrowExp<false>& exp, const TailsOut& out) {
  LevelColumns all = {exp, target, hn::Zero(Floats()), empty_columns(), hn::Zero(Ints())};
  FloatVec x[kQuad];
  int64_t c = 0;
  for (; c + kQuad <= classes; c += kQuad) {
    read_quad(rows, c, x);
    all.template add<kQuad>(x, c);
  }
  if (c < classes) {
    const int64_t at = classes - kQuad;
    read_quad(rows, at, x);
    if (classes - c == 1) all.template add<1>(x, at);
    if (classes - c == 2) all.template add<2>(x, at);
    if (classes - c == 3) all.template add<3>(x, at);
  }
  const Sum sum = all.sum.total();
  if (HWY_UNLIKELY(NarrowExp<false>::is_outside(all.seen) || !are_level(sum))) return false;
  const Normalised tails = normalised(sum);
  store(exp.references_above(tails.exponents), out.max);
  store(tails.fractions, out.sum);
  store_scaled(all.target_logit, exp.scale(), out.target_logit);
  return true;
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_LEVEL_COLUMNS_INL_H
