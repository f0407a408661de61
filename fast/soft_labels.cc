#include "fast/soft_labels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fast/soft_labels.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h, which includes this file once for every target.
#include <cmath>
#include <cstring>

#include "fast/conversions-inl.h"
#include "fast/element.h"
#include "fast/exp-inl.h"
#include "fast/prefetch-inl.h"
#include "fast/row-inl.h"
#include "fast/soft_masses.h"
#include "hwy/cache_control.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Sums of masses, and of what they multiply, in lanes.
struct LaneTotals {
  Sum surprisal;
  Sum mass;
};

HWY_INLINE DoubleVec masses_of(DoubleVec labels, const MassRule& rule) {
  const Doubles d;
  return hn::MulAdd(labels, hn::Set(d, rule.factor), hn::Set(d, rule.share));
}

HWY_INLINE void add_masses(DoubleVec masses, DoubleVec x, double max, DoubleVec& surprisal,
                           DoubleVec& total) {
  const Doubles d;
  const DoubleVec behind = hn::Sub(hn::Set(d, max), x);
  const auto is_nothing = hn::Eq(masses, hn::Zero(d));  // also of an infinity
  surprisal = hn::MulAdd(masses, hn::IfThenZeroElse(is_nothing, behind), surprisal);
  total = hn::Add(total, masses);
}

HWY_INLINE void add_vector(FloatVec x, FloatVec y, double max, const MassRule& rule, LaneTotals& totals) {
  const Sum logits = promoted(x);
  const Sum labels = promoted(y);
  add_masses(masses_of(labels.low, rule), logits.low, max, totals.surprisal.low, totals.mass.low);
  // Of a single float there is no upper half.
  if constexpr (HWY_TARGET != HWY_SCALAR)
    add_masses(masses_of(labels.high, rule), logits.high, max, totals.surprisal.high, totals.mass.high);
}

// The first `count` places of a vector.
HWY_INLINE void add_few(const float* x, const float* y, int64_t count, double max, const MassRule& rule,
                        LaneTotals& totals) {
  const Doubles d;
  const auto half = static_cast<int64_t>(hn::Lanes(d));
  const Sum logits = promoted(load_few(x, count));
  const Sum labels = promoted(load_few(y, count));
  const auto in_low = hn::FirstN(d, static_cast<size_t>(std::min(count, half)));
  const auto in_high = hn::FirstN(d, static_cast<size_t>(std::max<int64_t>(count - half, 0)));
  add_masses(hn::IfThenElseZero(in_low, masses_of(labels.low, rule)), logits.low, max, totals.surprisal.low,
             totals.mass.low);
  add_masses(hn::IfThenElseZero(in_high, masses_of(labels.high, rule)), logits.high, max,
             totals.surprisal.high, totals.mass.high);
}

HWY_INLINE void add(const LaneTotals& other, LaneTotals& totals) {
  totals.surprisal.low = hn::Add(totals.surprisal.low, other.surprisal.low);
  totals.surprisal.high = hn::Add(totals.surprisal.high, other.surprisal.high);
  totals.mass.low = hn::Add(totals.mass.low, other.mass.low);
  totals.mass.high = hn::Add(totals.mass.high, other.mass.high);
}

HWY_INLINE MassTotals totals_of_floats(const float* x, const float* y, int64_t count, double max,
                                       const MassRule& rule) {
  constexpr int kSums = 4;
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  LaneTotals all = {zero(), zero()};
  int64_t i = 0;
  if (count >= kSums * lanes) {
    LaneTotals sums[kSums];
    XENT_FAST_EACH(kSums) sums[k] = {zero(), zero()};
    // Logits have been seen.
    const Prefetch prefetch = prefetch_along_row<float>();
    for (; i + kSums * lanes <= count; i += kSums * lanes) {
      prefetch.beyond<kSums>(y + i);
      XENT_FAST_EACH(kSums) {
        const int64_t at = i + k * lanes;
        add_vector(hn::LoadU(f, x + at), hn::LoadU(f, y + at), max, rule, sums[k]);
      }
    }
    XENT_FAST_EACH(kSums) add(sums[k], all);
  }
  for (; i + lanes <= count; i += lanes) add_vector(hn::LoadU(f, x + i), hn::LoadU(f, y + i), max, rule, all);
  if (i < count) add_few(x + i, y + i, count - i, max, rule, all);
  return {total(all.surprisal), total(all.mass)};
}

