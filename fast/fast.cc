// The implementation "xent-fast": claims, and the walk over rows that surrounds the SIMD kernel.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <string_view>

#include "fast/elements.h"
#include "fast/full.h"
#include "fast/full_kernel.h"
#include "fast/implementations.h"
#include "fast/kernel.h"
#include "fast/log_softmax.h"
#include "fast/reduction.h"
#include "fast/request.h"
#include "fast/row_parts.h"
#include "fast/segments.h"
#include "fast/soft_labels.h"
#include "fast/tail.h"

namespace xent::fast {
namespace {

// The claimed error of exp, so that the bound of grade log1p, l (u D_r + c_e + s_C + c_l + 2u), holds with
// the s_C = 2u of compensated summation.
constexpr double kClaimedExpError = kSumError - 2;

// The losses of softmax cross-entropy are positive, and so is whatever is summed up: kLossError u, which is
// at most as many ulps, and half an ulp for storing.
static_assert(kLossError + 0.5 < 4);
constexpr const char* kLossGrade = "ulp:4";

// Logarithms are taken in binary64, to as much as matters.
constexpr double kClaimedLogError = kLossPolynomialsError;

constexpr uint32_t kRowLoss = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN);
constexpr uint32_t kHardTargets = XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX);

constexpr uint32_t kMaps = XENT_BIT(XENT_OPTION_TEMPERATURE) | XENT_BIT(XENT_OPTION_SCALE);
constexpr uint32_t kWeighted = XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS);
constexpr uint32_t kTerms = kWeighted | XENT_BIT(XENT_OPTION_LABEL_SMOOTHING) | XENT_BIT(XENT_OPTION_Z_LOSS);

constexpr uint32_t kInputs = XENT_BIT(XENT_BINARY16) | XENT_BIT(XENT_BFLOAT16) | XENT_BIT(XENT_BINARY32);

constexpr uint32_t kGuarantees = XENT_BIT(XENT_SAME_BITS_FOR_ANY_THREADS) |
                                 XENT_BIT(XENT_SAME_BITS_FOR_ANY_LAYOUT) |
                                 XENT_BIT(XENT_SAME_BITS_FOR_ANY_BATCH) | XENT_BIT(XENT_FLUSHES_SUBNORMALS);

constexpr bool has_gradient(std::string_view loss) {
  return loss != "perplexity";
}

constexpr xent_claim claim(const char* loss, uint32_t reductions, uint32_t options, const char* grade) {
  return {.loss = loss,
          .input_spaces = XENT_BIT(XENT_LOGITS),
          .input_formats = kInputs,
          .target_formats = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64),
          .loss_formats = XENT_BIT(XENT_BINARY32) | XENT_BIT(XENT_BINARY64),
          .grad_formats = has_gradient(loss) ? kInputs : 0,
          .reductions = reductions,
          .options = options | XENT_BIT(XENT_OPTION_BASE) |
                     (has_gradient(loss) ? XENT_BIT(XENT_OPTION_UPSTREAM) : 0),
          .guarantees = kGuarantees,
          .grade = grade,
          .summation = XENT_COMPENSATED,
          .compute_format = XENT_BINARY32,
          .exp_error = kClaimedExpError,
          .log_error = kClaimedLogError};
}

constexpr xent_claim soft_claim(const char* loss, uint32_t reductions, uint32_t options) {
  xent_claim claim = xent::fast::claim(loss, reductions, options, "shifted");
  claim.target_formats = kInputs;
  return claim;
}

constexpr xent_claim weighted_claim(const char* loss, uint32_t reductions, uint32_t options) {
  xent_claim claim = xent::fast::claim(loss, reductions, options, "log1p");
  claim.options |= XENT_BIT(XENT_OPTION_CLASS_WEIGHTS) | XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS);
  return claim;
}

// A result for every class, in a format of logits.
constexpr xent_claim map_claim(const char* loss, uint32_t options, const char* grade) {
  xent_claim claim = xent::fast::claim(loss, XENT_BIT(XENT_NONE), 0, grade);
  claim.loss_formats = kInputs;
  claim.grad_formats = 0;
  claim.options = options | XENT_BIT(XENT_OPTION_BASE);
  return claim;
}

