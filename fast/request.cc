#include "fast/request.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "fast/elements.h"

namespace xent::fast {

bool uses_target_probs(const xent_problem& problem) {
  const std::string_view loss = problem.loss;
  if (loss == "softmax_cross_entropy") return problem.target_probs.data != nullptr;
  return loss == "cross_entropy" || loss == "kl";
}

bool gives_matrix(const xent_problem& problem) {
  const std::string_view loss = problem.loss;
  return loss == "softmax" || loss == "log_softmax";
}

bool uses_targets(const xent_problem& problem) {
  const std::string_view loss = problem.loss;
  if (loss == "softmax_cross_entropy") return problem.target_probs.data == nullptr;
  return loss == "nll" || loss == "sequence" || loss == "perplexity";
}

namespace {

// Fields that a caller compiled against an older header lacks are zero. Fields that only a newer header has
// must ask for nothing, which is zero as well.
template <class Struct>
xent_status copy_struct(const Struct* source, Struct& copy) {
  copy = {};
  if (source == nullptr || source->struct_size < sizeof(source->struct_size)) return XENT_INVALID;
  const size_t size = source->struct_size;
  std::memcpy(static_cast<void*>(&copy), source, std::min(size, sizeof(Struct)));
  const char* bytes = reinterpret_cast<const char*>(source);
  for (size_t i = sizeof(Struct); i < size; ++i) {
    if (bytes[i] != 0) return XENT_UNSUPPORTED;
  }
  return XENT_OK;
}

bool in_set(uint32_t set, int32_t enumerator) {
  return enumerator >= 0 && enumerator < 32 && (set & XENT_BIT(enumerator)) != 0;
}

// Whether the byte offset of every element fits in 63 bits, so that index arithmetic cannot overflow.
bool addressable(int64_t rows, int64_t row_stride, int64_t classes, int64_t class_stride) {
  constexpr int64_t kLargestElement = 8;
  int64_t row_offset, class_offset, offset, bytes;
  return !__builtin_mul_overflow(rows, row_stride, &row_offset) &&
         !__builtin_mul_overflow(classes, class_stride, &class_offset) &&
         !__builtin_add_overflow(row_offset, class_offset, &offset) &&
         !__builtin_sub_overflow(row_offset, class_offset, &bytes) &&
         !__builtin_mul_overflow(offset, kLargestElement, &offset) &&
         !__builtin_mul_overflow(bytes, kLargestElement, &bytes);
}

// Whether a result of rows x classes has a place for every element. Rows may not overlap.
bool valid_matrix(const xent_problem& problem, const xent_output& output) {
  const bool one_row = problem.rows <= 1;
  const bool one_class = problem.classes == 1;
  return addressable(problem.rows, output.row_stride, problem.classes, output.class_stride) &&
         (one_row || output.row_stride != 0) && (one_class || output.class_stride != 0);
}

// Numbers and rules of options that are in use.
bool valid_options(const xent_problem& problem) {
  const auto is_positive = [](double x) { return x == 0 || (x > 0 && std::isfinite(x)); };
  return problem.label_smoothing >= 0 && problem.label_smoothing <= 1 && std::isfinite(problem.z_loss) &&
         is_positive(problem.scale) && is_positive(problem.temperature);
}

// What can be said without knowing the implementation.
bool valid(const xent_problem& problem, const xent_result& result) {
  const int64_t rows = problem.rows;
  if (rows < 0 || problem.classes < 1) return false;
  if (!in_set(XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN), problem.reduction))
    return false;
  const xent_conventions& conventions = problem.conventions;
  if (conventions.denominator == XENT_GIVEN && !(conventions.denominator_value > 0)) return false;
  if (problem.base != 0 && !(problem.base > 0 && problem.base != 1 && std::isfinite(problem.base)))
    return false;

  const bool per_row = problem.reduction == XENT_NONE;
  if (result.loss.data == nullptr && !(per_row && rows == 0)) return false;
  if (per_row && rows > 1 && result.loss.row_stride == 0) return false;
  if (gives_matrix(problem)) {
    if (!valid_matrix(problem, result.loss)) return false;
  } else if (per_row && !addressable(rows, result.loss.row_stride, 0, 0)) {
    return false;
  }

