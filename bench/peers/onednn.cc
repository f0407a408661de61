// oneDNN: logsoftmax into scratch memory, where the losses are read off; the gradient is exp of it, less 1 at
// the target. It has no primitive for the loss itself.
#include <omp.h>

#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <tuple>

#include "bench/peers/adapter.h"

namespace xent::bench::peer {
namespace {

// The primitives for a shape and a number of threads, and what they are applied to, for the calling thread.
class Plan {
 public:
  Plan(std::int64_t rows, std::int64_t classes)
      : engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_),
        shape_({rows, classes}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab),
        logits_(shape_, engine_, nullptr),
        log_probs_(shape_, engine_, nullptr),
        gradient_(shape_, engine_, nullptr),
        log_softmax_({{dnnl::prop_kind::forward_inference, shape_, 1}, engine_}),
        exp_({{dnnl::prop_kind::forward_inference, dnnl::algorithm::eltwise_exp, shape_}, engine_}) {}

  void log_softmax(const float* logits, float* log_probs) {
    logits_.set_data_handle(const_cast<float*>(logits));  // a source is only read
    log_probs_.set_data_handle(log_probs);
    log_softmax_.execute(stream_, {{DNNL_ARG_SRC, logits_}, {DNNL_ARG_DST, log_probs_}});
    stream_.wait();
  }

  void exp(float* log_probs, float* gradient) {
    log_probs_.set_data_handle(log_probs);
    gradient_.set_data_handle(gradient);
    exp_.execute(stream_, {{DNNL_ARG_SRC, log_probs_}, {DNNL_ARG_DST, gradient_}});
    stream_.wait();
  }

 private:
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::memory::desc shape_;
  dnnl::memory logits_;
  dnnl::memory log_probs_;
  dnnl::memory gradient_;
  dnnl::logsoftmax_forward log_softmax_;
  dnnl::eltwise_forward exp_;
};

// Primitives are made for the number of threads that OpenMP has when they are made.
Plan& plan_for(const Batch& batch) {
  thread_local std::map<std::tuple<std::int64_t, std::int64_t, int>, Plan> plans;
  omp_set_num_threads(batch.threads);
  const auto key = std::tuple(batch.rows, batch.classes, batch.threads);
  auto found = plans.find(key);
  if (found == plans.end()) found = plans.try_emplace(key, batch.rows, batch.classes).first;
  return found->second;
}

bool compute(const Batch& batch) {
  Plan& plan = plan_for(batch);
  float* const log_probs = scratch(batch.rows * batch.classes);
  plan.log_softmax(batch.logits, log_probs);
  if (batch.gradient != nullptr) plan.exp(log_probs, batch.gradient);
  for (std::int64_t r = 0; r < batch.rows; ++r) {
    const std::int64_t target = r * batch.classes + batch.targets[r];
    batch.losses[r] = -log_probs[target];
    if (batch.gradient != nullptr) batch.gradient[target] -= 1;
  }
  return true;
}

bool log_softmax(const Batch& batch) {
  plan_for(batch).log_softmax(batch.logits, batch.losses);
  return true;
}

// Documented nowhere; twice what is usual.
constexpr double kExpError = 4;

}  // namespace
}  // namespace xent::bench::peer

extern "C" const xent_implementation* xent_get_implementation(void) {
  using namespace xent::bench::peer;
  const dnnl_version_t& linked = *dnnl_version();
  static const std::string version =
      std::to_string(linked.major) + "." + std::to_string(linked.minor) + "." + std::to_string(linked.patch);
  return describe("oneDNN", version.c_str(), kExpError, answer_with<compute, log_softmax>, true);
}
