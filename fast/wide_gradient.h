// Gradients of rows in binary64 lanes, with their errors: what decides nearly every entry of the correctly
// rounded ones.
#ifndef XENT_FAST_WIDE_GRADIENT_H
#define XENT_FAST_WIDE_GRADIENT_H

#include <cstdint>
#include <optional>

#include "fast/kernel.h"
#include "fast/tail.h"
#include "fast/wide_kernel.h"

namespace xent::fast {

// The tails of rows <= Tails::kRows rows, the logits of their targets, and a bound of the relative errors of
// the sums, which so many threads do not change.
//
// Shape: targets in [0, classes), or kIgnored. Domain: that of tail.h, logits in binary32.
double accurate_tails(const Logits& logits, const int64_t* targets, int64_t rows, int threads, Tails& tails);

// upstream (p_i - [i = t]) of one row: entry i != t is e^(x_i - entries.max) entries.factor, as wide_entries
// makes it; the target's is off by target_error of itself.
struct WideGradient {
  WideEntries entries;
  double target_entry;
  double target_error;
};

// Formula: e^(x_i - max) share, and -sum share for the target; share = 1 / (sum + e^-d), or e^d / (sum e^d +
//   1) where the target leads, d = max - x_t.
// Domain: |upstream| <= 2^200, the sum of the tail off by so much of itself. Nothing for a row that is
//   undefined, or has no other class or a masked target, or whose target leads or lags by so much that
//   exponentials underflow.
// Error: what it says itself, below 2^-41 for the tails above and up to a million classes.
std::optional<WideGradient> wide_gradient(const Tail& tail, double error, double target_logit,
                                          double upstream);

}  // namespace xent::fast

#endif  // XENT_FAST_WIDE_GRADIENT_H
