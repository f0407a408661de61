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
                  XENT_BIT(XENT_SAME_BITS_FOR_ANY_CLASS_ORDER),
    .grade = "correctly_rounded",
    .summation = XENT_SEQUENTIAL,
    .compute_format = XENT_BINARY64,
    .exp_error = 0,
    .log_error = 0};

// The same rows in binary32, which holds their logits exactly: where they have to be converted, until the
// thread asks again.
Logits in_binary32(const Logits& logits, int64_t rows) {
  if (logits.format == XENT_BINARY32) return logits;
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
struct Batch {
  const xent_problem& problem;
  int64_t first;
  int64_t rows;
  int64_t targets[kRowBatch];
  double losses[kRowBatch];
  double errors[kRowBatch];

  Logits logits() const {
    const Logits all = {problem.input.data, problem.input.row_stride, problem.classes, problem.input.format};
    return from(all, first, 0, problem.classes);
  }
};

// Stores the roundings of the losses of a batch. Status: XENT_FAILED for a row that even double-double
// arithmetic does not decide.
xent_status take(const Request& request, Batch& batch) {
  const Logits logits = batch.logits();
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

// As many rows at a time as converting them is worth.
int64_t batch_of(const xent_problem& problem) {
  constexpr int64_t kConverted = 1 << 16;
  if (problem.input.format == XENT_BINARY32) return kRowBatch;
  return std::clamp<int64_t>(kConverted / problem.classes, 1, kRowBatch);
}

xent_status compute_part(const Request& request, int64_t begin, int64_t end) {
  const int64_t most = batch_of(request.problem);
  for (int64_t first = begin; first < end; first += most) {
    Batch batch = {request.problem, first, std::min(most, end - first), {}, {}, {}};
    xent_status status = read_targets(request.problem, first, batch.rows, batch.targets);
    if (status != XENT_OK) return status;
    wide_softmax_cross_entropy(in_binary32(batch.logits(), batch.rows), batch.targets, batch.rows,
                               Effort::usual, batch.losses, batch.errors);
    status = take(request, batch);
    if (status != XENT_OK) return status;
  }
  return XENT_OK;
}

// The same for few long rows, all at once.
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
  return take(request, batch);
}

xent_status gradients_of_rows(const Request& request, int64_t begin, int64_t end, int threads) {
  for (int64_t row = begin; row < end; ++row) {
    int64_t target;
    double upstream;
    xent_status status = read_targets(request.problem, row, 1, &target);
    if (status != XENT_OK) return status;
    read_upstream(request.problem, row, 1, &upstream);
    status = write_correct_gradient(request.problem, row, target, upstream, threads, request.result.grad);
    if (status != XENT_OK) return status;
  }
  return XENT_OK;
}

xent_status gradients_of_part(const Request& request, int64_t begin, int64_t end) {
  return gradients_of_rows(request, begin, end, 1);
}

// The same for few long rows, one after the other.
xent_status gradients_of_segments(const Request& request) {
  return gradients_of_rows(request, 0, request.problem.rows, useful_threads(request.problem));
}

// work for all rows; the first status that is not XENT_OK.
template <class Work>
xent_status for_all_parts(const Request& request, const Work& work) {
  xent_status statuses[kMaxParts];
  const int parts = for_each_part(
      request.problem, [&](int p, int64_t begin, int64_t end) { statuses[p] = work(request, begin, end); });
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
  const bool is_cut = segments_of(request.problem) > 1;
  const xent_status status = is_cut ? compute_segments(request) : for_all_parts(request, compute_part);
  if (status != XENT_OK || request.result.grad.data == nullptr) return status;
  return is_cut ? gradients_of_segments(request) : for_all_parts(request, gradients_of_part);
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