// In binary64 throughout, from any format; grade by grade the strongest first.
constexpr uint32_t kIntegers = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64);
constexpr uint32_t kPerRow = XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS) | XENT_BIT(XENT_OPTION_UPSTREAM);
constexpr uint32_t kSingleMass = kHardTargets | kMaps | kPerRow | XENT_BIT(XENT_OPTION_CLASS_WEIGHTS);
constexpr uint32_t kAllMasses = kSingleMass | XENT_BIT(XENT_OPTION_SOFT_TARGETS) |
                                XENT_BIT(XENT_OPTION_LABEL_SMOOTHING) | XENT_BIT(XENT_OPTION_Z_LOSS);

constexpr xent_claim full_claim(const char* loss, uint32_t reductions, uint32_t options, const char* grade,
                                bool has_gradient) {
  return {.loss = loss,
          .input_spaces = XENT_BIT(XENT_LOGITS),
          .input_formats = kRealFormats,
          .target_formats = kIntegers | kRealFormats,
          .loss_formats = XENT_BIT(XENT_BINARY32) | XENT_BIT(XENT_BINARY64),
          .grad_formats = has_gradient ? kRealFormats : 0,
          .reductions = reductions,
          .options = options | XENT_BIT(XENT_OPTION_BASE) | XENT_BIT(XENT_OPTION_CLASS_STRIDE),
          .guarantees = kGuarantees,
          .grade = grade,
          .summation = XENT_COMPENSATED,
          .compute_format = XENT_BINARY64,
          .exp_error = kFullExpError,
          .log_error = 2};
}

// Of probabilities, also in binary64 throughout.
constexpr xent_claim information_claim(const char* loss, uint32_t reductions, uint32_t options) {
  xent_claim claim = full_claim(loss, reductions, options, "shifted", false);
  claim.input_spaces = XENT_BIT(XENT_PROBABILITIES);
  claim.log_error = kLogError;
  return claim;
}

constexpr xent_claim kClaims[] = {
    claim("softmax_cross_entropy", kRowLoss, kHardTargets | kMaps, kLossGrade),
    // Weights may have both signs, so that sums of losses cancel.
    weighted_claim("softmax_cross_entropy", kRowLoss, kHardTargets | kMaps),
    claim("softmax_cross_entropy", kRowLoss, kHardTargets | kTerms | kMaps, "shifted"),
    soft_claim("softmax_cross_entropy", kRowLoss, XENT_BIT(XENT_OPTION_SOFT_TARGETS) | kTerms | kMaps),
    claim("sequence", XENT_BIT(XENT_MEAN), kHardTargets | kMaps, kLossGrade),
    claim("perplexity", XENT_BIT(XENT_MEAN), kHardTargets | kMaps, "log1p"),
    claim("log_sum_exp", kRowLoss, kMaps, "log1p"),
    map_claim("softmax", kMaps, "shifted"),
    map_claim("log_softmax", kMaps, kLossGrade),
    full_claim("softmax_cross_entropy", kRowLoss, kSingleMass, "log1p", true),
    full_claim("softmax_cross_entropy", kRowLoss, kAllMasses, "shifted", true),
    full_claim("sequence", XENT_BIT(XENT_MEAN), kHardTargets | kMaps | kPerRow, "log1p", true),
    full_claim("perplexity", XENT_BIT(XENT_MEAN), kHardTargets | kMaps | kPerRow, "log1p", false),
    full_claim("log_sum_exp", kRowLoss, kMaps | kPerRow, "shifted", true),
    full_claim("softmax", XENT_BIT(XENT_NONE), kMaps, "shifted", false),
    full_claim("log_softmax", XENT_BIT(XENT_NONE), kMaps, "shifted", false),
    information_claim("entropy", kRowLoss, kWeighted),
    information_claim("cross_entropy", kRowLoss, kWeighted),
    information_claim("kl", kRowLoss, kWeighted),
    information_claim("nll", kRowLoss, kHardTargets | kWeighted),
    information_claim("sequence", XENT_BIT(XENT_MEAN), kHardTargets | kWeighted),
    information_claim("perplexity", XENT_BIT(XENT_MEAN), kHardTargets | kWeighted),
};

// What is made of a row.
enum class Kind { hard_labels, soft_labels, log_sum_exp, softmax, log_softmax };

Kind kind_of(const xent_problem& problem) {
  const std::string_view loss = problem.loss;
  if (loss == "softmax") return Kind::softmax;
  if (loss == "log_softmax") return Kind::log_softmax;
  if (loss == "log_sum_exp") return Kind::log_sum_exp;
  return uses_target_probs(problem) ? Kind::soft_labels : Kind::hard_labels;
}

