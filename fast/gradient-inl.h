// The gradient of a row by its logits, from its tail. Compiled once for every SIMD target.
#if defined(XENT_FAST_GRADIENT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_GRADIENT_INL_H
#undef XENT_FAST_GRADIENT_INL_H
#else
#define XENT_FAST_GRADIENT_INL_H
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "fast/conversions-inl.h"
#include "fast/element.h"
#include "fast/exp-inl.h"
#include "fast/kernel.h"
#include "fast/prefetch-inl.h"
#include "fast/row-inl.h"
#include "fast/short_gradients-inl.h"
#include "fast/tail.h"
#include "fast/wide_exp-inl.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// shares[r] = 1 / (sum + e^(x_t - max)): what e^(x_i - max) has to be multiplied by to be a probability.
//
// Domain: that of losses_of; where every other class is masked the share means nothing.
// Error: that of sum, and 2^-46: with e = e^-|max - x_t| it is 1 / (sum + e) or e / (sum e + 1), and neither
//   adds numbers of different signs.
HWY_INLINE void shares_of(const Tails& tails, int64_t rows, double* shares) {
  const Doubles f;
  const DoubleVec one = hn::Set(f, 1.0);
  for (int64_t r = 0; r < rows; r += static_cast<int64_t>(hn::Lanes(f))) {
    const DoubleVec sum = hn::Load(f, tails.sum + r);
    const DoubleVec d = hn::Sub(hn::Load(f, tails.max + r), hn::Load(f, tails.target_logit + r));
    const WideExpFactors factors = RelativeExp::of_difference(hn::Neg(hn::Abs(d)));
    const DoubleVec e = hn::Mul(factors.fraction, factors.scale);
    const auto loses = hn::Gt(d, hn::Zero(f));
    const DoubleVec divisor = hn::IfThenElse(loses, hn::Add(sum, e), hn::MulAdd(sum, e, one));
    hn::Store(hn::Div(hn::IfThenElse(loses, one, e), divisor), f, shares + r);
  }
}

// What every entry of a row but the target's is made from: exp gives them, but for their zeros.
struct ScaledRowGradient {
  NarrowExp<false> exp;
};
// The same for rows that have no such exponential.
template <bool kMayBeFar>
struct RowGradient {
  NarrowExp<kMayBeFar> exp;
  float factor;  // times kPowerUnit e^(x_i - reference)
};

// Entries of one row from logits x, in their place: e^(x - reference) factor; 0 for masked logits, but NaN
// where factor is.
template <bool kMayBeFar, int n>
HWY_INLINE void make_entries(const RowGradient<kMayBeFar>& row, FloatVec (&x)[n]) {
  const FloatVec factor = hn::Set(Floats(), row.factor);
  const FloatVec nothing = hn::Mul(factor, hn::Zero(Floats()));
  Exponential e[n];
  row.exp.of(x, e);
  XENT_FAST_EACH(n) {
    const auto is_nothing = row.exp.is_nothing(x[k]);
    // Subnormal products are slow. Settled, as the compiler sees that what is made of the 1 is not used.
    e[k].power = settled(hn::IfThenElse(is_nothing, hn::Set(Floats(), 1.0f), e[k].power));
    x[k] = hn::IfThenElse(is_nothing, nothing, e[k].times(factor));
  }
}

template <int n>
HWY_INLINE void make_entries(const ScaledRowGradient& row, FloatVec (&x)[n]) {
  Exponential e[n];
  hn::Vec<Ints> seen = hn::Zero(Ints());
  row.exp.of_most(x, e, seen);
  const bool may_be_nothing = NarrowExp<false>::is_outside(seen);
  XENT_FAST_EACH(n) {
    const FloatVec entry = e[k].rounded();
    x[k] = may_be_nothing ? hn::IfThenZeroElse(row.exp.is_nothing(x[k]), entry) : entry;
  }
}

// The same less a share, of label smoothing.
template <class Inner>
struct SmoothedRow {
  Inner inner;
  float share;
};
template <class Inner, int n>
HWY_INLINE void make_entries(const SmoothedRow<Inner>& row, FloatVec (&x)[n]) {
  make_entries(row.inner, x);
  XENT_FAST_EACH(n) x[k] = hn::Sub(x[k], hn::Set(Floats(), row.share));
}

// One entry that is known, and where: none for a position outside what is written.
struct KnownEntry {
  int64_t at;
  float value;

  bool is_within(int64_t count) const { return at >= 0 && at < count; }
  KnownEntry from(int64_t i) const { return {at - i, value}; }
};

// Less than a vector of entries.
template <class RowGradient>
HWY_INLINE void few_entries(const RowGradient& row, const float* x, int64_t count, float* out,
                            KnownEntry known) {
  const Floats f;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  // By instructions that touch nothing else; elsewhere Highway would.
  const auto used = hn::FirstN(f, static_cast<size_t>(count));
  FloatVec entries[1] = {hn::MaskedLoad(used, f, x)};
  make_entries(row, entries);
  hn::BlendedStore(entries[0], used, f, out);
#else
  alignas(64) float padded[kMaxLanes] = {};
  std::memcpy(padded, x, static_cast<size_t>(count) * sizeof(float));
  FloatVec entries[1] = {hn::Load(f, padded)};
  make_entries(row, entries);
  hn::Store(entries[0], f, padded);
  std::memcpy(out, padded, static_cast<size_t>(count) * sizeof(float));
#endif
  if (known.is_within(count)) out[known.at] = known.value;
}