// Surprisals are those of what is stored, and so is max.
HWY_INLINE MassTotals totals_of_row(const Logits& row, const Labels& labels, double max,
                                    const MassRule& rule) {
  if (row.format == XENT_BINARY32 && labels.format == XENT_BINARY32) {
    return totals_of_floats(static_cast<const float*>(row.data), static_cast<const float*>(labels.data),
                            row.classes, max, rule);
  }
  alignas(64) float x[kConverted];
  alignas(64) float y[kConverted];
  MassTotals totals;
  for (int64_t i = 0; i < row.classes; i += kConverted) {
    const int64_t count = std::min(kConverted, row.classes - i);
    totals.add(totals_of_floats(as_floats(row.format, row.data, i, count, x),
                                as_floats(labels.format, labels.data, i, count, y), count, max, rule));
  }
  return totals;
}

void totals_of_rows(const Logits& logits, const Labels& labels, int64_t rows, const double* max,
                    const MassRule& rule, MassTotals* totals) {
  for (int64_t r = 0; r < rows; ++r) {
    totals[r] = totals_of_row(from(logits, r, 0, logits.classes), from(labels, r, 0, labels.classes),
                              static_cast<double>(stored(logits, max[r])), rule);
    totals[r].surprisal *= logits.scale;
  }
}

// entries -= the masses, but where logits are masked.
HWY_NOINLINE void take_from_floats(const float* x, const float* y, int64_t count, const MassRule& rule,
                                   float* entries) {
  const Floats f;
  const auto lanes = static_cast<int64_t>(hn::Lanes(f));
  const auto factor = static_cast<float>(rule.factor);
  const auto share = static_cast<float>(rule.share);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const FloatVec entry = hn::LoadU(f, entries + i);
    const FloatVec of_label = hn::NegMulAdd(hn::Set(f, factor), hn::LoadU(f, y + i), entry);
    const FloatVec rest = hn::Sub(of_label, hn::Set(f, share));
    const auto is_masked = hn::Eq(hn::LoadU(f, x + i), hn::Set(f, kMinusInfinity));
    hn::StoreU(hn::IfThenElse(is_masked, entry, rest), f, entries + i);
  }
  for (; i < count; ++i) {
    if (x[i] != kMinusInfinity) entries[i] = std::fma(-factor, y[i], entries[i]) - share;
  }
}

// The same entries in binary64, from the beginning. scale: that of the logits.
void entries_in_binary64(const float* x, const float* y, int64_t count, double scale,
                         const RowFactors& factors, const MassRule& rule, float* entries) {
  for (int64_t i = 0; i < count; ++i) {
    const double e = std::exp(scale * static_cast<double>(x[i]) - factors.max) * kPowerUnit;
    const double mass = x[i] == kMinusInfinity ? 0 : rule.of(static_cast<double>(y[i]));
    entries[i] = static_cast<float>(e * factors.factor - mass);
  }
}

// From e^(x_i - max) factor to entries.
void finish_entries(const Logits& row, const Labels& labels, const RowFactors& factors, const MassRule& rule,
                    bool in_binary64, float* entries) {
  alignas(64) float x_buffer[kConverted];
  alignas(64) float y_buffer[kConverted];
  for (int64_t i = 0; i < row.classes; i += kConverted) {
    const int64_t count = std::min(kConverted, row.classes - i);
    const float* const x = as_floats(row.format, row.data, i, count, x_buffer);
    const float* const y = as_floats(labels.format, labels.data, i, count, y_buffer);
    if (in_binary64) {
      entries_in_binary64(x, y, count, row.scale, factors, rule, entries + i);
    } else {
      take_from_floats(x, y, count, rule, entries + i);
    }
  }
}

// Entries to where they belong.
void put_entries(const float* entries, int64_t count, const Gradient& gradient) {
  if (gradient.format != XENT_BINARY32)
    return store_narrow(gradient.format, entries, 0, count, gradient.data);
  auto* const out = static_cast<float*>(gradient.data);
  int64_t i = 0;
  if (gradient.streams) {
    const Floats f;
    const auto lanes = static_cast<int64_t>(hn::Lanes(f));
    i = std::min(misaligned(out), count);
    std::memcpy(out, entries, static_cast<size_t>(i) * sizeof(float));
    for (; i + lanes <= count; i += lanes) hn::Stream(hn::LoadU(f, entries + i), f, out + i);
    hwy::FlushStream();
  }
  std::memcpy(out + i, entries + i, static_cast<size_t>(count - i) * sizeof(float));
}

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <numeric>

#include "fast/row_parts.h"
#include "fast/segments.h"

