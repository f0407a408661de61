#include "fast/wide_kernel.h"

#include <algorithm>
#include <cmath>
#include <cstring>

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

// Relative error of a loss, but for those of the polynomial and of the largest logits.
//
// In units of 2^-53: what is in proportion to |x_i - m| is at most 2.4 ln C, since ln C bounds the mean of m
// - x_i under the softmax, and ln C <= 25 for C < 2^36; 4 for the evaluation of the exponential; 33 additions
// within a group, of the row's end, and across lanes, or 127 in a column, where ln C <= 5; normalisation and
// losses_of are granted 16 each: below 2^-45 in all. Then for every block two additions and perhaps a
// rescaling, granted 4; beyond C = 2^36 these outweigh ln C by far.
double accumulated_error(int64_t classes) {
  const int64_t block = kBlockGroups * kGroup * static_cast<int64_t>(hn::Lanes(Floats()));
  return 0x1p-45 + 6 * 0x1p-53 * (static_cast<double>(classes) / static_cast<double>(block) + 1);
}

// The error that comes from the size of the logits. AbsoluteExp: 1.4 |x_i|, |x_i| <= |m| + (m - x_i).
double offset_error(Effort effort, double max) {
  if (effort == Effort::more) return 0;
  return std::fabs(max) <= AbsoluteExp::kLargestMax ? 2 * 0x1p-53 * std::fabs(max) : kUnknown;
}

// The error of e^d, d = m - x_t, and of d itself (losses-inl.h): a loss S e^d is as far off, max(0, d) + t is
// not. Beyond kFar the loss is 0 or below 2^-900.
double gap_error(double d) {
  constexpr double kFar = 1000;
  return d < 0 ? 2.4 * 0x1p-53 * (d > -kFar ? -d : kFar) : 0;
}

void wide_losses_of_rows(const Tails& tails, int64_t rows, int64_t classes, Effort effort, double* losses,
                         double* errors) {
  losses_of<InFull>(tails, rows, losses);
  const double error = accumulated_error(classes) +
                       (effort == Effort::more ? kLongPolynomialError : kShortPolynomialError) +
                       kLongPolynomialError;  // of losses_of
  for (int64_t r = 0; r < rows; ++r)
    errors[r] = error + offset_error(effort, tails.max[r]) + gap_error(tails.max[r] - tails.target_logit[r]);
}

// A tail of small logits may be merged with one of moderate logits, so it has to be right as well.
Tail wide_row_tail_of(const Logits& logits, int64_t target, Effort effort) {
  static_assert(kMaxLanes <= kShortestWideRow);
  const Row<float> row = {static_cast<const float*>(logits.data), logits.classes, target,
                          prefetch_along_row<float>()};
  if (effort == Effort::usual) {
    const Tail tail = row_tail(WideSum<AbsoluteExp>(), row);
    if (std::fabs(tail.max) <= AbsoluteExp::kLargestMax) return tail;
  }
  return row_tail(WideSum<RelativeExp>(), row);
}

void wide_tails_of_rows(const Logits& logits, const int64_t* targets, int64_t rows, Effort effort,
                        Tails& tails) {
  if (effort == Effort::more) {
    row_tails<float>(WideSum<RelativeExp>(), logits, targets, rows, tails);
  } else {
    row_tails<float>(WideSum<AbsoluteExp>(), logits, targets, rows, tails);
  }
}

void wide_softmax_cross_entropy_rows(const Logits& logits, const int64_t* targets, int64_t rows,
                                     Effort effort, double* losses, double* errors) {
  // Short rows are always given RelativeExp.
  if (logits.classes <= kShortClasses) effort = Effort::more;
  Tails tails;
  for (int64_t r = 0; r < rows; r += Tails::kRows) {
    const int64_t count = rows - r < Tails::kRows ? rows - r : Tails::kRows;
    wide_tails_of_rows(from(logits, r, 0, logits.classes), targets + r, count, effort, tails);
    wide_losses_of_rows(tails, count, logits.classes, effort, losses + r, errors + r);
  }
}

// In units of 2^-53, as above: ln C bounds the mean distance from the maximum; 4 for exponentials, 33 for
// additions or, in a column, one a class, and 6 a block.
double tail_error_of_classes(int64_t classes) {
  const int64_t block = kBlockGroups * kGroup * static_cast<int64_t>(hn::Lanes(Floats()));
  const auto n = static_cast<double>(classes);
  const double additions = classes <= kShortClasses ? std::max(n, 33.0) : 33;
  const double units = 2.4 * std::log(n) + 4 + additions + 6 * (n / static_cast<double>(block) + 1);
  return kLongPolynomialError + units * 0x1p-53;
}

static_assert(kLongExpError == kLongPolynomialError + 4 * 0x1p-53);

using HalfFloats = hn::Rebind<float, Doubles>;

// The ends of a vector of entries less and more their errors, each rounded to binary32.
struct RoundedEnds {
  hn::Vec<HalfFloats> least;
  hn::Vec<HalfFloats> most;
};

// x - max, or less than what leaves anything: 0 times an infinite error would be NaN.
HWY_INLINE DoubleVec below_max(hn::Vec<HalfFloats> x, double max) {
  const Doubles f;
  return at_least(hn::Set(f, -1000.0), hn::Sub(hn::PromoteTo(f, x), hn::Set(f, max)));
}