// What the rows of a part add to a reduced result.
struct Part {
  double sum;
  Valid valid;
  xent_status status;
};

// The targets of up to kRowBatch rows; kNoTarget where there are none.
xent_status targets_of(const xent_problem& problem, Kind kind, int64_t first, int64_t rows,
                       int64_t* targets) {
  if (kind == Kind::hard_labels) return read_targets(problem, first, rows, targets);
  std::fill_n(targets, rows, kNoTarget);
  return XENT_OK;
}

// What the losses of up to kRowBatch rows are multiplied by: their sample weights, and the class weights of
// their targets; ignored rows have any.
class RowWeights {
 public:
  RowWeights(const xent_problem& problem, int64_t first, int64_t rows, const int64_t* targets)
      : are_given_(problem.sample_weights.data != nullptr || problem.class_weights.data != nullptr) {
    if (!are_given_) return;
    std::fill_n(weights_, rows, 1.0);
    for (int64_t r = 0; r < rows; ++r) {
      if (targets[r] == kIgnored) continue;
      double of_class = 1;
      if (problem.sample_weights.data != nullptr)
        read_elements(problem.sample_weights, first + r, 0, 1, weights_ + r);
      if (problem.class_weights.data != nullptr)
        read_elements(problem.class_weights, 0, targets[r], 1, &of_class);
      weights_[r] *= of_class;
    }
  }

  double of(int64_t r) const { return are_given_ ? weights_[r] : 1; }
  void multiply_losses(int64_t rows, double* losses) const {
    if (!are_given_) return;
    for (int64_t r = 0; r < rows; ++r)
      losses[r] = weights_[r] == 0 && std::isinf(losses[r]) ? 0 : weights_[r] * losses[r];
  }
  void multiply(int64_t rows, double* values) const {
    if (!are_given_) return;
    for (int64_t r = 0; r < rows; ++r) values[r] *= weights_[r];
  }

 private:
  const bool are_given_;
  double weights_[kRowBatch];
};

void count(const int64_t* targets, const RowWeights& weights, int64_t rows, Valid& valid) {
  for (int64_t r = 0; r < rows; ++r) {
    if (targets[r] == kIgnored) continue;
    ++valid.rows;
    valid.weight += weights.of(r);
  }
}

Valid valid_rows(const xent_problem& problem, Kind kind) {
  Valid valid = {0, 0};
  for (int64_t first = 0; first < problem.rows; first += kRowBatch) {
    const int64_t rows = std::min(kRowBatch, problem.rows - first);
    int64_t targets[kRowBatch];
    // A target out of range is found again, and refused, by whoever uses it.
    if (targets_of(problem, kind, first, rows, targets) != XENT_OK) return valid;
    count(targets, RowWeights(problem, first, rows, targets), rows, valid);
  }
  return valid;
}

// The gradient that a problem asks for; or the softmax, which is that of log-sum-exp.
class Gradients {
 public:
  Gradients(const Request& request, Kind kind)
      : problem_(request.problem),
        output_(kind == Kind::softmax ? request.result.loss : request.result.grad),
        streams_(is_streamed(problem_)) {
    if (!are_wanted() || kind == Kind::softmax) return;
    const bool counts_rows = problem_.reduction == XENT_MEAN;
    scale_ = gradient_scale(problem_, counts_rows ? valid_rows(problem_, kind) : Valid{0, 0});
    scale_ *= logit_scale(problem_);
  }

  bool are_wanted() const { return output_.data != nullptr; }

  Gradient from_row(int64_t row) const {
    return from({output_.data, output_.row_stride, output_.format, streams_}, row, 0);
  }

  // What the derivatives of rows [first, first + rows), of such weights, are multiplied by.
  void scales(int64_t first, int64_t rows, const RowWeights& weights, double* scales) const {
    read_upstream(problem_, first, rows, scales);
    for (int64_t r = 0; r < rows; ++r) scales[r] *= scale_;
    weights.multiply(rows, scales);
  }

 private:
  const xent_problem& problem_;
  const xent_output& output_;
  const bool streams_;
  double scale_ = 1;
};

Terms terms_of(const xent_problem& problem) {
  const bool spares_target = problem.conventions.smoothing_mass == XENT_SMOOTH_OTHERS;
  const auto classes = static_cast<double>(problem.classes - (spares_target ? 1 : 0));
  if (problem.label_smoothing == 0) return {.z_loss = problem.z_loss};
  return {problem.label_smoothing, problem.label_smoothing / classes, spares_target, problem.z_loss};
}

