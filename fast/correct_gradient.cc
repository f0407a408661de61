#include "fast/correct_gradient.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "fast/correct.h"
#include "fast/elements.h"
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

// One row of a problem, its logits as floats, which hold all of them.
struct GradientRow {
  const xent_problem& problem;
  int64_t index;
  int64_t target;
  double upstream;
  const float* logits;

  double logit(int64_t c) const { return static_cast<double>(logits[c]); }
};

// A buffer of the thread, kept between calls.
template <class T>
T* scratch(int64_t size) {
  thread_local std::vector<T> buffer;
  buffer.resize(static_cast<size_t>(size));
  return buffer.data();
}

// The logits of a row as floats, until the thread asks again.
const float* copy_of(const xent_tensor& tensor, int64_t row, int64_t classes) {
  float* const x = scratch<float>(classes);
  double block[kBlock];
  for (int64_t first = 0; first < classes; first += kBlock) {
    const int64_t count = std::min(kBlock, classes - first);
    read_elements(tensor, row, first, count, block);
    std::copy_n(block, count, x + first);
  }
  return x;
}

// Where the logits of a row lie, if they are floats.
const float* floats_of_row(const xent_tensor& tensor, int64_t row) {
  if (tensor.format != XENT_BINARY32) return nullptr;
  return static_cast<const float*>(tensor.data) + row * tensor.row_stride;
}

// The entries of a row, one by one: compensated sums in binary64 decide nearly every one, double-double
// arithmetic the others.
class PreciseGradient {
 public:
  explicit PreciseGradient(const GradientRow& row)
      : row_(row), masses_(row.problem), full_(row.problem, masses_, row.index, row.target) {}

  // All of them in binary64.
  void write(double* entries) const {
    // The row alone, whatever its index is in the problem.
    full_.write_gradient({entries, XENT_BINARY64, 0, 1}, {row_.upstream, 0});
  }

  // The float nearest to entry c, of which this is the value in binary64.
  std::optional<float> nearest_to(double value, int64_t c) {
    const bool is_certain = !(std::fabs(value) >= kFarBelow);  // also NaN
    const double error = is_certain ? 0 : full_.gradient_error(c, row_.logit(c));
    const std::optional<float> entry = rounded(value, error);
    if (entry) return entry;
    if (!recomputed_) recomputed_.emplace(row_.logits, row_.problem.classes, row_.target, row_.upstream);
    return recomputed_->entry(c);
  }

  // Domain: that of FullRow::gradient_entry.
  std::optional<float> entry(int64_t c) {
    return nearest_to(full_.gradient_entry(c, row_.logit(c), row_.upstream), c);
  }

 private:
  const GradientRow& row_;
  Masses masses_;
  FullRow full_;
  std::optional<RecomputedGradient> recomputed_;
};

// Domain: out may lie where the logits of the problem do, of which the row then has a copy.
xent_status write_precisely(const GradientRow& row, float* out) {
  PreciseGradient gradient(row);
  double* const values = scratch<double>(row.problem.classes);
  gradient.write(values);
  for (int64_t c = 0; c < row.problem.classes; ++c) {
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
  const OpenEntries open(row.problem.classes);
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

xent_status write_correct_gradient(const xent_problem& problem, int64_t index, int64_t target,
                                   double upstream, int threads, const xent_output& grad) {
  float* const out = static_cast<float*>(grad.data) + index * grad.row_stride;
  if (target == kIgnored) {
    std::fill_n(out, problem.classes, 0.0f);
    return XENT_OK;
  }
  if (!(std::fabs(upstream) <= kLargestUpstream)) return XENT_UNSUPPORTED;
  const float* const logits = floats_of_row(problem.input, index);
  const bool is_in_place =
      logits != nullptr && out < logits + problem.classes && logits < out + problem.classes;
  const bool lie_there = logits != nullptr && !is_in_place;
  const GradientRow row = {problem, index, target, upstream,
                           lie_there ? logits : copy_of(problem.input, index, problem.classes)};
  if (is_in_place) return write_precisely(row, out);
  const auto wide = wide_gradient(row.logits, problem.classes, target, upstream, threads);
  return wide ? write_gradient(row, *wide, threads, out) : write_precisely(row, out);
}

}  // namespace xent::fast
