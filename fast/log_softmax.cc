#include "fast/log_softmax.h"

#include <cstdint>

#include "fast/kernel.h"
#include "fast/reduction.h"
#include "fast/row_parts.h"
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

void compute_rows(const LogSoftmax& all) {
  for_each_part(all.problem, [&](int, int64_t begin, int64_t end) {
    log_softmax(from(all.logits, begin, 0, all.logits.classes), end - begin, all.units_per_nat,
                from(all.out, begin, 0));
  });
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

void compute_log_softmax(const Request& request) {
  const LogSoftmax all = common_to_rows(request);
  if (shares_rows(request.problem)) {
    compute_segments(all);
  } else {
    compute_rows(all);
  }
}

}  // namespace xent::fast
