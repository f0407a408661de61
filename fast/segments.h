// Cuts few long rows along their classes, so that threads can share a row.
#ifndef XENT_FAST_SEGMENTS_H
#define XENT_FAST_SEGMENTS_H

#include <algorithm>
#include <cstdint>
#include <span>

#include "fast/kernel.h"
#include "fast/row_parts.h"
#include "fast/tail.h"
#include "reference/xent.h"

namespace xent::fast {

// The number of segments of each row, 1 for rows that are many or short. At most kMaxParts for all rows
// together, whatever the number of threads: so the bits of the result depend on the problem alone.
inline int segments_of(const xent_problem& problem) {
  constexpr int64_t kClassesPerSegment = 1 << 15;
  if (problem.rows == 0 || problem.rows >= Tails::kRows) return 1;
  const int64_t segments = std::min(problem.classes / kClassesPerSegment, kMaxParts / problem.rows);
  return static_cast<int>(std::max<int64_t>(segments, 1));
}

// The tails of all rows, and the logits of their targets: in [0, classes), kIgnored or kNoTarget.
// tail_of(logits, target) gives the tail of the first row of logits.
//
// Domain: segments_of(problem) > 1. Error: that of tail_of, for as many classes as the row has: merging adds
// a rounding a segment, and one of at least 2^15 classes costs tail_of more.
template <class TailOf>
Tails tails_of_segments(const xent_problem& problem, const int64_t* targets, const TailOf& tail_of) {
  const int segments = segments_of(problem);
  const Logits logits = {problem.input.data, problem.input.row_stride, problem.classes, problem.input.format};
  const int64_t length = problem.classes / segments;
  Tail parts[kMaxParts];
  for_each_part(static_cast<int>(problem.rows) * segments, useful_threads(problem), [&](int p) {
    const int64_t row = p / segments;
    const int64_t begin = p % segments * length;
    const int64_t end = (p + 1) % segments == 0 ? problem.classes : begin + length;
    const int64_t target = targets[row];
    if (target == kIgnored) return;
    parts[p] = tail_of(from(logits, row, begin, end - begin),
                       target >= begin && target < end ? target - begin : kNoTarget);
  });
  Tails tails;
  for (int64_t r = 0; r < Tails::kRows; ++r) {
    tails.ignore(r);
    if (r >= problem.rows || targets[r] == kIgnored) continue;
    const Tail tail = merged(std::span(parts + r * segments, static_cast<size_t>(segments)));
    tails.max[r] = tail.max;
    tails.sum[r] = tail.sum;
    if (targets[r] != kNoTarget)
      tails.target_logit[r] = logit_of(from(logits, r, 0, problem.classes), targets[r]);
  }
  return tails;
}

}  // namespace xent::fast

#endif  // XENT_FAST_SEGMENTS_H
