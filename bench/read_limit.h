// The machine's own read limit: how fast a buffer can be read at all, which no loss of its logits can beat.
#ifndef XENT_BENCH_READ_LIMIT_H
#define XENT_BENCH_READ_LIMIT_H

#include <span>

namespace xent::bench {

// The sum of all elements, with the widest vectors of this processor and enough independent accumulators that
// loading, from wherever the buffer is, takes longer than adding.
//
// Shape: any size, any alignment. Domain: any floats.
// Error: with v = ceil(n / (8 lanes)) vectors to an accumulator, |result - sum x| <= gamma(v + 10 + lanes)
// sum |x|, gamma(k) = k u / (1 - k u), u = 2^-24: no element takes part in more additions than v in its
// accumulator, 3 joining the 8 accumulators, and at most lanes joining the lanes and 7 + lanes of the end
// that fills no vector. Exact if all sums of elements are representable: integers, sum |x| <= 2^24.
// Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 4.2.
float sum(std::span<const float> x);

// What thread `thread` of `threads` reads: consecutive, disjoint, together all of x, cut at cache lines if x
// begins at one. Domain: 0 <= thread < threads.
std::span<const float> share(std::span<const float> x, int thread, int threads);

// The instruction set that was chosen for this processor, as Highway names it: "AVX3", "AVX2", "SSE4", ...
const char* simd_target();

}  // namespace xent::bench

#endif  // XENT_BENCH_READ_LIMIT_H
