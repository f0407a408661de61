#include "bench/workloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <random>

#include "properties/generators.h"
#include "properties/ngram.h"
#include "properties/random.h"
#include "properties/realistic.h"

namespace xent::bench {
namespace {

constexpr Shape kShapes[] = {
    {4096, 10, true},      // images of ten kinds
    {8192, 1000, true},    // images of a thousand kinds
    {512, 32000, false},   // a vocabulary of Llama 2's size
    {256, 50257, false},   // a vocabulary of GPT-2's size
    {1, 262144, false},    // a single position
    {128, 128256, false},  // a vocabulary of Llama 3's size
};

constexpr std::int64_t kTile = properties::kByteClasses;

// Contexts of the byte model from which all rows are made.
constexpr int kContexts = 64;

using properties::LogitRow;

std::vector<LogitRow> contexts(std::uint64_t seed, std::int64_t classes) {
  properties::Random random{rc::Random(seed)};
  std::vector<LogitRow> rows;
  rows.reserve(kContexts);
  for (int i = 0; i < kContexts; ++i)
    rows.push_back(properties::realistic_row(random, std::min(classes, kTile)));
  return rows;
}

// Triangular on (-1, 1): the difference of two uniform numbers.
double noise(std::mt19937_64& random) {
  const std::uint64_t bits = random();
  return 0x1p-32 * (static_cast<double>(bits >> 32) - static_cast<double>(bits & 0xffffffff));
}

std::int64_t below(std::mt19937_64& random, std::int64_t n) {
  return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
}

// Writes one row; returns its target.
std::int64_t fill_row(std::span<float> row, const LogitRow& context, std::mt19937_64& random) {
  const auto classes = static_cast<std::int64_t>(row.size());
  const std::int64_t tiles = (classes + kTile - 1) / kTile;
  const std::int64_t leading = below(random, std::max<std::int64_t>(1, classes / kTile));  // a whole tile
  for (std::int64_t tile = 0; tile < tiles; ++tile) {
    const auto rank = static_cast<double>((tile - leading + tiles) % tiles);
    const double log_weight = -std::log((rank + 1) * (rank + 2));
    const auto begin = static_cast<std::size_t>(tile * kTile);
    const std::size_t size = std::min(context.logits.size(), row.size() - begin);
    for (std::size_t i = 0; i < size; ++i)
      row[begin + i] = static_cast<float>(context.logits[i] + log_weight + noise(random));
  }
  return leading * kTile + context.target;
}

hwy::AlignedFreeUniquePtr<float[]> allocate(std::int64_t count) {
  auto buffer = hwy::AllocateAligned<float>(static_cast<std::size_t>(count));
  if (buffer == nullptr) throw std::bad_alloc();
  return buffer;
}

}  // namespace

std::string Shape::name() const {
  return fmt::format("{}x{}", rows, classes);
}

std::span<const Shape> shapes() {
  return kShapes;
}

Workload::Workload(const Shape& shape, std::uint64_t seed)
    : shape_(shape), logits_(allocate(shape.elements())), losses_(static_cast<std::size_t>(shape.rows)) {
  const auto classes = static_cast<std::size_t>(shape.classes);
  const std::vector<LogitRow> sources = contexts(seed, shape.classes);
  std::mt19937_64 random(seed);
  targets_.reserve(losses_.size());
  for (std::size_t r = 0; r < losses_.size(); ++r) {
    const LogitRow& source = sources[static_cast<std::size_t>(below(random, kContexts))];
    targets_.push_back(fill_row({logits_.get() + r * classes, classes}, source, random));
  }
}

xent_problem Workload::problem(int threads) const {
  xent_problem problem = {};
  problem.struct_size = sizeof problem;
  problem.loss = "softmax_cross_entropy";
  problem.rows = shape_.rows;
  problem.classes = shape_.classes;
  problem.input = {logits_.get(), XENT_BINARY32, shape_.classes, 1};
  problem.input_space = XENT_LOGITS;
  problem.targets = {targets_.data(), XENT_INT64, 1, 0};
  problem.threads = threads;
  problem.reduction = XENT_NONE;
  return problem;
}

xent_result Workload::result() {
  xent_result result = {};
  result.struct_size = sizeof result;
  result.loss = {losses_.data(), XENT_BINARY32, 1, 0};
  return result;
}

}  // namespace xent::bench