// Whether constants of the kernel would be near the ends of the range.
bool is_scaled_far(const xent_problem& problem) {
  const double scale = logit_scale(problem);
  return scale < kLeastLogitScale || scale > kLargestLogitScale;
}

// Sums of two kinds are only made in binary64, and what soft labels add up to.
bool needs_more_sums(const xent_problem& problem) {
  if (problem.reduction != XENT_MEAN) return false;
  const xent_conventions& conventions = problem.conventions;
  if (uses_target_probs(problem) && conventions.denominator == XENT_VALID_WEIGHTS) return true;
  return problem.z_loss != 0 && conventions.z_loss_over_valid_rows != 0 &&
         conventions.denominator != XENT_VALID_ROWS;
}

// What all rows of a request have in common.
struct Work {
  explicit Work(const Request& asked)
      : request(asked),
        problem(asked.problem),
        kind(kind_of(problem)),
        terms(terms_of(problem)),
        logits(all_logits(problem)),
        gradients(asked, kind) {}

  const Request& request;
  const xent_problem& problem;
  const Kind kind;
  const Terms terms;
  const Logits logits;
  const Gradients gradients;
};

// Stores the losses of rows [first, first + rows), or adds them to the part.
void take(const Work& work, int64_t first, int64_t rows, const int64_t* targets, const RowWeights& weights,
          double* losses, Part& part) {
  const xent_problem& problem = work.problem;
  weights.multiply_losses(rows, losses);
  if (problem.reduction == XENT_NONE) {
    if (problem.base != 0) {
      for (int64_t r = 0; r < rows; ++r) losses[r] = in_base(problem, losses[r]);
    }
    store(work.request.result.loss, first, rows, losses);
    return;
  }
  for (int64_t r = 0; r < rows; ++r) part.sum += losses[r];
  count(targets, weights, rows, part.valid);
}

// The losses of up to kRowBatch rows, but for their weights, and their gradients if they are wanted.
void answer_rows(const Work& work, const Logits& logits, int64_t first, int64_t rows, const int64_t* targets,
                 const RowWeights& weights, double* losses) {
  const int64_t classes = work.problem.classes;
  const bool wants_gradient = work.gradients.are_wanted();
  double scales[kRowBatch];
  Gradient gradient = {};
  if (wants_gradient) {
    work.gradients.scales(first, rows, weights, scales);
    gradient = work.gradients.from_row(first);
  }
  if (work.kind == Kind::soft_labels) {
    const Labels labels = from(all_labels(work.problem), first, 0, classes);
    if (!wants_gradient) return soft_cross_entropy(logits, labels, rows, work.terms, losses);
    return soft_cross_entropy_gradient(logits, labels, rows, work.terms, scales, losses, gradient);
  }
  if (wants_gradient)
    softmax_cross_entropy_gradient(logits, targets, rows, work.terms, scales, losses, gradient);
  if (work.kind == Kind::log_sum_exp) return log_sum_exp(logits, rows, losses);
  if (!wants_gradient) softmax_cross_entropy(logits, targets, rows, work.terms, losses);
}

Part compute_part(const Work& work, int64_t begin, int64_t end) {
  const xent_problem& problem = work.problem;
  Part part = {0, {0, 0}, XENT_OK};
  for (int64_t first = begin; first < end; first += kRowBatch) {
    const int64_t rows = std::min(kRowBatch, end - first);
    int64_t targets[kRowBatch];
    part.status = targets_of(problem, work.kind, first, rows, targets);
    if (part.status != XENT_OK) return part;
    const RowWeights weights(problem, first, rows, targets);
    double losses[kRowBatch];
    answer_rows(work, from(work.logits, first, 0, problem.classes), first, rows, targets, weights, losses);
    if (work.kind != Kind::softmax) take(work, first, rows, targets, weights, losses, part);
  }
  return part;
}

void gradient_of_segments(const Work& work, const int64_t* targets, const RowWeights& weights,
                          const Tails& of_rows, const double* losses) {
  const xent_problem& problem = work.problem;
  Tails tails = of_rows;
  for (int64_t r = 0; r < problem.rows; ++r) {
    if (targets[r] == kNoTarget) tails.target_logit[r] = -std::numeric_limits<double>::infinity();
  }
  double scales[kRowBatch];
  GradientFactors factors;
  work.gradients.scales(0, problem.rows, weights, scales);
  factors_of_tails(tails, targets, problem.rows, scales, factors);
  if (work.terms.are_any())
    add_terms_to_factors(tails, targets, losses, problem.rows, work.terms, scales, factors);
  for_each_segment(problem, [&](int, int64_t row, int64_t begin, int64_t end) {
    const int64_t target = within(targets[row], begin, end);
    gradient_of_row(from(work.logits, row, begin, end - begin), target, factors.of_row(row),
                    from(work.gradients.from_row(row), 0, begin));
  });
}

