// The machine's own limits: how fast buffers can be read at all, and how fast one of their size written
// beside.
#ifndef XENT_BENCH_LIMITS_H
#define XENT_BENCH_LIMITS_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace xent::bench {

// What any implementation has to read and write, as words of 32 bits.
struct Traffic {
  std::span<const std::uint32_t> logits;
  std::span<const std::uint32_t> labels;  // soft ones
  std::span<std::uint32_t> results;       // of every class; what is one a row does not count
};

// The sum of all 32-bit words modulo 2^32, with the widest vectors of this processor. Four places of the
// buffer are read at once, each into two accumulators: additions then never wait for each other, and more
// requests to memory are under way than when reading from front to back. Words rather than floats, since
// integers are summed at the same pace whatever the bits mean, and exactly.
//
// Shape: any size, any alignment of words.
std::uint32_t sum(std::span<const std::uint32_t> x);

// Copies words with non-temporal stores, which write whole cache lines without reading them first: no other
// way of reading so much and writing as much elsewhere is faster for what exceeds the caches. Returns once
// the stores are visible to other threads.
//
// Shape: any; as many words as there are and as there is room for, and what is left of `to` becomes 0.
// Domain: they do not overlap. Where `to` is not aligned for vectors, its first words are stored one by one.
void copy(std::span<const std::uint32_t> from, std::span<std::uint32_t> to);

// The sum of two words modulo 2^32 for each word of `to`, stored in the same way: reads two buffers and
// writes a third (the kernel "add" of McCalpin's STREAM, 1995).
//
// Shape: the same size for all three, any. Domain: `to` overlaps neither of the others.
void add(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b, std::span<std::uint32_t> to);

// What thread `thread` of `threads` works on, for a span of words: consecutive, disjoint, together all of x,
// cut at cache lines if x begins at one. Domain: 0 <= thread < threads.
template <typename Word>
std::span<Word> share(std::span<Word> x, int thread, int threads) {
  constexpr std::size_t kLine = 64 / sizeof(Word);
  const std::size_t lines = (x.size() + kLine - 1) / kLine;
  const auto cut = [&](int t) {
    const std::size_t end = lines * static_cast<std::size_t>(t) / static_cast<std::size_t>(threads) * kLine;
    return end < x.size() ? end : x.size();
  };
  return x.subspan(cut(thread), cut(thread + 1) - cut(thread));
}

// The same of all that is read and written.
inline Traffic share(const Traffic& all, int thread, int threads) {
  return {share(all.logits, thread, threads), share(all.labels, thread, threads),
          share(all.results, thread, threads)};
}

// The instruction set that was chosen for this processor, as Highway names it: "AVX3", "AVX2", "SSE4", ...
const char* simd_target();

}  // namespace xent::bench

#endif  // XENT_BENCH_LIMITS_H