namespace xent::fast {

HWY_EXPORT(totals_of_rows);
HWY_EXPORT(finish_entries);
HWY_EXPORT(put_entries);

namespace {

// Entries that are made at a time.
constexpr int64_t kEntries = 4096;

int64_t rows_at_a_time(int64_t classes) {
  return std::clamp<int64_t>(kEntries / classes, 1, Tails::kRows);
}

// Up to it and from its reciprocal on, products of binary32 with a scale neither overflow nor lose digits.
constexpr double kLargestScale = 0x1p100;

// What losses and gradients of a batch of rows are made from: the largest logits stand for targets.
struct SoftRows {
  int64_t places[Tails::kRows];
  Tails tails;
  MassTotals totals[Tails::kRows];
};

// Of long rows by segments, as threads that share them do.
void add_up_labels(const Logits& logits, const Labels& labels, int64_t rows, const MassRule& rule,
                   SoftRows& soft) {
  const int segments = segments_of(logits.classes);
  const double* const max = soft.tails.target_logit;
  if (segments == 1)
    return HWY_DYNAMIC_DISPATCH(totals_of_rows)(logits, labels, rows, max, rule, soft.totals);
  for (int64_t r = 0; r < rows; ++r) {
    soft.totals[r] = {};
    for (int s = 0; s < segments; ++s) {
      const auto [begin, classes] = segment(logits.classes, s);
      MassTotals part;
      HWY_DYNAMIC_DISPATCH(totals_of_rows)
      (from(logits, r, begin, classes), from(labels, r, begin, classes), 1, max + r, rule, &part);
      soft.totals[r].add(part);
    }
  }
}

// The losses of the rows, from those of their largest logits.
void add_labels(const SoftRows& soft, int64_t rows, const Terms& terms, double* losses) {
  for (int64_t r = 0; r < rows; ++r) {
    const double lse = terms.z_loss == 0 ? 0 : soft.tails.target_logit[r] + losses[r];
    losses[r] = losses[r] * soft.totals[r].mass + soft.totals[r].surprisal + terms.z_loss * (lse * lse);
  }
}

// losses: of the largest logits.
void factors_of(const SoftRows& soft, const Labels& labels, int64_t rows, const Terms& terms,
                const double* scales, const double* losses, GradientFactors& factors) {
  const MassRule rule(terms);
  double of_probability[Tails::kRows] = {};
  double beside_probability[Tails::kRows] = {};
  for (int64_t r = 0; r < rows; ++r) {
    const double slope = terms.z_loss == 0 ? 0 : 2 * terms.z_loss * (soft.tails.target_logit[r] + losses[r]);
    const double mass = rule.of(logit_of(from(labels, r, 0, labels.classes), soft.places[r]));
    of_probability[r] = (soft.totals[r].mass + slope) * scales[r];
    beside_probability[r] = ((soft.totals[r].mass - mass) + slope) * scales[r];
  }
  factors_of_tails(soft.tails, soft.places, rows, of_probability, factors);
  // p f - mass = f - mass - f (1 - p).
  for (int64_t r = 0; r < rows; ++r) factors.target_entry[r] += beside_probability[r];
}

// Entries of a row, or of a part of it with the largest logit at `place`, from e^(x_i - max) factor.
void finish(const Logits& row, const Labels& labels, int64_t place, const RowFactors& factors,
            const MassRule& rule, double scale, float* entries) {
  const double size = std::fabs(scale);
  const bool is_moderate = size == 0 || (size <= kLargestScale && size >= 1 / kLargestScale);
  HWY_DYNAMIC_DISPATCH(finish_entries)(row, labels, factors, rule.times(scale), !is_moderate, entries);
  if (place >= 0) entries[place] = static_cast<float>(factors.target_entry);
}

void gradient_of_classes(const Logits& row, const Labels& labels, int64_t place, const RowFactors& factors,
                         const MassRule& rule, double scale, const Gradient& gradient) {
  alignas(64) float entries[kEntries];
  for (int64_t begin = 0; begin < row.classes; begin += kEntries) {
    const int64_t count = std::min(kEntries, row.classes - begin);
    const Logits some = from(row, 0, begin, count);
    gradient_of_row(some, kNoTarget, factors, {entries, kEntries});
    finish(some, from(labels, 0, begin, count), within(place, begin, begin + count), factors, rule, scale,
           entries);
    HWY_DYNAMIC_DISPATCH(put_entries)(entries, count, from(gradient, 0, begin));
  }
}

void gradient_of_short_rows(const Logits& logits, const Labels& labels, const SoftRows& soft, int64_t rows,
                            const GradientFactors& factors, const MassRule& rule, const double* scales,
                            const Gradient& gradient) {
  alignas(64) float entries[kEntries];
  int64_t targets[Tails::kRows];
  std::fill_n(targets, rows, kNoTarget);
  gradient_of_rows(logits, targets, rows, factors, {entries, logits.classes});
  for (int64_t r = 0; r < rows; ++r) {
    float* const row = entries + r * logits.classes;
    finish(from(logits, r, 0, logits.classes), from(labels, r, 0, logits.classes), soft.places[r],
           factors.of_row(r), rule, scales[r], row);
    HWY_DYNAMIC_DISPATCH(put_entries)(row, logits.classes, from(gradient, r, 0));
  }
}

// At most rows_at_a_time of them; without gradient, scales are not read.
void answer(const Logits& logits, const Labels& labels, int64_t rows, const Terms& terms,
            const double* scales, double* losses, const Gradient* gradient) {
  const MassRule rule(terms);
  SoftRows soft;
  places_of_largest(logits, rows, soft.places);
  tails_of(logits, soft.places, rows, soft.tails);
  losses_of_tails(soft.tails, rows, losses);
  add_up_labels(logits, labels, rows, rule, soft);
  if (gradient != nullptr) {
    GradientFactors factors;
    factors_of(soft, labels, rows, terms, scales, losses, factors);
    if (logits.classes <= kEntries) {
      gradient_of_short_rows(logits, labels, soft, rows, factors, rule, scales, *gradient);
    } else {
      gradient_of_classes(logits, labels, soft.places[0], factors.of_row(0), rule, scales[0], *gradient);
    }
  }
  add_labels(soft, rows, terms, losses);
}

void answer_all(const Logits& logits, const Labels& labels, int64_t rows, const Terms& terms,
                const double* scales, double* losses, const Gradient* gradient) {
  const int64_t batch = rows_at_a_time(logits.classes);
  for (int64_t first = 0; first < rows; first += batch) {
    Gradient some;
    if (gradient != nullptr) some = from(*gradient, first, 0);
    answer(from(logits, first, 0, logits.classes), from(labels, first, 0, labels.classes),
           std::min(batch, rows - first), terms, scales + first, losses + first,
           gradient != nullptr ? &some : nullptr);
  }
}

}  // namespace

void soft_cross_entropy(const Logits& logits, const Labels& labels, int64_t rows, const Terms& terms,
                        double* losses) {
  answer_all(logits, labels, rows, terms, losses, losses, nullptr);
}

void soft_cross_entropy_gradient(const Logits& logits, const Labels& labels, int64_t rows, const Terms& terms,
                                 const double* scales, double* losses, const Gradient& gradient) {
  answer_all(logits, labels, rows, terms, scales, losses, &gradient);
}

void soft_cross_entropy_by_segments(const xent_problem& problem, const Terms& terms, const double* scales,
                                    double* losses, const Gradient* gradient) {
  const Logits logits = all_logits(problem);
  const Labels labels = all_labels(problem);
  const MassRule rule(terms);
  SoftRows soft;
  places_of_segments(problem, soft.places);
  soft.tails = tails_of_segments(problem, soft.places, tail_of);
  losses_of_tails(soft.tails, problem.rows, losses);
  MassTotals parts[kMaxParts];
  for_each_segment(problem, [&](int part, int64_t row, int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(totals_of_rows)
    (from(logits, row, begin, end - begin), from(labels, row, begin, end - begin), 1,
     soft.tails.target_logit + row, rule, parts + part);
  });
  const int segments = segments_of(problem.classes);
  for (int64_t row = 0; row < problem.rows; ++row) {
    soft.totals[row] = {};
    for (int s = 0; s < segments; ++s) soft.totals[row].add(parts[row * segments + s]);
  }
  if (gradient != nullptr) {
    GradientFactors factors;
    factors_of(soft, labels, problem.rows, terms, scales, losses, factors);
    for_each_segment(problem, [&](int, int64_t row, int64_t begin, int64_t end) {
      gradient_of_classes(from(logits, row, begin, end - begin), from(labels, row, begin, end - begin),
                          within(soft.places[row], begin, end), factors.of_row(row), rule, scales[row],
                          from(*gradient, row, begin));
    });
  }
  add_labels(soft, problem.rows, terms, losses);
}

}  // namespace xent::fast
#endif  // HWY_ONCE
