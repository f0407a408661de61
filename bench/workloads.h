// What is timed: rows of logits as a language model makes them, in the shapes of the catalogue.
#ifndef XENT_BENCH_WORKLOADS_H
#define XENT_BENCH_WORKLOADS_H

#include <hwy/aligned_allocator.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/operations.h"
#include "reference/expected.h"
#include "reference/xent.h"

namespace xent::bench {

// One row of the catalogue. To add a shape, add its row in workloads.cc.
struct Shape {
  std::int64_t rows;
  std::int64_t classes;
  bool quick;  // also part of a quick run

  std::int64_t elements() const { return rows * classes; }
  std::string name() const;  // "128x128256"
};

std::span<const Shape> shapes();

// "ROWSxCLASSES", of the catalogue or not. Status: an error says what is accepted.
reference::Expected<Shape> parse_shape(const std::string& text);

// The most logits that a workload may have: a buffer of 4 GiB in binary32.
inline constexpr std::int64_t kMostElements = std::int64_t{1} << 30;

// Softmax cross-entropy of logits in the format with hard int64 targets. Row r follows row r - 1 immediately,
// as in a framework's tensor; the first is aligned for any vector.
//
//   x[r][c] = ln P(c mod 256 | h_r) + ln w(c div 256) + noise,
//
// P being the byte model of properties/realistic.h at one of its contexts h, and
// w(k) = 1 / ((k' + 1) (k' + 2)), k' = (k - k_r) mod tiles, weights that fall off as word frequencies do and
// sum to tiles / (tiles + 1). So the probabilities sum to about 1, the largest logit is anywhere, and the
// target is the byte that followed h_r, of weight w = 1/2. The noise, triangular on (-1, 1), makes every
// value different. The sum is rounded to binary32, then to the format. With fewer than 256 classes, the
// target and the first others. Domain: every logit is finite, every target in [0, classes). Deterministic:
// the same shape and seed give the same bits.
class Workload {
 public:
  // Domain: rows >= 1, classes >= 1; a format of 16 bits or more. Status: throws std::bad_alloc.
  Workload(const Shape& shape, const reference::Format& format, std::uint64_t seed);

  const Shape& shape() const { return shape_; }
  const reference::Format& format() const { return *format_; }
  // The logits as they lie in memory, the last word filled up with zeros.
  std::span<const std::uint32_t> words() const { return {words_.get(), word_count(shape_, *format_)}; }
  // Domain: binary32.
  std::span<const float> logits() const;
  std::span<const std::int64_t> targets() const { return targets_; }

  // The question about this workload's buffers.
  xent_problem problem(int threads) const;

  // How many words of 32 bits hold as many numbers of the format.
  static std::size_t word_count(const Shape& shape, const reference::Format& format);

 private:
  Shape shape_;
  const reference::Format* format_;
  hwy::AlignedFreeUniquePtr<std::uint32_t[]> words_;
  std::vector<std::int64_t> targets_;
};

}  // namespace xent::bench

#endif  // XENT_BENCH_WORKLOADS_H