// The entries of `n` consecutive vectors.
template <int n, bool streams, class RowGradient>
HWY_INLINE void some_entries(const RowGradient& row, const float* x, float* out, KnownEntry known) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  FloatVec entries[n];
  XENT_FAST_EACH(n) entries[k] = hn::LoadU(f, x + k * lanes);
  make_entries(row, entries);
  if (HWY_UNLIKELY(known.is_within(n * lanes))) {
    const FloatVec at = hn::Set(f, static_cast<float>(known.at));
    const FloatVec value = hn::Set(f, known.value);
    XENT_FAST_EACH(n) {
      const FloatVec places = hn::Iota(f, static_cast<float>(k * lanes));
      entries[k] = hn::IfThenElse(hn::Eq(places, at), value, entries[k]);
    }
  }
  XENT_FAST_EACH(n) {
    if constexpr (streams) {
      hn::Stream(entries[k], f, out + k * lanes);
    } else {
      hn::StoreU(entries[k], f, out + k * lanes);
    }
  }
}

// All entries of a row, or of a part of it. Where out is streamed to, each cache line is written once and in
// one way: an ordinary store to one that was just streamed has to wait until memory gives it back.
template <bool streams, class RowGradient>
HWY_NOINLINE void all_entries(const RowGradient& row, const float* x, int64_t classes, float* out,
                              KnownEntry known) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  if (classes < lanes) return few_entries(row, x, classes, out, known);
  int64_t i = 0;
  if constexpr (streams) {
    i = misaligned(out);
    if (i > 0) few_entries(row, x, i, out, known);
  }
  // What is not streamed fits in a cache.
  const Prefetch prefetch = streams ? prefetch_along_row<float>() : Prefetch{0};
  for (; i + kChains * lanes <= classes; i += kChains * lanes) {
    prefetch.beyond<kChains>(x + i);
    some_entries<kChains, streams>(row, x + i, out + i, known.from(i));
  }
  for (; i + lanes <= classes; i += lanes) some_entries<1, streams>(row, x + i, out + i, known.from(i));
  if (i < classes) few_entries(row, x + i, classes - i, out + i, known.from(i));
}

template <class RowGradient>
HWY_INLINE void gradient_row(const RowGradient& row, const Logits& logits, const Gradient& gradient,
                             KnownEntry known) {
  const bool is_narrow = gradient.format != XENT_BINARY32;
  if (!is_narrow && logits.format == XENT_BINARY32) {
    const auto* const x = static_cast<const float*>(logits.data);
    auto* const out = static_cast<float*>(gradient.data);
    if (gradient.streams) return all_entries<true>(row, x, logits.classes, out, known);
    return all_entries<false>(row, x, logits.classes, out, known);
  }
  alignas(64) float x[kConverted];
  alignas(64) float entries[kConverted];
  for (int64_t i = 0; i < logits.classes; i += kConverted) {
    const int64_t count = std::min(kConverted, logits.classes - i);
    float* const out = is_narrow ? entries : static_cast<float*>(gradient.data) + i;
    all_entries<false>(row, as_floats(logits.format, logits.data, i, count, x), count, out, known.from(i));
    if (is_narrow) store_narrow(gradient.format, out, i, count, gradient.data);
  }
}

// By what its entries are made from, less the share if there is one.
template <class RowGradient>
HWY_INLINE void gradient_row_less(double share, const RowGradient& row, const Logits& logits,
                                  const Gradient& gradient, KnownEntry known) {
  if (HWY_LIKELY(share == 0)) return gradient_row(row, logits, gradient, known);
  gradient_row(SmoothedRow<RowGradient>{row, static_cast<float>(share)}, logits, gradient, known);
}

// Up to it, no product of binary32 on the way to an entry overflows: powers are below 2^20, since no logit is
// more than ln 2 above the reference, times kPowerUnit. (A z-loss of logits near the largest float leads
// beyond.)
inline constexpr double kLargestRowFactor = 0x1p100;
static_assert(kPowerUnit < 0x1p19);

// The entries of a row whose factor is that large, in binary64.
HWY_NOINLINE void gradient_in_binary64(const Logits& row, const RowFactors& factors, const Gradient& gradient,
                                       KnownEntry known) {
  alignas(64) float x[kConverted];
  alignas(64) float entries[kConverted];
  for (int64_t begin = 0; begin < row.classes; begin += kConverted) {
    const int64_t count = std::min(kConverted, row.classes - begin);
    const float* const logits = as_floats(row.format, row.data, begin, count, x);
    const bool is_narrow = gradient.format != XENT_BINARY32;
    float* const out = is_narrow ? entries : static_cast<float*>(gradient.data) + begin;
    for (int64_t i = 0; i < count; ++i) {
      const double e = std::exp(row.scale * static_cast<double>(logits[i]) - factors.max) * kPowerUnit;
      out[i] = static_cast<float>(e * factors.factor - factors.share);
    }
    const KnownEntry here = known.from(begin);
    if (here.is_within(count)) out[here.at] = here.value;
    if (is_narrow) store_narrow(gradient.format, out, begin, count, gradient.data);
  }
}

