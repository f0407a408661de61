// What is timed: rows of logits as a language model makes them, in the shapes of the catalogue.
#ifndef XENT_BENCH_WORKLOADS_H
#define XENT_BENCH_WORKLOADS_H

#include <hwy/aligned_allocator.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

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

// Softmax cross-entropy of binary32 logits with hard int64 targets, one binary32 loss a row. Row r follows
// row r - 1 immediately, as in a framework's tensor; the first is aligned for any vector.
//
//   x[r][c] = ln P(c mod 256 | h_r) + ln w(c div 256) + noise,
//
// P being the byte model of properties/realistic.h at one of its contexts h, and
// w(k) = 1 / ((k' + 1) (k' + 2)), k' = (k - k_r) mod tiles, weights that fall off as word frequencies do and
// sum to tiles / (tiles + 1). So the probabilities sum to about 1, the largest logit is anywhere, and the
// target is the byte that followed h_r, of weight w = 1/2. The noise, triangular on (-1, 1), makes every
// value different. With fewer than 256 classes, the target and the first others. Domain: every logit is
// finite, every target in [0, classes). Deterministic: the same shape and seed give the same bits.
class Workload {
 public:
  // Domain: rows >= 1, classes >= 1. Status: throws std::bad_alloc.
  Workload(const Shape& shape, std::uint64_t seed);

  const Shape& shape() const { return shape_; }
  std::span<const float> logits() const {
    return {logits_.get(), static_cast<std::size_t>(shape_.elements())};
  }
  std::span<const std::int64_t> targets() const { return targets_; }
  std::span<const float> losses() const { return losses_; }

  // The question, about this workload's buffers, and where the answer goes. Both are allocated already:
  // answering it again allocates nothing here.
  xent_problem problem(int threads) const;
  xent_result result();

 private:
  Shape shape_;
  hwy::AlignedFreeUniquePtr<float[]> logits_;
  std::vector<std::int64_t> targets_;
  std::vector<float> losses_;
};

}  // namespace xent::bench

#endif  // XENT_BENCH_WORKLOADS_H
