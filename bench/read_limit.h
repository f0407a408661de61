// The machine's own read limit: how fast a buffer can be read at all.
#ifndef XENT_BENCH_READ_LIMIT_H
#define XENT_BENCH_READ_LIMIT_H

#include <span>

namespace xent::bench {

// The sum of all elements, with the widest vectors of this processor. Four places of the buffer are read at
// once, each into two accumulators: additions then never wait for each other, and more requests to memory are
// under way than when reading from front to back.
//
// Shape: any size, any alignment. Domain: any floats.
// Error: |result - sum x| <= gamma(n / (8 lanes) + 10 + 2 lanes) sum |x|, gamma(k) = k u / (1 - k u),
// u = 2^-24: no element takes part in more additions than n / (8 lanes) in its accumulator, 7 of vectors that
// the places leave over, 3 joining the accumulators, lanes joining the lanes and lanes of single elements
// at the end. Exact if all sums of elements are representable: integers, sum |x| <= 2^24.
// Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 4.2.
float sum(std::span<const float> x);

// What thread `thread` of `threads` reads: consecutive, disjoint, together all of x, cut at cache lines if x
// begins at one. Domain: 0 <= thread < threads.
std::span<const float> share(std::span<const float> x, int thread, int threads);

// The instruction set that was chosen for this processor, as Highway names it: "AVX3", "AVX2", "SSE4", ...
const char* simd_target();

}  // namespace xent::bench

#endif  // XENT_BENCH_READ_LIMIT_H