// How far the targets lead, by the segments of their rows.
void leads_of_segments(const Work& work, const int64_t* targets, const Tails& tails, double* leads) {
  const xent_problem& problem = work.problem;
  double parts[kMaxParts];
  for_each_segment(problem, [&](int part, int64_t row, int64_t begin, int64_t end) {
    const Logits logits = from(work.logits, row, begin, end - begin);
    parts[part] = targets[row] < 0 ? 0 : lead_over(logits, tails.target_logit[row]);
  });
  const int segments = segments_of(problem.classes);
  for (int64_t row = 0; row < problem.rows; ++row)
    leads[row] = std::accumulate(parts + row * segments, parts + (row + 1) * segments, 0.0);
}

void answer_soft_segments(const Work& work, const RowWeights& weights, double* losses) {
  const xent_problem& problem = work.problem;
  if (!work.gradients.are_wanted())
    return soft_cross_entropy_by_segments(problem, work.terms, nullptr, losses, nullptr);
  double scales[kRowBatch];
  work.gradients.scales(0, problem.rows, weights, scales);
  const Gradient gradient = work.gradients.from_row(0);
  soft_cross_entropy_by_segments(problem, work.terms, scales, losses, &gradient);
}

void answer_segments(const Work& work, const int64_t* targets, const RowWeights& weights, double* losses) {
  const int64_t rows = work.problem.rows;
  const Tails tails = tails_of_segments(work.problem, targets, tail_of);
  if (work.kind == Kind::hard_labels) {
    losses_of_tails(tails, rows, losses);
  } else {
    for (int64_t r = 0; r < rows; ++r) losses[r] = log_sum_exp({tails.max[r], tails.sum[r]});
  }
  // Before the gradient may take the place of the logits.
  double leads[kRowBatch];
  if (work.terms.smooth()) leads_of_segments(work, targets, tails, leads);
  if (work.gradients.are_wanted()) gradient_of_segments(work, targets, weights, tails, losses);
  if (work.terms.are_any()) add_terms(tails, targets, leads, rows, work.terms, losses);
}

// The same as compute_part for few long rows, all at once.
Part compute_segments(const Work& work) {
  const xent_problem& problem = work.problem;
  Part part = {0, {0, 0}, XENT_OK};
  int64_t targets[kRowBatch];
  part.status = targets_of(problem, work.kind, 0, problem.rows, targets);
  if (part.status != XENT_OK) return part;
  const RowWeights weights(problem, 0, problem.rows, targets);
  double losses[kRowBatch];
  if (work.kind == Kind::soft_labels) {
    answer_soft_segments(work, weights, losses);
  } else {
    answer_segments(work, targets, weights, losses);
  }
  if (work.kind != Kind::softmax) take(work, 0, problem.rows, targets, weights, losses, part);
  return part;
}

xent_status compute(const xent_problem* problem, xent_result* result) {
  Request request;
  if (const xent_status status = read_request(*fast_implementation(), problem, result, request);
      status != XENT_OK) {
    return status;
  }
  const xent_problem& asked = request.problem;
  if (request.claim->compute_format == XENT_BINARY64 || needs_more_sums(asked) || is_scaled_far(asked)) {
    return compute_full(request);
  }
  const Work work(request);
  if (work.kind == Kind::log_softmax) {
    compute_log_softmax(request);
    return XENT_OK;
  }
  Part part[kMaxParts];
  int parts = 1;
  if (shares_rows(asked)) {
    part[0] = compute_segments(work);
  } else {
    parts = for_each_part(
        asked, [&](int p, int64_t begin, int64_t end) { part[p] = compute_part(work, begin, end); });
  }
  double sum = 0;
  Valid valid = {0, 0};
  for (int p = 0; p < parts; ++p) {
    if (part[p].status != XENT_OK) return part[p].status;
    sum += part[p].sum;
    valid.rows += part[p].valid.rows;
    valid.weight += part[p].valid.weight;
  }
  if (request.problem.reduction != XENT_NONE) {
    store(request.result.loss, 0, reduced(request.problem, sum, valid));
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
