// Timing by Google Benchmark: all rows of the table, their repetitions in random order, so that what else the
// machine does falls on all of them alike.
#ifndef XENT_BENCH_TIMING_H
#define XENT_BENCH_TIMING_H

#include <span>
#include <string>
#include <vector>

#include "bench/contenders.h"
#include "bench/measurement.h"

namespace xent::bench {

struct TimingOptions {
  int repetitions = 9;
  double seconds = 0.1;  // at least, for each repetition
};

// The largest number of threads that is timed; all smaller ones are too.
inline constexpr int kMaxThreads = 2;

// One row for each contender whose claims cover the question and one for the limit, for every question, on
// every workload of its format and 1 .. kMaxThreads threads, in this order, which is that of the table. Those
// that are wrong become refused rows, unless they are to be timed all the same.
//
// Wall-clock time of whole calls, one after the other in the contender's own process: what a call spends on
// starting threads counts. The threads of a limit run already and never wait for each other.
//
// Domain: every contender has a standing for each question, and the workloads are those of its host.
// repetitions >= 1; no other timing runs in this process. An implementation whose call fails becomes a
// refused row.
std::vector<Measurement> time_all(std::span<const Workload> workloads, std::span<const Question> questions,
                                  std::span<Contender> contenders, bool even_if_wrong,
                                  const TimingOptions& options);

}  // namespace xent::bench

#endif  // XENT_BENCH_TIMING_H
