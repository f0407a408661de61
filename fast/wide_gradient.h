// The gradient of a row in binary64 lanes, with its error: what decides nearly every entry of the correctly
// rounded one.
#ifndef XENT_FAST_WIDE_GRADIENT_H
#define XENT_FAST_WIDE_GRADIENT_H

#include <cstdint>
#include <optional>

#include "fast/wide_kernel.h"

namespace xent::fast {

// upstream (p_i - [i = t]) of one row: entry i != t is e^(x_i - entries.max) entries.factor, as wide_entries
// makes it; the target's is off by target_error of itself.
struct WideGradient {
  WideEntries entries;
  double target_entry;
  double target_error;
};

// Formula: e^(x_i - max) share, and -sum share for the target; share = 1 / (sum + e^-d), or e^d / (sum e^d +
//   1) where the target leads, d = max - x_t.
// Shape: classes logits, target in [0, classes); so many threads may share them, which changes nothing.
// Domain: |upstream| <= 2^200. Nothing for a row that is undefined, or has no other class or a masked target,
//   or whose target leads or lags by so much that exponentials underflow.
// Error: what it says itself, below 2^-41 for up to a million classes.
std::optional<WideGradient> wide_gradient(const float* logits, int64_t classes, int64_t target,
                                          double upstream, int threads);

}  // namespace xent::fast

#endif  // XENT_FAST_WIDE_GRADIENT_H
