// One row of logits none of which lies far above the first: all exponentials are taken relative to it, and no
// maximum is looked for. Compiled once for every SIMD target.
#if defined(XENT_FAST_LEVEL_ROW_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_LEVEL_ROW_INL_H
#undef XENT_FAST_LEVEL_ROW_INL_H
#else
#define XENT_FAST_LEVEL_ROW_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <optional>

#include "fast/element.h"
#include "fast/exp-inl.h"
#include "fast/narrow_sum-inl.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The sum of e^(x - reference) over what it visits.
struct LevelSum {
  NarrowExp<false> exp;
  Sum sum;
  Prefetch prefetch;
  bool has_low = false;  // masked logits, most likely: then there are more of them
  bool is_level = true;  // no logit was found to be too far above the reference

  template <int kVectors, class Source>
  HWY_INLINE void operator()(Source source) {
    prefetch.beyond<kVectors>(source.x);
    if (!kHasPowers) {
      is_level &= NarrowSum::add_most<kVectors>(sum, source, exp);
      return;
    }
    if (HWY_LIKELY(!Source::kHides && !has_low)) {
      if (HWY_LIKELY(NarrowSum::add_most<kVectors>(sum, source, exp))) return;
      has_low = true;
    }
    NarrowSum::add_group<kVectors>(sum, source, exp);
  }
};

// The tail of a row, unless it is not level.
//
// The reference is one of the logits that are summed, so not above the maximum: what the floor of NarrowExp
// makes of small terms is as little as ever. All are summed, and then, if none was too far above it, moved to
// a reference from which the sum is in [1, 2), which is exact: so errors are in proportion to the distance
// from there. Domain: row.classes >= 2 and the lanes of Floats.
template <class T>
HWY_NOINLINE std::optional<Tail> level_row_tail(const ExpScale& scale, const Row<T>& row) {
  const auto reference = static_cast<float>(to_double(row.x[row.target == 0 ? 1 : 0]));
  if (!NarrowExp<false>::is_in_domain(scale, reference)) return std::nullopt;
  LevelSum level = {NarrowExp<false>(scale, reference), zero(), row.prefetch};
  visit_classes(row, 0, row.classes, level);
  const double sum = total(level.sum) * (1 / kPowerUnit);
  if (!level.is_level || !std::isfinite(sum)) return std::nullopt;
  const int k = exponent_of(sum);
  return Tail{level.exp.reference_above(k), sum * two_to_the(-k)};
}

// The tail of any row.
template <class T>
HWY_INLINE Tail narrow_row_tail(const ExpScale& scale, const Row<T>& row) {
  const std::optional<Tail> tail = level_row_tail(scale, row);
  return HWY_LIKELY(tail) ? *tail : row_tail(NarrowSum{scale}, row);
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_LEVEL_ROW_INL_H
