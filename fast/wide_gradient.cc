#include "fast/wide_gradient.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "fast/correct.h"
#include "fast/parallel.h"
#include "fast/segments.h"

namespace xent::fast {
namespace {

constexpr double kUnit = 0x1p-53;

// A tail and the relative error of its sum.
struct TailAndError {
  Tail tail;
  double error;
};

// That of a row which is shorter than a vector may be: masked classes are added, which count for nothing.
Tail short_tail(const float* x, int64_t classes, int64_t target) {
  float padded[kShortestWideRow];
  std::fill_n(padded, kShortestWideRow, -std::numeric_limits<float>::infinity());
  std::copy_n(x, classes, padded);
  return wide_tail_of({padded, kShortestWideRow, kShortestWideRow}, target, Effort::more);
}

// By parts, as each block of a part adds to its error. Merging adds one unit for each part, 4, and the mean
// distance of their maxima, which is at most ln(classes).
TailAndError tail_by_parts(const float* x, int64_t classes, int64_t target, int threads) {
  constexpr int64_t kClassesPerPart = 4096;
  if (classes < kShortestWideRow) return {short_tail(x, classes, target), wide_tail_error(kShortestWideRow)};
  const Logits row = {x, classes, classes};
  const auto parts = static_cast<int>((classes + kClassesPerPart - 1) / kClassesPerPart);
  thread_local std::vector<Tail> of_thread;
  of_thread.resize(static_cast<size_t>(parts));
  const std::span<Tail> tails = of_thread;
  for_each_part(parts, threads, [&](int part) {
    const int64_t begin = classes * part / parts;
    const int64_t end = classes * (part + 1) / parts;
    tails[static_cast<size_t>(part)] =
        wide_tail_of(from(row, 0, begin, end - begin), within(target, begin, end), Effort::more);
  });
  const double of_merging = static_cast<double>(parts) + 4 + std::log(static_cast<double>(classes));
  return {merged(tails), wide_tail_error(classes / parts + 1) + of_merging * kUnit};
}

// The relative error of a share, besides that of the sum, in units. A lag d > 0: e^-d is off by d, which is
// no more than 1 in proportion to the rest, and 2 of glibc; 2 for a sum and a quotient. A lead: e^d is a
// factor, off by |d| + 2, and once more in a term, with a product; 2 as before.
double error_of_share(double d) {
  return d > 0 ? 5 : 2 * (-d + 2) + 3;
}

}  // namespace

std::optional<WideGradient> wide_gradient(const float* logits, int64_t classes, int64_t target,
                                          double upstream, int threads) {
  // Beyond, an exponential may underflow.
  constexpr double kLargestGap = 700;
  // Two products of an entry, what its error is rounded by, and what the intervals are.
  constexpr double kGranted = 8;
  const auto [tail, error] = tail_by_parts(logits, classes, target, threads);
  const double d = tail.max - static_cast<double>(logits[target]);
  if (!std::isfinite(tail.max) || !std::isfinite(tail.sum) || !(std::fabs(d) <= kLargestGap))
    return std::nullopt;
  const double e = std::exp(-std::fabs(d));
  const double share = d > 0 ? 1 / (tail.sum + e) : e / (tail.sum * e + 1);
  const double factor = upstream * share;
  const double of_factor = error + (error_of_share(d) + kGranted) * kUnit;
  return WideGradient{{tail.max, factor, of_factor + kLongExpError + kWider, kWideExpErrorPerNat},
                      -factor * tail.sum,
                      of_factor + error};
}

}  // namespace xent::fast
