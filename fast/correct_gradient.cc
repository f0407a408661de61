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
#include "fast/recompute.h"

namespace xent::fast {
namespace {

constexpr double kLargestUpstream = 0x1p200;

// Below this, an entry is 0 whatever its error, and has none where an exponential underflows.
constexpr double kFarBelow = 0x1p-200;

// The logits of a row as floats, which hold all of them, and its gradient in binary64: kept between calls.
struct Scratch {
  std::vector<double> entries;
  std::vector<float> logits;
};

Scratch& scratch_of_thread(int64_t classes) {
  thread_local Scratch scratch;
  scratch.entries.resize(static_cast<size_t>(classes));
  scratch.logits.resize(static_cast<size_t>(classes));
  return scratch;
}

void read_floats(const xent_tensor& tensor, int64_t row, std::vector<float>& x) {
  double block[kBlock];
  const auto size = static_cast<int64_t>(x.size());
  for (int64_t first = 0; first < size; first += kBlock) {
    const int64_t count = std::min(kBlock, size - first);
    read_elements(tensor, row, first, count, block);
    std::copy_n(block, count, x.begin() + first);
  }
}

}  // namespace

xent_status write_correct_gradient(const xent_problem& problem, int64_t index, int64_t target,
                                   double upstream, const xent_output& grad) {
  float* const out = static_cast<float*>(grad.data) + index * grad.row_stride;
  if (target == kIgnored) {
    std::fill_n(out, problem.classes, 0.0f);
    return XENT_OK;
  }
  if (!(std::fabs(upstream) <= kLargestUpstream)) return XENT_UNSUPPORTED;
  auto& [entries, logits] = scratch_of_thread(problem.classes);
  read_floats(problem.input, index, logits);
  const Masses masses(problem);
  const FullRow row(problem, masses, index, target);
  // The row alone, whatever its index is in the problem.
  const xent_output in_binary64 = {entries.data(), XENT_BINARY64, 0, 1};
  row.write_gradient(in_binary64, {upstream, 0});

  std::optional<RecomputedGradient> recomputed;
  for (int64_t c = 0; c < problem.classes; ++c) {
    const auto i = static_cast<size_t>(c);
    const bool is_certain = !(std::fabs(entries[i]) >= kFarBelow);  // also NaN
    const double error = is_certain ? 0 : row.gradient_error(c, static_cast<double>(logits[i]));
    std::optional<float> entry = rounded(entries[i], error);
    if (!entry) {
      if (!recomputed) recomputed.emplace(logits.data(), problem.classes, target, upstream);
      entry = recomputed->entry(c);
    }
    if (!entry) return XENT_FAILED;
    out[c] = *entry;
  }
  return XENT_OK;
}

}  // namespace xent::fast
