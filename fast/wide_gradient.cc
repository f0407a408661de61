#include "fast/wide_gradient.h"

#include <cmath>
#include <span>
#include <vector>

#include "fast/correct.h"
#include "fast/parallel.h"
#include "fast/segments.h"

namespace xent::fast {
namespace {

constexpr double kUnit = 0x1p-53;

// Each block of classes adds to the error of a tail: longer rows are cut into parts.
constexpr int64_t kClassesPerPart = 4096;

// A row of so many parts.
Tail tail_by_parts(const Logits& row, int64_t target, int parts, int threads) {
  thread_local std::vector<Tail> of_thread;
  of_thread.resize(static_cast<size_t>(parts));
  const std::span<Tail> tails = of_thread;
  for_each_part(parts, threads, [&](int part) {
    const int64_t begin = row.classes * part / parts;
    const int64_t end = row.classes * (part + 1) / parts;
    tails[static_cast<size_t>(part)] =
        wide_tail_of(from(row, 0, begin, end - begin), within(target, begin, end), Effort::more);
  });
  return merged(tails);
}

// The relative error of a share, besides that of the sum, in units. A lag d > 0: e^-d is off by d, which is
// no more than 1 in proportion to the rest, and 2 of glibc; 2 for a sum and a quotient. A lead: e^d is a
// factor, off by |d| + 2, and once more in a term, with a product; 2 as before.
double error_of_share(double d) {
  return d > 0 ? 5 : 2 * (-d + 2) + 3;
}

}  // namespace

double accurate_tails(const Logits& logits, const int64_t* targets, int64_t rows, int threads, Tails& tails) {
  if (logits.classes <= kClassesPerPart) {
    wide_tails(logits, targets, rows, Effort::more, tails);
    return wide_tail_error(logits.classes);
  }
  const auto parts = static_cast<int>((logits.classes + kClassesPerPart - 1) / kClassesPerPart);
  for (int64_t r = 0; r < Tails::kRows; ++r) {
    tails.ignore(r);
    if (r >= rows || targets[r] == kIgnored) continue;
    const Logits row = from(logits, r, 0, logits.classes);
    const Tail tail = tail_by_parts(row, targets[r], parts, threads);
    tails.max[r] = tail.max;
    tails.sum[r] = tail.sum;
    tails.target_logit[r] = logit_of(row, targets[r]);
  }
  // Merging adds one unit for each part, 4, and the mean distance of their maxima, at most ln(classes).
  const double of_merging = static_cast<double>(parts) + 4 + std::log(static_cast<double>(logits.classes));
  return wide_tail_error(logits.classes / parts + 1) + of_merging * kUnit;
}

std::optional<WideGradient> wide_gradient(const Tail& tail, double error, double target_logit,
                                          double upstream) {
  // Beyond, an exponential may underflow.
  constexpr double kLargestGap = 700;
  // Two products of an entry, what its error is rounded by, and what the intervals are.
  constexpr double kGranted = 8;
  const double d = tail.max - target_logit;
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
