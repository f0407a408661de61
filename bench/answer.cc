#include "bench/answer.h"

#include <algorithm>
#include <new>

namespace xent::bench {

Answer::Answer(std::span<const Workload> workloads) {
  std::size_t losses = 0;
  std::size_t words = 1;
  for (const Workload& workload : workloads) {
    losses = std::max(losses, static_cast<std::size_t>(workload.shape().rows));
    words = std::max(words, workload.words().size());
  }
  losses_.resize(losses);
  matrix_ = hwy::AllocateAligned<std::uint32_t>(words);
  if (matrix_ == nullptr) throw std::bad_alloc();
  std::fill_n(matrix_.get(), words, 0u);
}

xent_result Answer::result(const Workload& workload, const Operation& operation) {
  xent_result result = {};
  result.struct_size = sizeof result;
  const xent_output matrix = {matrix_.get(), workload.format().id, workload.shape().classes, 1};
  result.loss = operation.is_map() ? matrix : xent_output{losses_.data(), XENT_BINARY32, 1, 0};
  if (operation.gradient) result.grad = matrix;
  return result;
}

std::span<std::uint32_t> Answer::matrix(const Workload& workload) {
  return {matrix_.get(), workload.words().size()};
}

}  // namespace xent::bench