// Shorter rows are over before powers that hold their factor pay.
inline constexpr int64_t kScaledClasses = 256;

// Of an ignored row.
HWY_INLINE void zero_entries(int64_t classes, const Gradient& out) {
  const size_t size = out.format == XENT_BINARY32 ? sizeof(float) : sizeof(hwy::bfloat16_t);
  int64_t i = 0;
  if (out.streams && out.format == XENT_BINARY32) {
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    auto* const entries = static_cast<float*>(out.data);
    const int64_t first = std::min(misaligned(entries), classes);
    std::fill_n(entries, first, 0.0f);
    for (i = first; i + lanes <= classes; i += lanes) hn::Stream(hn::Zero(f), f, entries + i);
  }
  std::memset(static_cast<char*>(out.data) + static_cast<size_t>(i) * size, 0,
              static_cast<size_t>(classes - i) * size);
}

// One row, whose target is relative to its classes. scale: that of the logits.
HWY_INLINE void one_gradient(const ExpScale& scale, const Logits& row, int64_t target,
                             const RowFactors& factors, const Gradient& out) {
  if (target == kIgnored) return zero_entries(row.classes, out);
  const KnownEntry known = {target, static_cast<float>(factors.target_entry)};
  if (HWY_UNLIKELY(std::abs(factors.factor) * kPowerUnit > kLargestRowFactor))
    return gradient_in_binary64(row, factors, out, known);
  const auto factor = static_cast<float>(factors.factor);
  const auto near = NarrowExp<false>::of_reference(scale, factors.max);
  const bool scales = near && row.classes >= kScaledClasses;
  const auto scaled = scales ? near->scaled(factors.factor * kPowerUnit) : std::nullopt;
  if (scaled) {
    gradient_row_less(factors.share, ScaledRowGradient{*scaled}, row, out, known);
  } else if (near) {
    gradient_row_less(factors.share, RowGradient<false>{*near, factor}, row, out, known);
  } else {
    const auto far = *NarrowExp<true>::of_reference(scale, factors.max);
    gradient_row_less(factors.share, RowGradient<true>{far, factor}, row, out, known);
  }
}

// Takes a share away from the entries of a short row.
HWY_INLINE void take_share(double share, int64_t classes, float* entries) {
  if (HWY_LIKELY(share == 0)) return;
  const auto rounded = static_cast<float>(share);
  for (int64_t c = 0; c < classes; ++c) entries[c] -= rounded;
}

// As many of the first rows as go together; gives how many.
HWY_INLINE int64_t gradients_together(const ExpScale& scale, const Logits& logits, const int64_t* targets,
                                      int64_t rows, const GradientFactors& factors,
                                      const Gradient& gradient) {
  constexpr int64_t kRows = ShortGradients::kRows;
  if (rows < kRows || !ShortGradients::take(logits, gradient)) return 0;
  const ShortGradients together(scale, logits.classes);
  const int64_t end = rows / kRows * kRows;
  for (int64_t first = 0; first < end; first += kRows) {
    auto* const out = static_cast<float*>(from(gradient, first, 0).data);
    const auto* const x = static_cast<const float*>(from(logits, first, 0, logits.classes).data);
    const bool are_done = together(x, factors, first, out);
    for (int64_t r = 0; r < kRows; ++r) {
      const int64_t row = first + r;
      if (!are_done) {
        one_gradient(scale, from(logits, row, 0, logits.classes), targets[row], factors.of_row(row),
                     from(gradient, row, 0));
      } else if (targets[row] >= 0) {
        take_share(factors.share[row], logits.classes, out + r * logits.classes);
        out[r * logits.classes + targets[row]] = static_cast<float>(factors.target_entry[row]);
      }
    }
  }
  return end;
}

// So many rows that a second pass finds their logits in the cache.
HWY_INLINE int64_t cached_rows(int64_t classes) {
  constexpr int64_t kCachedLogits = 1 << 15;
  return std::clamp<int64_t>(kCachedLogits / classes, 1, Tails::kRows);
}

HWY_INLINE void gradient_rows(const Logits& logits, const int64_t* targets, int64_t rows,
                              const GradientFactors& factors, const Gradient& gradient) {
  const ExpScale scale = exp_scale(logits);
  int64_t r = gradients_together(scale, logits, targets, rows, factors, gradient);
  for (; r < rows; ++r) {
    one_gradient(scale, from(logits, r, 0, logits.classes), targets[r], factors.of_row(r),
                 from(gradient, r, 0));
  }
  if (gradient.streams) hwy::FlushStream();
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_GRADIENT_INL_H
