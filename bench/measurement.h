// What was measured, and the figures that are reported of it.
#ifndef XENT_BENCH_MEASUREMENT_H
#define XENT_BENCH_MEASUREMENT_H

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/operations.h"
#include "bench/workloads.h"

namespace xent::bench {

// One row of the table.
struct Measurement {
  std::string implementation;  // or the name of the operation's limit
  Question question;
  Shape shape;
  int threads = 1;
  // Wall-clock nanoseconds for each logit, one value for each repetition; empty if it was refused.
  std::vector<double> ns_per_element;
  std::string refused;       // why; empty if it was not
  std::string fails_golden;  // the golden case that it fails; empty if none
};

struct Summary {
  double median, min, max;
};

// The median of an even number of values is the mean of the middle two. Domain: not empty, no NaN.
Summary summary(std::span<const double> values);

// The median time of `row` over that of its operation's limit on the same workload and as many threads, both
// from the same interleaved run: a ratio of medians. Nothing if either was not timed.
std::optional<double> ratio_to_limit(const Measurement& row, std::span<const Measurement> all);

}  // namespace xent::bench

#endif  // XENT_BENCH_MEASUREMENT_H