HWY_INLINE DoubleVec exponential(DoubleVec d) {
  const WideExpFactors e = RelativeExp::of_difference(d);
  return hn::Mul(e.fraction, e.scale);
}

HWY_INLINE RoundedEnds rounded_ends(hn::Vec<HalfFloats> x, const WideEntries& entries) {
  const Doubles f;
  const HalfFloats h;
  const DoubleVec d = below_max(x, entries.max);
  const DoubleVec entry = hn::Mul(exponential(d), hn::Set(f, entries.factor));
  const DoubleVec error = hn::NegMulAdd(d, hn::Set(f, entries.error_per_nat), hn::Set(f, entries.error));
  return {hn::DemoteTo(h, hn::NegMulAdd(entry, error, entry)),
          hn::DemoteTo(h, hn::MulAdd(entry, error, entry))};
}

// Notes which lanes of vector `at`, from lane `first` on, are open.
HWY_NOINLINE int64_t note_open(const RoundedEnds& ends, int64_t at, int64_t first, int64_t* open) {
  const HalfFloats h;
  alignas(64) float least[kMaxLanes] = {};
  alignas(64) float most[kMaxLanes] = {};
  hn::Store(ends.least, h, least);
  hn::Store(ends.most, h, most);
  int64_t count = 0;
  for (auto k = first; k < static_cast<int64_t>(hn::Lanes(h)); ++k) {
    if (!(least[k] == most[k])) open[count++] = at + k;
  }
  return count;
}

// Entries of the vector at `at`, of which those before lane `first` have been noted.
HWY_INLINE int64_t write_entries(const float* x, int64_t at, int64_t first, const WideEntries& entries,
                                 float* out, int64_t* open) {
  const HalfFloats h;
  const RoundedEnds ends = rounded_ends(hn::LoadU(h, x + at), entries);
  hn::StoreU(ends.most, h, out + at);
  if (HWY_LIKELY(hn::AllTrue(h, hn::Eq(ends.least, ends.most)))) return 0;
  return note_open(ends, at, first, open);
}

int64_t wide_entries_of(const float* x, int64_t count, const WideEntries& entries, float* out,
                        int64_t* open) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(HalfFloats()));
  if (count < lanes) {
    // Behind the entries, those of masked logits, which are never open.
    alignas(64) float padded[kMaxLanes];
    alignas(64) float padded_out[kMaxLanes];
    std::fill_n(padded, kMaxLanes, kMinusInfinity);
    std::copy_n(x, count, padded);
    const int64_t open_count = write_entries(padded, 0, 0, entries, padded_out, open);
    std::copy_n(padded_out, count, out);
    return open_count;
  }
  int64_t open_count = 0;
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    open_count += write_entries(x, i, 0, entries, out, open + open_count);
  if (i == count) return open_count;
  return open_count + write_entries(x, count - lanes, lanes - (count - i), entries, out, open + open_count);
}

void wide_exps_of(const float* x, int64_t count, double max, double* values) {
  alignas(64) float padded[kMaxLanes] = {};
  alignas(64) double exps[kMaxLanes];
  for (int64_t i = 0; i < count; ++i) {
    padded[0] = x[i];
    hn::Store(exponential(below_max(hn::Load(HalfFloats(), padded), max)), Doubles(), exps);
    values[i] = exps[0];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace xent::fast {

HWY_EXPORT(wide_softmax_cross_entropy_rows);
HWY_EXPORT(wide_tails_of_rows);
HWY_EXPORT(wide_row_tail_of);
HWY_EXPORT(wide_losses_of_rows);
HWY_EXPORT(tail_error_of_classes);
HWY_EXPORT(wide_entries_of);
HWY_EXPORT(wide_exps_of);

void wide_softmax_cross_entropy(const Logits& logits, const int64_t* targets, int64_t rows, Effort effort,
                                double* losses, double* errors) {
  HWY_DYNAMIC_DISPATCH(wide_softmax_cross_entropy_rows)(logits, targets, rows, effort, losses, errors);
}

void wide_tails(const Logits& logits, const int64_t* targets, int64_t rows, Effort effort, Tails& tails) {
  HWY_DYNAMIC_DISPATCH(wide_tails_of_rows)(logits, targets, rows, effort, tails);
}

Tail wide_tail_of(const Logits& logits, int64_t target, Effort effort) {
  return HWY_DYNAMIC_DISPATCH(wide_row_tail_of)(logits, target, effort);
}

void wide_losses_of_tails(const Tails& tails, int64_t rows, int64_t classes, Effort effort, double* losses,
                          double* errors) {
  HWY_DYNAMIC_DISPATCH(wide_losses_of_rows)(tails, rows, classes, effort, losses, errors);
}

double wide_tail_error(int64_t classes) {
  return HWY_DYNAMIC_DISPATCH(tail_error_of_classes)(classes);
}

int64_t wide_entries(const float* x, int64_t count, const WideEntries& entries, float* out, int64_t* open) {
  return HWY_DYNAMIC_DISPATCH(wide_entries_of)(x, count, entries, out, open);
}

void wide_exp_each(const float* x, int64_t count, double max, double* values) {
  HWY_DYNAMIC_DISPATCH(wide_exps_of)(x, count, max, values);
}

}  // namespace xent::fast
#endif  // HWY_ONCE
