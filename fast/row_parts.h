// Cuts the rows of a problem into parts that threads work on.
#ifndef XENT_FAST_ROW_PARTS_H
#define XENT_FAST_ROW_PARTS_H

#include <algorithm>
#include <cstdint>

#include "fast/parallel.h"
#include "reference/xent.h"

namespace xent::fast {

// Rows are cut into at most so many parts, whatever the number of threads: partial sums, and so the bits of
// the result, depend on the problem alone.
inline constexpr int kMaxParts = 256;

// Logits that are worth a part of their own.
inline constexpr double kLogitsPerPart = 1 << 13;

// Rows whose targets and losses are kept on the stack at a time.
inline constexpr int64_t kRowBatch = 64;

inline double logits_of(const xent_problem& problem) {
  return static_cast<double>(problem.rows) * static_cast<double>(problem.classes);
}

// Whether results of rows x classes go past the caches: more of them than these hold, in rows whose ends,
// which are stored as usual, count for little.
inline bool is_streamed(const xent_problem& problem) {
  constexpr int64_t kStreamedClasses = 192;
  constexpr double kStreamedElements = 1 << 20;
  return problem.classes >= kStreamedClasses && logits_of(problem) >= kStreamedElements;
}

// The threads that the problem allows, or as many as pay.
inline int useful_threads(const xent_problem& problem) {
  // Waking a thread takes about as long as this many logits.
  constexpr double kLogitsPerThread = 1 << 15;
  const double paying = std::min(logits_of(problem) / kLogitsPerThread + 1, static_cast<double>(kMaxThreads));
  return std::min(problem.threads, static_cast<int>(paying));
}

// Calls work(part, begin, end) for parts 0, 1, ... of the rows; gives the number of parts, at most kMaxParts.
// Domain: that of for_each_part in parallel.h.
template <class Work>
int for_each_part(const xent_problem& problem, const Work& work) {
  const double useful_parts =
      std::min(logits_of(problem) / kLogitsPerPart + 1, static_cast<double>(kMaxParts));
  const auto parts = static_cast<int>(std::min<int64_t>(problem.rows, static_cast<int64_t>(useful_parts)));
  for_each_part(parts, useful_threads(problem), [&](int p) {
    // Sizes differ by at most one row; p * (rows / parts) cannot overflow, p * rows could.
    const int64_t size = problem.rows / parts;
    const int64_t longer = problem.rows % parts;
    const int64_t begin = p * size + std::min<int64_t>(p, longer);
    work(p, begin, begin + size + (p < longer ? 1 : 0));
  });
  return parts;
}

}  // namespace xent::fast

#endif  // XENT_FAST_ROW_PARTS_H
