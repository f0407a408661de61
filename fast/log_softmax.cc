#include "fast/log_softmax.h"

#include <algorithm>
#include <cstdint>

#include "fast/kernel.h"
#include "fast/reduction.h"
#include "fast/row_parts.h"
#include "fast/scaled_logits.h"
#include "fast/segments.h"

namespace xent::fast {
namespace {

// What all rows have in common.
struct LogSoftmax {
  const xent_problem& problem;
  Logits logits;
  Gradient out;
  double units_per_nat;
};

xent_status compute_part(const LogSoftmax& all, int64_t begin, int64_t end) {
  const int64_t classes = all.problem.classes;
  const double scale = logit_scale(all.problem);
  if (scale == 1) {
    log_softmax(from(all.logits, begin, 0, classes), end - begin, all.units_per_nat, from(all.out, begin, 0));
    return XENT_OK;
  }
  const int64_t batch = ScaledLogits::rows_at_a_time(classes);
  for (int64_t first = begin; first < end; first += batch) {
    const int64_t rows = std::min(batch, end - first);
    const ScaledLogits scaled(from(all.logits, first, 0, classes), rows, scale);
    if (!scaled.is_valid()) return XENT_OUT_OF_MEMORY;
    log_softmax(scaled.logits(), rows, all.units_per_nat, from(all.out, first, 0));
  }
  return XENT_OK;
}

xent_status compute_rows(const LogSoftmax& all) {
  xent_status of_parts[kMaxParts];
  const int parts = for_each_part(all.problem, [&](int part, int64_t begin, int64_t end) {
    of_parts[part] = compute_part(all, begin, end);
  });
  const xent_status* const end = of_parts + parts;
  const xent_status* const failed =
      std::find_if<const xent_status*>(of_parts, end, [](xent_status status) { return status != XENT_OK; });
  return failed == end ? XENT_OK : *failed;
}

// Few long rows, all at once.
void compute_segments(const LogSoftmax& all) {
  int64_t places[kRowBatch];
  double losses[kRowBatch];
  places_of_segments(all.problem, places);
  const Tails tails = tails_of_segments(all.problem, places, tail_of);
  losses_of_tails(tails, all.problem.rows, losses);
  for_each_segment(all.problem, [&](int, int64_t row, int64_t begin, int64_t end) {
    log_softmax_of_row(from(all.logits, row, begin, end - begin), tails.target_logit[row], losses[row],
                       all.units_per_nat, from(all.out, row, begin));
  });
}

LogSoftmax common_to_rows(const Request& request) {
  const xent_problem& problem = request.problem;
  const xent_output& loss = request.result.loss;
  return {problem,
          all_logits(problem),
          {loss.data, loss.row_stride, loss.format, is_streamed(problem)},
          in_base(problem, 1.0)};
}

}  // namespace

xent_status compute_log_softmax(const Request& request) {
  const xent_problem& problem = request.problem;
  if (ScaledLogits::are_shared(problem) && logit_scale(problem) != 1) {
    const ScaledLogits scaled(problem);
    if (!scaled.is_valid()) return XENT_OUT_OF_MEMORY;
    const Request of_scaled = scaled.request(request);
    compute_segments(common_to_rows(of_scaled));
    return XENT_OK;
  }
  const LogSoftmax all = common_to_rows(request);
  if (segments_of(problem) == 1 || logit_scale(problem) != 1) return compute_rows(all);
  compute_segments(all);
  return XENT_OK;
}

}  // namespace xent::fast
