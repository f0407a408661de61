// Every pair of logits of a format, certified: what is left to ask when nothing is sampled.
#ifndef XENT_GOLDEN_EXHAUSTIVE_H
#define XENT_GOLDEN_EXHAUSTIVE_H

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/expected.h"
#include "reference/format.h"

namespace xent::golden {

// Softmax cross-entropy of rows of two classes, in nats, rounded to the format of the logits, ties to even.
// To add a sweep, add its row in exhaustive.cc.
struct Sweep {
  const char* name;
  const char* what;
  xent_format format;
  bool pairs;  // rows [x, y] for all pairs, target 0; otherwise [0, x] for all x, targets 0 and 1

  int values_per_input() const { return pairs ? 1 : 2; }
};

std::span<const Sweep> sweeps();
const Sweep* find_sweep(std::string_view name);

// The 2^32 inputs of a sweep are dealt to blocks: input j of block b has the pattern (j kBlocks + b) * an odd
// number modulo 2^32, so that each block has inputs of all magnitudes, and each input is in one block.
inline constexpr std::uint32_t kBlocks = 4096;
inline constexpr std::uint32_t kBlockInputs = 1U << 20;
std::uint32_t pattern(std::uint32_t block, std::uint32_t j);

struct Tally {
  std::uint64_t values = 0;
  std::uint64_t special = 0;    // a logit is infinite or NaN
  std::uint64_t refined = 0;    // not decided in fixed point
  std::uint64_t undecided = 0;  // nor by the ladder
  Tally& operator+=(const Tally& other);
};

struct Block {
  Tally tally;
  std::uint64_t digest =
      0;  // XXH3 of the results as 32-bit little-endian patterns, in the order of the inputs
};

// One value: what the row [target, other] with target 0 rounds to.
class TwoClasses {
 public:
  explicit TwoClasses(const reference::Format& format);
  // Domain: numbers of the format. Adds to the tally. All ones if it is undecided.
  reference::Bits loss(double target, double other, Tally& tally) const;

 private:
  reference::Bits certified(double target, double other, Tally& tally) const;

  const reference::Format& format_;
  reference::Bits special_[4][4];  // by the kinds of the two logits, where one of them is no number
};

Block run_block(const Sweep& sweep, std::uint32_t block);

// What has been done of a sweep: text that grows by a line for each block, so that work may stop anywhere and
// go on from there.
struct Progress {
  const Sweep* sweep;
  std::map<std::uint32_t, Block> blocks;

  Tally tally() const;
  // XXH3 of the digests of the blocks, in their order; of all blocks, it is that of the sweep.
  std::string digest() const;
};

std::string header_line(const Sweep& sweep);
std::string block_line(std::uint32_t block, const Block& result);
// A last line without its end is what an interruption left, and ignored. Status: what is wrong with the text.
reference::Expected<Progress> read_progress(std::string_view text);

// Runs the blocks that are missing among `wanted`, on that many threads, and calls `done` after each, from
// one thread at a time. Status: throws what `done` throws, once the other threads have ended.
void run_sweep(const Sweep& sweep, const std::vector<std::uint32_t>& wanted, int threads,
               const std::function<void(std::uint32_t block, const Block& result)>& done);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_EXHAUSTIVE_H
