#include "bench/workloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>
#include <new>
#include <optional>
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

// A float as significand * 2^exponent, rounded to nearest in the format. Domain: finite.
reference::Bits rounded(float x, const reference::Format& format) {
  constexpr int kPrecision = 24;
  int exponent = 0;
  const float significand = std::frexp(x, &exponent);
  const auto integer = static_cast<std::int64_t>(std::ldexp(significand, kPrecision));
  return reference::round_fixed(integer, exponent - kPrecision, reference::Sticky::none, format,
                                reference::Rounding::nearest_even);
}

// Writes a row in the format, at `to`.
void store(std::span<const float> row, const reference::Format& format, std::byte* to) {
  if (format.id == XENT_BINARY32) {
    std::memcpy(to, row.data(), row.size_bytes());
    return;
  }
  static_assert(std::endian::native == std::endian::little);  // the low bytes of the pattern come first
  const auto size = static_cast<std::size_t>(format.width / 8);
  for (const float x : row) {
    const reference::Bits bits = rounded(x, format);
    std::memcpy(to, &bits, size);
    to += size;
  }
}

std::optional<std::int64_t> positive_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1) return std::nullopt;
  return value;
}

}  // namespace

std::string Shape::name() const {
  return fmt::format("{}x{}", rows, classes);
}

std::span<const Shape> shapes() {
  return kShapes;
}

reference::Expected<Shape> parse_shape(const std::string& text) {
  for (const Shape& shape : kShapes) {
    if (shape.name() == text) return shape;
  }
  const std::size_t x = text.find('x');
  if (x != std::string::npos) {
    const auto rows = positive_integer(std::string_view(text).substr(0, x));
    const auto classes = positive_integer(std::string_view(text).substr(x + 1));
    if (rows && classes && *rows <= kMostElements / *classes) return Shape{*rows, *classes, false};
  }
  return reference::refused(
      "workload", "'" + text + "'",
      fmt::format("ROWSxCLASSES, such as 128x128256, of at most {} logits", kMostElements));
}

Workload::Workload(const Shape& shape, const reference::Format& format, std::uint64_t seed)
    : shape_(shape),
      format_(&format),
      words_(hwy::AllocateAligned<std::uint32_t>(word_count(shape, format))) {
  if (words_ == nullptr) throw std::bad_alloc();
  words_[word_count(shape, format) - 1] = 0;
  auto* to = reinterpret_cast<std::byte*>(words_.get());
  const auto row_size = static_cast<std::size_t>(shape.classes * format.width / 8);
  std::vector<float> row(static_cast<std::size_t>(shape.classes));
  const std::vector<LogitRow> sources = contexts(seed, shape.classes);
  std::mt19937_64 random(seed);
  targets_.reserve(static_cast<std::size_t>(shape.rows));
  for (std::int64_t r = 0; r < shape.rows; ++r, to += row_size) {
    const LogitRow& source = sources[static_cast<std::size_t>(below(random, kContexts))];
    targets_.push_back(fill_row(row, source, random));
    store(row, format, to);
  }
}

std::size_t Workload::word_count(const Shape& shape, const reference::Format& format) {
  return static_cast<std::size_t>((shape.elements() * format.width + 31) / 32);
}

std::span<const float> Workload::logits() const {
  assert(format_->id == XENT_BINARY32);
  return {reinterpret_cast<const float*>(words_.get()), static_cast<std::size_t>(shape_.elements())};
}

xent_problem Workload::problem(int threads) const {
  xent_problem problem = {};
  problem.struct_size = sizeof problem;
  problem.loss = kLoss;
  problem.rows = shape_.rows;
  problem.classes = shape_.classes;
  problem.input = {words_.get(), format_->id, shape_.classes, 1};
  problem.input_space = XENT_LOGITS;
  problem.targets = {targets_.data(), XENT_INT64, 1, 0};
  problem.threads = threads;
  problem.reduction = XENT_NONE;
  return problem;
}

}  // namespace xent::bench
