// A run as a table for a README.
#ifndef XENT_BENCH_MARKDOWN_H
#define XENT_BENCH_MARKDOWN_H

#include <string>

#include "bench/report.h"

namespace xent::bench {

// A line for each question and workload, a column for each implementation, one for the limit, and one for the
// ratio of each to it, in Markdown. A cell holds medians, in nanoseconds for each logit, or ratios, for every
// number of threads: "0.12 / 0.062"; "-" where nothing was timed.
std::string markdown(const Report& report);

}  // namespace xent::bench

#endif  // XENT_BENCH_MARKDOWN_H
