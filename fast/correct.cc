// The implementation "xent-correct": binary64 lanes decide nearly every row, double-double the others.
#include "fast/correct.h"

#include <algorithm>
#include <vector>

#include "fast/correct_gradient.h"
#include "fast/element.h"
#include "fast/implementations.h"
#include "fast/recompute.h"
#include "fast/request.h"
#include "fast/row_parts.h"
#include "fast/segments.h"
#include "fast/wide_gradient.h"
#include "fast/wide_kernel.h"

namespace xent::fast {
namespace {

constexpr xent_claim kClaim = {
    .loss = "softmax_cross_entropy",
    .input_spaces = XENT_BIT(XENT_LOGITS),
    .input_formats = XENT_BIT(XENT_BINARY16) | XENT_BIT(XENT_BFLOAT16) | XENT_BIT(XENT_BINARY32),
    .target_formats = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64),
    .loss_formats = XENT_BIT(XENT_BINARY32),
    .grad_formats = XENT_BIT(XENT_BINARY32),
    .reductions = XENT_BIT(XENT_NONE),
    .options = XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX) |
               XENT_BIT(XENT_OPTION_UPSTREAM),
    .guarantees = XENT_BIT(XENT_SAME_BITS_FOR_ANY_THREADS) | XENT_BIT(XENT_SAME_BITS_FOR_ANY_LAYOUT) |
                  XENT_BIT(XENT_SAME_BITS_FOR_ANY_CLASS_ORDER) | XENT_BIT(XENT_SAME_BITS_FOR_ANY_BATCH),
    .grade = "correctly_rounded",
    .summation = XENT_SEQUENTIAL,
    .compute_format = XENT_BINARY64,
    .exp_error = 0,
    .log_error = 0};

// The same rows in binary32, which holds their logits exactly, until the thread asks again.
Logits copied(const Logits& logits, int64_t rows) {
  thread_local std::vector<float> floats;
  floats.resize(static_cast<size_t>(rows * logits.classes));
  with_element(logits.format, [&](auto element) {
    for (int64_t r = 0; r < rows; ++r) {
      const auto* const row = static_cast<const decltype(element)*>(logits.data) + r * logits.row_stride;
      std::transform(row, row + logits.classes, floats.begin() + r * logits.classes,
                     [](auto x) { return static_cast<float>(to_double(x)); });
    }
  });
  return {floats.data(), logits.classes, logits.classes};
}

Logits in_binary32(const Logits& logits, int64_t rows) {
  return logits.format == XENT_BINARY32 ? logits : copied(logits, rows);
}

// The loss of a row that the usual effort leaves undecided.
std::optional<float> decide(const Logits& any_row, int64_t target) {
  const Logits row = in_binary32(any_row, 1);
  double loss;
  double error;
  wide_softmax_cross_entropy(row, &target, 1, Effort::more, &loss, &error);
  const std::optional<float> decided = rounded(loss, error);
  return decided ? decided : recompute(static_cast<const float*>(row.data), row.classes, target);
}

// Rows [first, first + rows) of the problem: at most kRowBatch.
static_assert(kRowBatch <= Tails::kRows);
struct Batch {
  const xent_problem& problem;
  int64_t first;
  int64_t rows;
  int64_t targets[kRowBatch];
  double losses[kRowBatch];
  double errors[kRowBatch];

  Logits logits() const {
    const Logits all = all_logits(problem);
    return from(all, first, 0, problem.classes);
  }
};

// Stores the roundings of the losses of a batch, whose logits these are. Status: XENT_FAILED for a row that
// even double-double arithmetic does not decide.
xent_status take(const Request& request, const Logits& logits, Batch& batch) {
  for (int64_t r = 0; r < batch.rows; ++r) {
    std::optional<float> loss = rounded(batch.losses[r], batch.errors[r]);
    if (!loss) {
      loss = decide(from(logits, r, 0, logits.classes), batch.targets[r]);
    }
    if (!loss) return XENT_FAILED;
    batch.losses[r] = static_cast<double>(*loss);
  }
  store(request.result.loss, batch.first, batch.rows, batch.losses);
  return XENT_OK;
}

// Whether the gradients of some rows lie where their logits do.
bool are_in_place(const Batch& batch, const xent_output& grad) {
  const Logits logits = batch.logits();
  if (logits.format != XENT_BINARY32) return false;
  for (int64_t r = 0; r < batch.rows; ++r) {
    const auto* const x = static_cast<const float*>(logits.data) + r * logits.row_stride;
    const auto* const out = static_cast<const float*>(grad.data) + (batch.first + r) * grad.row_stride;
    if (out < x + logits.classes && x < out + logits.classes) return true;
  }
  return false;
}

