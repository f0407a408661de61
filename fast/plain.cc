#include "fast/plain.h"

#include <string_view>

#include "fast/reduction.h"
#include "fast/request.h"

namespace xent::fast {
namespace {

const float* row_of(const xent_tensor& tensor, int64_t row) {
  return static_cast<const float*>(tensor.data) + row * tensor.row_stride;
}

bool has_hard_targets(std::string_view loss) {
  return loss == "nll" || loss == "softmax_cross_entropy" || loss == "sequence" || loss == "perplexity";
}

bool is_always_mean(std::string_view loss) {
  return loss == "sequence" || loss == "perplexity";
}

RowLoss find(std::span<const PlainLoss> losses, const xent_problem& problem) {
  for (const PlainLoss& loss : losses) {
    if (std::string_view(loss.loss) != problem.loss) continue;
    return problem.input_space == XENT_LOGITS ? loss.from_logits : loss.from_probabilities;
  }
  return nullptr;
}

}  // namespace

Row::Row(const xent_problem& problem, int64_t row, int64_t row_target)
    : classes(problem.classes),
      target(row_target),
      input_(row_of(problem.input, row)),
      input_stride_(problem.input.class_stride),
      target_probs_(uses_target_probs(problem) ? row_of(problem.target_probs, row) : nullptr),
      target_prob_stride_(problem.target_probs.class_stride) {}

xent_claim plain_claim(const PlainLoss& loss, const char* grade) {
  const std::string_view name = loss.loss;
  const bool hard = has_hard_targets(name);
  uint32_t options = XENT_BIT(XENT_OPTION_BASE) | XENT_BIT(XENT_OPTION_CLASS_STRIDE);
  if (hard) options |= XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX);
  if (name == "softmax_cross_entropy") options |= XENT_BIT(XENT_OPTION_SOFT_TARGETS);
  const uint32_t logits = loss.from_logits != nullptr ? XENT_BIT(XENT_LOGITS) : 0;
  const uint32_t probabilities = loss.from_probabilities != nullptr ? XENT_BIT(XENT_PROBABILITIES) : 0;
  return {
      .loss = loss.loss,
      .input_spaces = logits | probabilities,
      .input_formats = XENT_BIT(XENT_BINARY32),
      .target_formats = XENT_BIT(XENT_BINARY32) | (hard ? XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64) : 0),
      .loss_formats = XENT_BIT(XENT_BINARY32),
      .grad_formats = 0,
      .reductions = is_always_mean(name) ? XENT_BIT(XENT_MEAN)
                                         : XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN),
      .options = options,
      .guarantees = XENT_BIT(XENT_SAME_BITS_FOR_ANY_THREADS) | XENT_BIT(XENT_SAME_BITS_FOR_ANY_LAYOUT) |
                    XENT_BIT(XENT_SAME_BITS_FOR_ANY_BATCH),
      .grade = grade,
      .summation = XENT_SEQUENTIAL,
      .compute_format = XENT_BINARY32,
      .exp_error = 2,  // glibc: expf and logf are off by less than 1 ulp, which is at most 2u
      .log_error = 2};
}

xent_status compute_plain(const xent_implementation& implementation, std::span<const PlainLoss> losses,
                          const xent_problem* problem, const xent_result* result) {
  Request request;
  if (const xent_status status = read_request(implementation, problem, result, request); status != XENT_OK) {
    return status;
  }
  const xent_problem& asked = request.problem;
  // The weight of a row is the sum of its labels, which is not always 1.
  if (asked.reduction == XENT_MEAN && asked.conventions.denominator == XENT_VALID_WEIGHTS &&
      uses_target_probs(asked)) {
    return XENT_UNSUPPORTED;
  }
  const RowLoss row_loss = find(losses, asked);
  const bool hard = uses_targets(asked);
  float sum = 0;
  int64_t valid_rows = 0;
  for (int64_t r = 0; r < asked.rows; ++r) {
    int64_t target = 0;
    if (hard) {
      if (const xent_status status = read_targets(asked, r, 1, &target); status != XENT_OK) return status;
    }
    const bool ignored = target == kIgnored;
    const float loss = ignored ? 0.0f : row_loss(Row(asked, r, target));
    if (asked.reduction == XENT_NONE) {
      store(request.result.loss, r, in_base(asked, loss));
    } else if (!ignored) {
      sum += loss;
      ++valid_rows;
    }
  }
  if (asked.reduction != XENT_NONE)
    store(request.result.loss, 0, reduced(asked, sum, {valid_rows, static_cast<double>(valid_rows)}));
  return XENT_OK;
}

}  // namespace xent::fast
