#include "bench/peers/adapter.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace xent::bench::peer {
namespace {

bool plain(const xent_problem& p) {
  return p.target_probs.data == nullptr && p.has_ignore_index == 0 && p.class_weights.data == nullptr &&
         p.sample_weights.data == nullptr && p.upstream.data == nullptr && p.label_smoothing == 0 &&
         p.temperature == 0 && p.scale == 0 && p.softcap == 0 && p.z_loss == 0 && p.base == 0;
}

bool has_plain_logits(const xent_problem& p, const xent_result& r) {
  return p.input_space == XENT_LOGITS && p.input.format == XENT_BINARY32 && p.input.class_stride == 1 &&
         p.reduction == XENT_NONE && plain(p) && r.loss.format == XENT_BINARY32 &&
         r.target_grad.data == nullptr;
}

bool supported(const xent_problem& p, const xent_result& r) {
  const bool gradient = r.grad.data != nullptr;
  return p.loss != nullptr && std::string_view(p.loss) == "softmax_cross_entropy" && has_plain_logits(p, r) &&
         p.targets.format == XENT_INT64 &&
         (!gradient || (r.grad.format == XENT_BINARY32 && r.grad.class_stride == 1));
}

bool has_shape(const xent_problem& p) {
  return p.rows >= 0 && p.classes >= 1;
}

bool valid(const xent_problem& p, const xent_result& r) {
  return has_shape(p) &&
         (p.rows == 0 || (p.input.data != nullptr && p.targets.data != nullptr && r.loss.data != nullptr));
}

// A matrix or vector of the problem as packed memory: itself, or a copy.
template <typename T>
class Packed {
 public:
  Packed(const T* data, std::int64_t stride, std::int64_t rows, std::int64_t columns) : data_(data) {
    if (stride == columns || rows == 1) return;
    for (std::int64_t r = 0; r < rows; ++r)
      copy_.insert(copy_.end(), data + r * stride, data + r * stride + columns);
    data_ = copy_.data();
  }
  const T* data() const { return data_; }

 private:
  const T* data_;
  std::vector<T> copy_;
};

// The same for what is written, back to its place at the end.
class Unpacked {
 public:
  Unpacked(const xent_output& place, std::int64_t rows, std::int64_t columns)
      : place_(static_cast<float*>(place.data)), stride_(place.row_stride), rows_(rows), columns_(columns) {
    if (place_ == nullptr || stride_ == columns || rows == 1) return;
    copy_.resize(static_cast<std::size_t>(rows * columns));
  }
  float* data() { return copy_.empty() ? place_ : copy_.data(); }
  void store() const {
    if (copy_.empty()) return;
    for (std::int64_t r = 0; r < rows_; ++r)
      std::copy_n(copy_.data() + r * columns_, columns_, place_ + r * stride_);
  }

 private:
  float* place_;
  std::int64_t stride_;
  std::int64_t rows_;
  std::int64_t columns_;
  std::vector<float> copy_;
};

}  // namespace

xent_status answer(const xent_problem& problem, const xent_result& result, Compute compute) try {
  if (!supported(problem, result)) return XENT_UNSUPPORTED;
  if (!valid(problem, result)) return XENT_INVALID;
  if (problem.rows == 0) return XENT_OK;
  const std::int64_t rows = problem.rows;
  const std::int64_t classes = problem.classes;
  const Packed<float> logits(static_cast<const float*>(problem.input.data), problem.input.row_stride, rows,
                             classes);
  const Packed<std::int64_t> targets(static_cast<const std::int64_t*>(problem.targets.data),
                                     problem.targets.row_stride, rows, 1);
  const auto in_range = [=](std::int64_t t) { return t >= 0 && t < classes; };
  if (!std::all_of(targets.data(), targets.data() + rows, in_range)) return XENT_TARGET_OUT_OF_RANGE;
  Unpacked losses(result.loss, rows, 1);
  Unpacked gradient(result.grad, rows, classes);
  if (!compute({rows, classes, logits.data(), targets.data(), losses.data(), gradient.data(),
                std::max(problem.threads, 1)}))
    return XENT_FAILED;
  losses.store();
  gradient.store();
  return XENT_OK;
} catch (...) {  // nothing throws across the contract
  return XENT_FAILED;
}

bool is_log_softmax(const xent_problem& problem) {
  return problem.loss != nullptr && std::string_view(problem.loss) == "log_softmax";
}

xent_status answer_log_softmax(const xent_problem& problem, const xent_result& result, Compute compute) try {
  if (!has_plain_logits(problem, result) || result.loss.class_stride != 1 || result.grad.data != nullptr)
    return XENT_UNSUPPORTED;
  if (!has_shape(problem)) return XENT_INVALID;
  if (problem.rows == 0) return XENT_OK;
  if (problem.input.data == nullptr || result.loss.data == nullptr) return XENT_INVALID;
  const Packed<float> logits(static_cast<const float*>(problem.input.data), problem.input.row_stride,
                             problem.rows, problem.classes);
  Unpacked entries(result.loss, problem.rows, problem.classes);
  if (!compute({problem.rows, problem.classes, logits.data(), nullptr, entries.data(), nullptr,
                std::max(problem.threads, 1)}))
    return XENT_FAILED;
  entries.store();
  return XENT_OK;
} catch (...) {
  return XENT_FAILED;
}

const xent_implementation* describe(const char* name, const char* version, double exp_error,
                                    xent_status (*compute)(const xent_problem*, xent_result*),
                                    bool has_log_softmax) {
  static const xent_claim loss = {
      .loss = "softmax_cross_entropy",
      .input_spaces = XENT_BIT(XENT_LOGITS),
      .input_formats = XENT_BIT(XENT_BINARY32),
      .target_formats = XENT_BIT(XENT_INT64),
      .loss_formats = XENT_BIT(XENT_BINARY32),
      .grad_formats = XENT_BIT(XENT_BINARY32),
      .reductions = XENT_BIT(XENT_NONE),
      .options = XENT_BIT(XENT_OPTION_HARD_TARGETS),
      .guarantees = 0,
      .grade = "shifted",
      .summation = XENT_SEQUENTIAL,  // the largest bound: libraries do not say how they add
      .compute_format = XENT_BINARY32,
      .exp_error = exp_error,
      .log_error = 0};
  static const std::array claims = {loss, [] {
                                      xent_claim entries = loss;
                                      entries.loss = "log_softmax";
                                      entries.target_formats = entries.grad_formats = entries.options = 0;
                                      return entries;
                                    }()};
  static const xent_implementation implementation = {.abi_version = XENT_ABI_VERSION,
                                                     .claim_count = has_log_softmax ? 2U : 1U,
                                                     .name = name,
                                                     .version = version,
                                                     .claims = claims.data(),
                                                     .conventions = {},
                                                     .compute = compute};
  return &implementation;
}

float* scratch(std::int64_t count) {
  thread_local std::vector<float> memory;
  if (memory.size() < static_cast<std::size_t>(count)) memory.resize(static_cast<std::size_t>(count));
  return memory.data();
}

}  // namespace xent::bench::peer