xent_status compute_losses(const Request& request, Batch& batch) {
  const Logits logits = in_binary32(batch.logits(), batch.rows);
  wide_softmax_cross_entropy(logits, batch.targets, batch.rows, Effort::usual, batch.losses, batch.errors);
  return take(request, logits, batch);
}

// Both from the same tails, so many threads sharing a row.
xent_status compute_gradients(const Request& request, Batch& batch, int threads) {
  const xent_output& grad = request.result.grad;
  const bool is_in_place = are_in_place(batch, grad);
  const Logits logits =
      is_in_place ? copied(batch.logits(), batch.rows) : in_binary32(batch.logits(), batch.rows);
  Tails tails;
  const double error = accurate_tails(logits, batch.targets, batch.rows, threads, tails);
  wide_losses_of_tails(tails, batch.rows, logits.classes, Effort::more, batch.losses, batch.errors);
  if (const xent_status status = take(request, logits, batch); status != XENT_OK) return status;
  double upstream[kRowBatch];
  read_upstream(request.problem, batch.first, batch.rows, upstream);
  for (int64_t r = 0; r < batch.rows; ++r) {
    const auto* const x = static_cast<const float*>(logits.data) + r * logits.row_stride;
    float* const out = static_cast<float*>(grad.data) + (batch.first + r) * grad.row_stride;
    const GradientRow row = {x, logits.classes, batch.targets[r], upstream[r]};
    const xent_status status = write_correct_gradient(row, {tails.max[r], tails.sum[r]}, error, threads, out);
    if (status != XENT_OK) return status;
  }
  return XENT_OK;
}

// Rows [begin, end), so many threads sharing a row.
xent_status compute_rows(const Request& request, int64_t begin, int64_t end, int threads) {
  // As many rows at a time as copying them is worth.
  constexpr int64_t kCopied = 1 << 16;
  const bool has_gradient = request.result.grad.data != nullptr;
  const bool may_be_copied = request.problem.input.format != XENT_BINARY32 || has_gradient;
  const int64_t most =
      may_be_copied ? std::clamp<int64_t>(kCopied / request.problem.classes, 1, kRowBatch) : kRowBatch;
  for (int64_t first = begin; first < end; first += most) {
    Batch batch = {request.problem, first, std::min(most, end - first), {}, {}, {}};
    xent_status status = read_targets(request.problem, first, batch.rows, batch.targets);
    if (status != XENT_OK) return status;
    status = has_gradient ? compute_gradients(request, batch, threads) : compute_losses(request, batch);
    if (status != XENT_OK) return status;
  }
  return XENT_OK;
}

// The losses of few long rows, all at once.
xent_status compute_segments(const Request& request) {
  const xent_problem& problem = request.problem;
  Batch batch = {problem, 0, problem.rows, {}, {}, {}};
  const xent_status status = read_targets(problem, 0, batch.rows, batch.targets);
  if (status != XENT_OK) return status;
  const auto usual_tail_of = [](const Logits& logits, int64_t target) {
    return wide_tail_of(in_binary32(logits, 1), target, Effort::usual);
  };
  const Tails tails = tails_of_segments(problem, batch.targets, usual_tail_of);
  wide_losses_of_tails(tails, batch.rows, problem.classes, Effort::usual, batch.losses, batch.errors);
  return take(request, batch.logits(), batch);
}

// All rows, by parts; the first status that is not XENT_OK.
xent_status compute_parts(const Request& request) {
  xent_status statuses[kMaxParts];
  const int parts = for_each_part(request.problem, [&](int p, int64_t begin, int64_t end) {
    statuses[p] = compute_rows(request, begin, end, 1);
  });
  const auto* const failed =
      std::find_if(statuses, statuses + parts, [](xent_status s) { return s != XENT_OK; });
  return failed == statuses + parts ? XENT_OK : *failed;
}

xent_status compute(const xent_problem* problem, xent_result* result) {
  Request request;
  if (const xent_status status = read_request(*correct_implementation(), problem, result, request);
      status != XENT_OK) {
    return status;
  }
  if (!shares_rows(request.problem)) return compute_parts(request);
  if (request.result.grad.data == nullptr) return compute_segments(request);
  return compute_rows(request, 0, request.problem.rows, useful_threads(request.problem));
}

}  // namespace

const xent_implementation* correct_implementation() {
  static constexpr xent_implementation kImplementation = {.abi_version = XENT_ABI_VERSION,
                                                          .claim_count = 1,
                                                          .name = "xent-correct",
                                                          .version = "0.1.0",
                                                          .claims = &kClaim,
                                                          .conventions = {},
                                                          .compute = compute};
  return &kImplementation;
}

}  // namespace xent::fast
