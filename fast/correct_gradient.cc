#include "fast/correct_gradient.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "fast/correct.h"
#include "fast/full_kernel.h"
#include "fast/full_row.h"
#include "fast/kernel.h"
#include "fast/masses.h"
#include "fast/parallel.h"
#include "fast/recompute.h"
#include "fast/wide_gradient.h"
#include "fast/wide_kernel.h"

namespace xent::fast {
namespace {

constexpr double kLargestUpstream = 0x1p200;

// Below this, an entry is 0 whatever its error, and has none where an exponential underflows.
constexpr double kFarBelow = 0x1p-200;

// A buffer of the thread, kept between calls.
template <class T>
T* scratch(int64_t size) {
  thread_local std::vector<T> buffer;
  buffer.resize(static_cast<size_t>(size));
  return buffer.data();
}

// A problem of one row, for what reads problems.
xent_problem problem_of(const GradientRow& row) {
  xent_problem problem = {};
  problem.rows = 1;
  problem.classes = row.classes;
  problem.input = {row.logits, XENT_BINARY32, row.classes, 1};
  problem.targets = {&row.target, XENT_INT64, 1, 0};
  return problem;
}

// The entries of a row, one by one: compensated sums in binary64 decide nearly every one, double-double
// arithmetic the others.
class PreciseGradient {
 public:
  explicit PreciseGradient(const GradientRow& row)
      : row_(row), problem_(problem_of(row)), masses_(problem_), full_(problem_, masses_, 0, row.target) {}

  // All of them in binary64.
  void write(double* entries) const {
    full_.write_gradient({entries, XENT_BINARY64, 0, 1}, {row_.upstream, 0});
  }

  // The float nearest to entry c, of which this is the value in binary64.
  std::optional<float> nearest_to(double value, int64_t c) {
    const bool is_certain = !(std::fabs(value) >= kFarBelow);  // also NaN
    const double error = is_certain ? 0 : full_.gradient_error(c, logit(c));
    const std::optional<float> entry = rounded(value, error);
    if (entry) return entry;
    if (!recomputed_) recomputed_.emplace(row_.logits, row_.classes, row_.target, row_.upstream);
    return recomputed_->entry(c);
  }

  // Domain: that of FullRow::gradient_entry.
  std::optional<float> entry(int64_t c) {
    return nearest_to(full_.gradient_entry(c, logit(c), row_.upstream), c);
  }

 private:
  double logit(int64_t c) const { return static_cast<double>(row_.logits[c]); }

  const GradientRow& row_;
  const xent_problem problem_;
  const Masses masses_;
  FullRow full_;
  std::optional<RecomputedGradient> recomputed_;
};

xent_status write_precisely(const GradientRow& row, float* out) {
  PreciseGradient gradient(row);
  double* const values = scratch<double>(row.classes);
  gradient.write(values);
  for (int64_t c = 0; c < row.classes; ++c) {
    const std::optional<float> entry = gradient.nearest_to(values[c], c);
    if (!entry) return XENT_FAILED;
    out[c] = *entry;
  }
  return XENT_OK;
}

// Entries that binary64 lanes leave open, by the part of the row that they are in.
struct OpenEntries {
  static constexpr int64_t kClassesPerPart = 1 << 15;

  int64_t classes;
  int parts;
  int64_t* places;  // of part p from begin(p) on, relative to it
  int64_t* counts;

  explicit OpenEntries(int64_t size)
      : classes(size),
        parts(static_cast<int>((size + kClassesPerPart - 1) / kClassesPerPart)),
        places(scratch<int64_t>(size + parts)),
        counts(places + size) {}

  int64_t begin(int part) const { return part * kClassesPerPart; }
  int64_t end(int part) const { return std::min(begin(part) + kClassesPerPart, classes); }
};

xent_status write_gradient(const GradientRow& row, const WideGradient& wide, int threads, float* out) {
  const OpenEntries open(row.classes);
  for_each_part(open.parts, threads, [&](int part) {
    const int64_t begin = open.begin(part);
    open.counts[part] = wide_entries(row.logits + begin, open.end(part) - begin, wide.entries, out + begin,
                                     open.places + begin);
  });
  std::optional<PreciseGradient> precise;
  const auto decide = [&](int64_t c) {
    if (!precise) precise.emplace(row);
    const std::optional<float> entry = precise->entry(c);
    if (entry) out[c] = *entry;
    return entry.has_value();
  };
  for (int part = 0; part < open.parts; ++part) {
    for (int64_t k = 0; k < open.counts[part]; ++k) {
      const int64_t c = open.begin(part) + open.places[open.begin(part) + k];
      if (c != row.target && !decide(c)) return XENT_FAILED;
    }
  }
  const std::optional<float> target_entry = rounded(wide.target_entry, wide.target_error);
  if (!target_entry) return decide(row.target) ? XENT_OK : XENT_FAILED;
  out[row.target] = *target_entry;
  return XENT_OK;
}

}  // namespace

xent_status write_correct_gradient(const GradientRow& row, const Tail& tail, double error, int threads,
                                   float* out) {
  if (row.target == kIgnored) {
    std::fill_n(out, row.classes, 0.0f);
    return XENT_OK;
  }
  if (!(std::fabs(row.upstream) <= kLargestUpstream)) return XENT_UNSUPPORTED;
  const auto target_logit = static_cast<double>(row.logits[row.target]);
  const auto wide = wide_gradient(tail, error, target_logit, row.upstream);
  return wide ? write_gradient(row, *wide, threads, out) : write_precisely(row, out);
}

}  // namespace xent::fast
