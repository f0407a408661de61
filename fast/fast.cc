// The implementation "xent-fast": claims, and the walk over rows that surrounds the SIMD kernel.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "fast/exp.h"
#include "fast/implementations.h"
#include "fast/kernel.h"
#include "fast/reduction.h"
#include "fast/request.h"
#include "fast/row_parts.h"
#include "fast/tail.h"

namespace xent::fast {
namespace {

// The claimed error of exp, so that the bound of grade log1p, l (u D_r + c_e + s_C + c_l + 2u), holds with
// the s_C = 2u of compensated summation: kernel.h proves D + kExpErrorPerNat D + kExpError + kGroupRoundings,
// and D <= ln(2^36).
constexpr double kLargestD = 36 * 0.6932;
constexpr double kClaimedExpError = kExpError + kExpErrorPerNat * kLargestD + (kGroupRoundings - 2);

// Logarithms are taken in binary64, to 2 ulp.
constexpr double kClaimedLogError = 0x1p-26;

constexpr uint32_t kRowLoss = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN);
constexpr uint32_t kHardTargets = XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX);

constexpr xent_claim claim(const char* loss, uint32_t reductions, uint32_t options) {
  return {.loss = loss,
          .input_spaces = XENT_BIT(XENT_LOGITS),
          .input_formats = XENT_BIT(XENT_BINARY32),
          .target_formats = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64),
          .loss_formats = XENT_BIT(XENT_BINARY32) | XENT_BIT(XENT_BINARY64),
          .grad_formats = 0,
          .reductions = reductions,
          .options = options | XENT_BIT(XENT_OPTION_BASE),
          .guarantees = XENT_BIT(XENT_SAME_BITS_FOR_ANY_THREADS) | XENT_BIT(XENT_SAME_BITS_FOR_ANY_LAYOUT),
          .grade = "log1p",
          .summation = XENT_COMPENSATED,
          .compute_format = XENT_BINARY32,
          .exp_error = kClaimedExpError,
          .log_error = kClaimedLogError};
}

constexpr xent_claim kClaims[] = {
    claim("softmax_cross_entropy", kRowLoss, kHardTargets),
    claim("sequence", XENT_BIT(XENT_MEAN), kHardTargets),
    claim("perplexity", XENT_BIT(XENT_MEAN), kHardTargets),
    claim("log_sum_exp", kRowLoss, 0),
};

struct Part {
  double sum;
  int64_t valid_rows;
  xent_status status;
};

Part compute_part(const Request& request, int64_t begin, int64_t end) {
  const xent_problem& problem = request.problem;
  const bool has_targets = std::string_view(problem.loss) != "log_sum_exp";
  Part part = {0, 0, XENT_OK};
  for (int64_t first = begin; first < end; first += kRowBatch) {
    const int64_t rows = std::min(kRowBatch, end - first);
    int64_t targets[kRowBatch];
    if (has_targets) {
      part.status = read_targets(problem, first, rows, targets);
      if (part.status != XENT_OK) return part;
    }
    const Logits logits = {static_cast<const float*>(problem.input.data) + first * problem.input.row_stride,
                           problem.input.row_stride, problem.classes};
    double losses[kRowBatch];
    if (has_targets) {
      softmax_cross_entropy(logits, targets, rows, losses);
    } else {
      log_sum_exp(logits, rows, losses);
    }
    if (problem.reduction == XENT_NONE) {
      if (problem.base != 0) {
        for (int64_t r = 0; r < rows; ++r) losses[r] = in_base(problem, losses[r]);
      }
      store(request.result.loss, first, rows, losses);
    } else {
      for (int64_t r = 0; r < rows; ++r) {
        part.sum += losses[r];
        part.valid_rows += has_targets && targets[r] == kIgnored ? 0 : 1;
      }
    }
  }
  return part;
}

xent_status compute(const xent_problem* problem, xent_result* result) {
  Request request;
  if (const xent_status status = read_request(*fast_implementation(), problem, result, request);
      status != XENT_OK) {
    return status;
  }
  Part part[kMaxParts];
  const int parts = for_each_part(request.problem, [&](int p, int64_t begin, int64_t end) {
    part[p] = compute_part(request, begin, end);
  });
  double sum = 0;
  int64_t valid_rows = 0;
  for (int p = 0; p < parts; ++p) {
    if (part[p].status != XENT_OK) return part[p].status;
    sum += part[p].sum;
    valid_rows += part[p].valid_rows;
  }
  if (request.problem.reduction != XENT_NONE) {
    store(request.result.loss, 0, reduced(request.problem, sum, valid_rows));
  }
  return XENT_OK;
}

}  // namespace

const xent_implementation* fast_implementation() {
  static constexpr xent_implementation kImplementation = {.abi_version = XENT_ABI_VERSION,
                                                          .claim_count = std::size(kClaims),
                                                          .name = "xent-fast",
                                                          .version = "0.1.0",
                                                          .claims = kClaims,
                                                          .conventions = {},
                                                          .compute = compute};
  return &kImplementation;
}

}  // namespace xent::fast
