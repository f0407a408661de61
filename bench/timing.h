// Timing by Google Benchmark: all rows of the table, their repetitions in random order, so that what else the
// machine does falls on all of them alike.
#ifndef XENT_BENCH_TIMING_H
#define XENT_BENCH_TIMING_H

#include <string>
#include <vector>

#include "bench/measurement.h"
#include "reference/xent.h"

namespace xent::bench {

// What to time.
struct Contender {
  std::string name;
  const xent_implementation* implementation;
  std::string refused;  // why it is not to be timed; empty if it is
};

struct TimingOptions {
  int repetitions = 5;
  double seconds = 0.1;  // at least, for each repetition
};

// The largest number of threads that is timed; all smaller ones are too.
inline constexpr int kMaxThreads = 2;

// One row for each contender and one for the read limit, on every workload and 1 .. kMaxThreads threads, in
// the order of the table. Wall-clock time of whole calls: what a call spends on starting threads counts. The
// threads of the read limit run already and never wait for each other.
//
// Domain: repetitions >= 1; no other timing runs in this process. An implementation whose call fails becomes
// a refused row.
std::vector<Measurement> time_all(std::vector<Workload>& workloads, const std::vector<Contender>& contenders,
                                  const TimingOptions& options);

}  // namespace xent::bench

#endif  // XENT_BENCH_TIMING_H
