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

// Which labels a workload holds: soft ones take as much memory as the logits.
enum class Labels { hard, hard_and_soft };

// Logits in the format with int64 targets, and what options ask for beside them. Row r follows row r - 1
// immediately, as in a framework's tensor; the first is aligned for any vector.
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
//
// Soft labels are those of a teacher that sees the same context: the softmax of the row with noise of their
// own added, rounded like the logits.
class Workload {
 public:
  // Domain: rows >= 1, classes >= 1; a format of 16 bits or more. Status: throws std::bad_alloc.
  Workload(const Shape& shape, const reference::Format& format, std::uint64_t seed,
           Labels labels = Labels::hard);

  const Shape& shape() const { return shape_; }
  const reference::Format& format() const { return *format_; }
  // The logits as they lie in memory, the last word filled up with zeros.
  std::span<const std::uint32_t> words() const { return {words_.get(), word_count(shape_, *format_)}; }
  // Domain: binary32.
  std::span<const float> logits() const;
  std::span<const std::int64_t> targets() const { return targets_; }

  // The operation about this workload's buffers. Domain: soft labels are there if it asks for them.
  xent_problem problem(const Operation& operation, int threads) const;
  // What the operation has to read; `results` is empty. Domain: the same.
  Traffic reading(const Operation& operation) const;

  // What options of operations ask for.
  xent_tensor target_tensor() const;
  xent_tensor target_tensor_with_ignored() const;  // the last row of every kIgnoredEvery
  xent_tensor soft_labels() const;
  xent_tensor class_weights() const;
  // As words(): as many of them as the rows that are not ignored have, and the soft labels.
  std::span<const std::uint32_t> words_of_valid_rows() const;
  std::span<const std::uint32_t> label_words() const;

  // How many words of 32 bits hold as many numbers of the format.
  static std::size_t word_count(const Shape& shape, const reference::Format& format);

 private:
  using Words = hwy::AlignedFreeUniquePtr<std::uint32_t[]>;

  static Words room(std::size_t count);
  xent_tensor matrix(const Words& words) const;

  Shape shape_;
  const reference::Format* format_;
  Words words_;
  Words label_words_;  // null: none
  std::vector<std::int64_t> targets_;
  std::vector<std::int64_t> targets_with_ignored_;
  std::vector<float> class_weights_;
  std::vector<double> wide_class_weights_;  // the same
};

}  // namespace xent::bench

#endif  // XENT_BENCH_WORKLOADS_H
