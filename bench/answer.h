// Where answers go: one pair of buffers, used again for every call.
#ifndef XENT_BENCH_ANSWER_H
#define XENT_BENCH_ANSWER_H

#include <hwy/aligned_allocator.h>

#include <cstdint>
#include <span>
#include <vector>

#include "bench/operations.h"
#include "bench/workloads.h"
#include "reference/xent.h"

namespace xent::bench {

// Large enough for the results of every workload. All memory is touched once, so that no timed
// call waits for the system to give it.
class Answer {
 public:
  // Status: throws std::bad_alloc.
  explicit Answer(std::span<const Workload> workloads);

  // Room for what the operation asks of the workload, which is one of those of the constructor. Losses are
  // binary32; a gradient, or a result for every class, is in the format of the logits, its rows as close
  // together as theirs.
  xent_result result(const Workload& workload, const Operation& operation);
  // The buffer of what is one a class, as many words as the workload's logits. The first is aligned for any
  // vector.
  std::span<std::uint32_t> matrix(const Workload& workload);

 private:
  std::vector<float> losses_;
  hwy::AlignedFreeUniquePtr<std::uint32_t[]> matrix_;
};

}  // namespace xent::bench

#endif  // XENT_BENCH_ANSWER_H
