// PyTorch: log_softmax and nll_loss as cross_entropy composes them, and their backward passes as autograd
// calls them, in the variants that take their outputs: without the allocations of an ordinary call, since
// what those cost depends on the allocator and not on the arithmetic.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_log_softmax.h>
#include <ATen/ops/_log_softmax_backward_data.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/nll_loss_backward.h>
#include <ATen/ops/nll_loss_forward.h>
#include <ATen/ops/ones.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/api/include/torch/version.h>

#include "bench/peers/adapter.h"

namespace xent::bench::peer {
namespace {

constexpr std::int64_t kNoIgnoredTarget = -100;  // the default; targets are never negative here

// Intermediate results of the calling thread, for the shape of the last call.
struct Intermediate {
  at::Tensor log_probs;
  at::Tensor total_weight;
  at::Tensor loss_gradient;       // of the losses: 1
  at::Tensor log_probs_gradient;  // of the log-probabilities

  void fit(std::int64_t rows, std::int64_t classes) {
    if (log_probs.defined() && log_probs.size(0) == rows && log_probs.size(1) == classes) return;
    log_probs = at::empty({rows, classes});
    log_probs_gradient = at::empty({rows, classes});
    loss_gradient = at::ones({rows});
    total_weight = at::empty({});
  }
};

void use_threads(int threads) {
  thread_local int used = 0;
  if (threads == used) return;
  at::set_num_threads(threads);
  used = threads;
}

void backward(const at::Tensor& targets, Intermediate& i, at::Tensor& gradient) {
  at::nll_loss_backward_out(i.log_probs_gradient, i.loss_gradient, i.log_probs, targets, c10::nullopt,
                            at::Reduction::None, kNoIgnoredTarget, i.total_weight);
  at::_log_softmax_backward_data_out(gradient, i.log_probs_gradient, i.log_probs, 1, at::kFloat);
}

bool compute(const Batch& batch) {
  use_threads(batch.threads);
  const c10::InferenceMode no_graph;
  thread_local Intermediate i;
  i.fit(batch.rows, batch.classes);
  // What is wrapped is only read, or is an output.
  const at::Tensor logits = at::from_blob(const_cast<float*>(batch.logits), {batch.rows, batch.classes});
  const at::Tensor targets =
      at::from_blob(const_cast<std::int64_t*>(batch.targets), {batch.rows}, at::TensorOptions(at::kLong));
  at::Tensor losses = at::from_blob(batch.losses, {batch.rows});
  at::_log_softmax_out(i.log_probs, logits, 1, false);
  at::nll_loss_forward_out(losses, i.total_weight, i.log_probs, targets, c10::nullopt, at::Reduction::None,
                           kNoIgnoredTarget);
  if (batch.gradient != nullptr) {
    at::Tensor gradient = at::from_blob(batch.gradient, {batch.rows, batch.classes});
    backward(targets, i, gradient);
  }
  return true;
}

// Documented nowhere; twice what is usual.
constexpr double kExpError = 4;

}  // namespace
}  // namespace xent::bench::peer

extern "C" const xent_implementation* xent_get_implementation(void) {
  using namespace xent::bench::peer;
  return describe("PyTorch", TORCH_VERSION, kExpError, answer_with<compute>);
}
