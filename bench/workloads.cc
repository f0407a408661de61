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

// Logits become a teacher's probabilities.
void make_labels(std::span<float> row, std::mt19937_64& random) {
  const float largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (float& x : row) {
    x = static_cast<float>(std::exp(x - largest + noise(random)));
    sum += x;
  }
  for (float& x : row) x = static_cast<float>(x / sum);
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

Workload::Workload(const Shape& shape, const reference::Format& format, std::uint64_t seed, Labels labels)
    : shape_(shape), format_(&format), words_(room(word_count(shape, format))) {
  if (labels == Labels::hard_and_soft) label_words_ = room(word_count(shape, format));
  const auto row_size = static_cast<std::size_t>(shape.classes * format.width / 8);
  auto* to = reinterpret_cast<std::byte*>(words_.get());
  auto* labels_to = reinterpret_cast<std::byte*>(label_words_.get());
  std::vector<float> row(static_cast<std::size_t>(shape.classes));
  const std::vector<LogitRow> sources = contexts(seed, shape.classes);
  std::mt19937_64 random(seed);
  std::mt19937_64 teacher_random(~seed);  // of its own, so that the logits are the same without it
  targets_.reserve(static_cast<std::size_t>(shape.rows));
  for (std::int64_t r = 0; r < shape.rows; ++r, to += row_size) {
    const LogitRow& source = sources[static_cast<std::size_t>(below(random, kContexts))];
    targets_.push_back(fill_row(row, source, random));
    targets_with_ignored_.push_back((r + 1) % kIgnoredEvery == 0 ? kIgnored : targets_.back());
    store(row, format, to);
    if (labels != Labels::hard_and_soft) continue;
    make_labels(row, teacher_random);
    store(row, format, labels_to);
    labels_to += row_size;
  }
  for (std::int64_t c = 0; c < shape.classes; ++c) wide_class_weights_.push_back(class_weight(c));
  class_weights_.assign(wide_class_weights_.begin(), wide_class_weights_.end());
}

Workload::Words Workload::room(std::size_t count) {
  Words words = hwy::AllocateAligned<std::uint32_t>(count);
  if (words == nullptr) throw std::bad_alloc();
  words[count - 1] = 0;
  return words;
}

std::size_t Workload::word_count(const Shape& shape, const reference::Format& format) {
  return static_cast<std::size_t>((shape.elements() * format.width + 31) / 32);
}

std::span<const float> Workload::logits() const {
  assert(format_->id == XENT_BINARY32);
  return {reinterpret_cast<const float*>(words_.get()), static_cast<std::size_t>(shape_.elements())};
}

xent_problem Workload::problem(const Operation& operation, int threads) const {
  xent_problem problem = {};
  problem.struct_size = sizeof problem;
  problem.loss = operation.loss;
  problem.rows = shape_.rows;
  problem.classes = shape_.classes;
  problem.input = matrix(words_);
  problem.input_space = XENT_LOGITS;
  problem.threads = threads;
  problem.reduction = XENT_NONE;
  for (const LossOption* option : operation.asked()) option->ask(*this, problem);
  return problem;
}

Traffic Workload::reading(const Operation& operation) const {
  Traffic traffic = {words(), {}, {}};
  for (const LossOption* option : operation.asked()) {
    if (option->change != nullptr) option->change(*this, traffic);
  }
  return traffic;
}

xent_tensor Workload::matrix(const Words& words) const {
  return {words.get(), format_->id, shape_.classes, 1};
}

xent_tensor Workload::target_tensor() const {
  return {targets_.data(), XENT_INT64, 1, 0};
}

xent_tensor Workload::target_tensor_with_ignored() const {
  return {targets_with_ignored_.data(), XENT_INT64, 1, 0};
}

xent_tensor Workload::soft_labels() const {
  assert(label_words_ != nullptr);
  return matrix(label_words_);
}

xent_tensor Workload::class_weights() const {
  if (format_->id == XENT_BINARY64) return {wide_class_weights_.data(), XENT_BINARY64, 0, 1};
  return {class_weights_.data(), XENT_BINARY32, 0, 1};
}

std::span<const std::uint32_t> Workload::words_of_valid_rows() const {
  const std::int64_t valid = shape_.rows - shape_.rows / kIgnoredEvery;
  return words().first(word_count({valid, shape_.classes, false}, *format_));
}

std::span<const std::uint32_t> Workload::label_words() const {
  assert(label_words_ != nullptr);
  return {label_words_.get(), word_count(shape_, *format_)};
}

}  // namespace xent::bench
