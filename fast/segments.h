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

// Whether threads share the segments of rows, rather than rows: few long ones.
inline bool shares_rows(const xent_problem& problem) {
  const int segments = segments_of(problem.classes);
  return segments > 1 && problem.rows > 0 && problem.rows < Tails::kRows &&
         problem.rows * segments <= kMaxParts;
}

// Calls work(part, row, begin, end) for classes [begin, end) of every segment, parts being numbered row by
// row. Domain: shares_rows(problem).
template <class Work>
void for_each_segment(const xent_problem& problem, const Work& work) {
  const int segments = segments_of(problem.classes);
  for_each_part(static_cast<int>(problem.rows) * segments, useful_threads(problem), [&](int p) {
    const Segment part = segment(problem.classes, p % segments);
    work(p, p / segments, part.begin, part.begin + part.classes);
  });
}

// A target as the classes [begin, end) see it: kNoTarget if it lies elsewhere.
inline int64_t within(int64_t target, int64_t begin, int64_t end) {
  if (target == kIgnored) return kIgnored;
  return target >= begin && target < end ? target - begin : kNoTarget;
}

// places[row] = the first class with the largest logit of every row (any one if a logit is NaN).
inline void places_of_segments(const xent_problem& problem, int64_t* places) {
  const Logits logits = all_logits(problem);
  int64_t of_segments[kMaxParts];
  for_each_segment(problem, [&](int part, int64_t row, int64_t begin, int64_t end) {
    places_of_largest(from(logits, row, begin, end - begin), 1, of_segments + part);
    of_segments[part] += begin;
  });
  const int segments = segments_of(problem.classes);
  for (int64_t row = 0; row < problem.rows; ++row) {
    const int64_t* const first = of_segments + row * segments;
    places[row] = *std::max_element(first, first + segments, [&](int64_t a, int64_t b) {
      return logit_of(from(logits, row, 0, problem.classes), a) <
             logit_of(from(logits, row, 0, problem.classes), b);
    });
  }
}

// The tails of all rows, and the logits of their targets: in [0, classes), kIgnored or kNoTarget.
// tail_of(logits, target) gives the tail of the first row of logits.
//
// Domain: shares_rows(problem). Error: that of tail_of, for as many classes as the row has: merging adds
// a rounding a segment, and one of at least 2^15 classes costs tail_of more.
template <class TailOf>
Tails tails_of_segments(const xent_problem& problem, const int64_t* targets, const TailOf& tail_of) {
  const int segments = segments_of(problem.classes);
  const Logits logits = all_logits(problem);
  Tail parts[kMaxParts];
  for_each_segment(problem, [&](int part, int64_t row, int64_t begin, int64_t end) {
    if (targets[row] == kIgnored) return;
    parts[part] = tail_of(from(logits, row, begin, end - begin), within(targets[row], begin, end));
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