  if (rows > 0 && problem.input.data == nullptr) return false;
  if (!addressable(rows, problem.input.row_stride, problem.classes, problem.input.class_stride)) return false;
  if (uses_targets(problem)) {
    if (rows > 0 && problem.targets.data == nullptr) return false;
    if (!addressable(rows, problem.targets.row_stride, 0, 0)) return false;
  }
  if (uses_target_probs(problem)) {
    const xent_tensor& probs = problem.target_probs;
    if (rows > 0 && probs.data == nullptr) return false;
    if (!addressable(rows, probs.row_stride, problem.classes, probs.class_stride)) return false;
    if (std::string_view(problem.loss) == "softmax_cross_entropy" && problem.targets.data != nullptr)
      return false;
  }
  if (!valid_options(problem)) return false;
  if (!addressable(rows, problem.sample_weights.row_stride, 0, 0)) return false;
  if (!addressable(0, 0, problem.classes, problem.class_weights.class_stride)) return false;
  if (problem.upstream.data != nullptr && per_row && !addressable(rows, problem.upstream.row_stride, 0, 0))
    return false;
  return result.grad.data == nullptr || valid_matrix(problem, result.grad);
}

// The set of options that the problem makes use of.
uint32_t options_used(const xent_problem& problem, const xent_result& result) {
  uint32_t options = 0;
  const auto use = [&options](bool used, int option) { options |= used ? XENT_BIT(option) : 0u; };
  const bool several_classes = problem.classes > 1;
  use(uses_targets(problem), XENT_OPTION_HARD_TARGETS);
  use(uses_target_probs(problem) && std::string_view(problem.loss) == "softmax_cross_entropy",
      XENT_OPTION_SOFT_TARGETS);
  use(several_classes && problem.input.class_stride != 1, XENT_OPTION_CLASS_STRIDE);
  use(several_classes && uses_target_probs(problem) && problem.target_probs.class_stride != 1,
      XENT_OPTION_CLASS_STRIDE);
  use(several_classes && result.grad.data != nullptr && result.grad.class_stride != 1,
      XENT_OPTION_CLASS_STRIDE);
  use(several_classes && gives_matrix(problem) && result.loss.class_stride != 1, XENT_OPTION_CLASS_STRIDE);
  use(problem.has_ignore_index != 0, XENT_OPTION_IGNORE_INDEX);
  use(problem.class_weights.data != nullptr, XENT_OPTION_CLASS_WEIGHTS);
  use(problem.sample_weights.data != nullptr, XENT_OPTION_SAMPLE_WEIGHTS);
  use(problem.upstream.data != nullptr, XENT_OPTION_UPSTREAM);
  use(problem.label_smoothing != 0, XENT_OPTION_LABEL_SMOOTHING);
  use(problem.temperature != 0, XENT_OPTION_TEMPERATURE);
  use(problem.scale != 0, XENT_OPTION_SCALE);
  use(problem.softcap != 0, XENT_OPTION_SOFTCAP);
  use(problem.z_loss != 0, XENT_OPTION_Z_LOSS);
  use(problem.base != 0, XENT_OPTION_BASE);
  return options;
}

constexpr uint32_t kIntegers = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64);

bool follows(const xent_conventions& asked) {
  const auto one_of = [](xent_policy policy, xent_policy followed) {
    return policy == XENT_POLICY_DEFAULT || policy == followed;
  };
  return asked.denominator >= XENT_VALID_ROWS && asked.denominator <= XENT_GIVEN && asked.clip == 0 &&
         asked.normalise == 0 && asked.gradient_of_unit_mass == 0 &&
         one_of(asked.all_ignored, XENT_POLICY_NAN) && one_of(asked.all_masked, XENT_POLICY_NAN) &&
         one_of(asked.target_out_of_range, XENT_POLICY_STATUS) &&
         one_of(asked.zero_weight_times_infinity, XENT_POLICY_ZERO) &&
         one_of(asked.masked_labels, XENT_POLICY_INFINITY);
}

// Label smoothing has rules that mean something for hard labels alone, or for several classes.
bool follows_smoothing(const xent_problem& problem) {
  if (problem.label_smoothing == 0) return true;
  const xent_conventions& asked = problem.conventions;
  const bool knows_mass =
      asked.smoothing_mass == XENT_SMOOTH_ALL ||
      (asked.smoothing_mass == XENT_SMOOTH_OTHERS && uses_targets(problem) && problem.classes > 1);
  const bool knows_weights = asked.smoothing_weights == XENT_SMOOTH_WEIGHTED ||
                             asked.smoothing_weights == XENT_SMOOTH_UNWEIGHTED ||
                             (asked.smoothing_weights == XENT_SMOOTH_BY_TARGET && uses_targets(problem));
  return knows_mass && knows_weights;
}

