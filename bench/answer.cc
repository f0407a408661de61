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
  gradient_ = hwy::AllocateAligned<std::uint32_t>(words);
  if (gradient_ == nullptr) throw std::bad_alloc();
  std::fill_n(gradient_.get(), words, 0u);
}

xent_result Answer::result(const Workload& workload, const Operation& operation) {
  xent_result result = {};
  result.struct_size = sizeof result;
  result.loss = {losses_.data(), XENT_BINARY32, 1, 0};
  if (operation.gradient) result.grad = {gradient_.get(), workload.format().id, workload.shape().classes, 1};
  return result;
}

std::span<std::uint32_t> Answer::gradient(const Workload& workload) {
  return {gradient_.get(), workload.words().size()};
}

}  // namespace xent::bench
