// What is printed and written of a run.
#ifndef XENT_BENCH_REPORT_H
#define XENT_BENCH_REPORT_H

#include <cstdint>
#include <span>
#include <string>

#include "bench/machine.h"
#include "bench/measurement.h"
#include "bench/timing.h"

namespace xent::bench {

struct Report {
  Machine machine;
  TimingOptions timing;
  std::uint64_t seed = 0;
  std::vector<Measurement> rows;
};

// For people: a head that says what the columns mean, a line for each row, and why anything was refused.
std::string table(const Report& report);

// For programs, with a newline at the end:
//   {"machine": {"cpu", "cpus", "simd_target"}, "repetitions", "seconds_per_repetition", "seed",
//    "rows": [{"implementation", "rows", "classes", "threads", "ns_per_element": {"median", "min", "max"},
//              "ratio_to_read_limit", "refused"}, ...]}
// What a refused row has no value for is null; "refused" is null for the others.
std::string json(const Report& report);

}  // namespace xent::bench

#endif  // XENT_BENCH_REPORT_H