bool is_real(const xent_tensor& tensor) {
  return tensor.data == nullptr || in_set(kRealFormats, tensor.format);
}

bool covers(const xent_claim& claim, const xent_problem& problem, const xent_result& result) {
  if (std::string_view(claim.loss) != problem.loss) return false;
  if (!in_set(claim.input_spaces, problem.input_space)) return false;
  if (!in_set(claim.input_formats, problem.input.format)) return false;
  if (uses_targets(problem) && !in_set(claim.target_formats & kIntegers, problem.targets.format))
    return false;
  if (uses_target_probs(problem) &&
      (problem.target_space != XENT_PROBABILITIES ||
       !in_set(claim.target_formats & kRealFormats, problem.target_probs.format))) {
    return false;
  }
  if (!in_set(claim.loss_formats, result.loss.format)) return false;
  if (result.target_grad.data != nullptr) return false;
  if (result.grad.data != nullptr && !in_set(claim.grad_formats, result.grad.format)) return false;
  if (!is_real(problem.upstream) || !is_real(problem.class_weights) || !is_real(problem.sample_weights))
    return false;
  if (!in_set(claim.reductions, problem.reduction)) return false;
  return (options_used(problem, result) & ~claim.options) == 0;
}

}  // namespace

xent_status read_request(const xent_implementation& implementation, const xent_problem* problem,
                         const xent_result* result, Request& request) {
  if (const xent_status status = copy_struct(problem, request.problem); status != XENT_OK) return status;
  if (const xent_status status = copy_struct(result, request.result); status != XENT_OK) return status;
  if (request.problem.loss == nullptr) return XENT_INVALID;
  if (!valid(request.problem, request.result)) return XENT_INVALID;
  if (!follows(request.problem.conventions) || !follows_smoothing(request.problem)) return XENT_UNSUPPORTED;
  for (uint32_t i = 0; i < implementation.claim_count; ++i) {
    request.claim = &implementation.claims[i];
    if (covers(*request.claim, request.problem, request.result)) return XENT_OK;
  }
  return XENT_UNSUPPORTED;
}

namespace {

template <class Index>
xent_status copy_targets(const xent_problem& problem, int64_t first, int64_t rows, int64_t* targets) {
  const int64_t stride = problem.targets.row_stride;
  const Index* const source = static_cast<const Index*>(problem.targets.data) + first * stride;
  const bool ignores = problem.has_ignore_index != 0;
  bool out_of_range = false;
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t target = source[r * stride];
    const bool ignored = ignores && target == problem.ignore_index;
    out_of_range |= !ignored && (target < 0 || target >= problem.classes);
    targets[r] = ignored ? kIgnored : target;
  }
  return out_of_range ? XENT_TARGET_OUT_OF_RANGE : XENT_OK;
}

template <class Real>
void store_rounded(const xent_output& output, int64_t first, int64_t rows, const double* values) {
  Real* const out = static_cast<Real*>(output.data) + first * output.row_stride;
  for (int64_t r = 0; r < rows; ++r) out[r * output.row_stride] = static_cast<Real>(values[r]);
}

}  // namespace

xent_status read_targets(const xent_problem& problem, int64_t first, int64_t rows, int64_t* targets) {
  return problem.targets.format == XENT_INT64 ? copy_targets<int64_t>(problem, first, rows, targets)
                                              : copy_targets<int32_t>(problem, first, rows, targets);
}

void read_upstream(const xent_problem& problem, int64_t first, int64_t rows, double* upstream) {
  if (problem.upstream.data == nullptr) {
    std::fill_n(upstream, rows, 1.0);
    return;
  }
  const bool per_row = problem.reduction == XENT_NONE;
  for (int64_t r = 0; r < rows; ++r)
    read_elements(problem.upstream, per_row ? first + r : 0, 0, 1, upstream + r);
}

void store(const xent_output& output, int64_t first, int64_t rows, const double* values) {
  if (output.format == XENT_BINARY64) {
    store_rounded<double>(output, first, rows, values);
  } else {
    store_rounded<float>(output, first, rows, values);
  }
}

}  // namespace xent::fast
