// An implementation in a process of its own. It is timed there: libraries bring thread pools, read the
// environment once, and may crash; and one may want the same library twice in one run.
#ifndef XENT_BENCH_HOST_H
#define XENT_BENCH_HOST_H

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/operations.h"
#include "bench/process.h"
#include "bench/workloads.h"
#include "reference/expected.h"

namespace xent::bench {

// What became of a question before it was timed.
struct Standing {
  std::string not_covered;   // why the claims do not cover it; empty if they do
  std::string fails_golden;  // the golden case that fails; empty if none does
  std::string wrong;         // why it is not to be timed; empty if it may be
};

// What is timed together: many calls of this.
struct Task {
  std::size_t workload = 0;  // its position among those of the host
  const Operation* operation = nullptr;
  int threads = 1;
};

class Host {
 public:
  using Find = std::function<reference::Expected<const xent_implementation*>()>;
  using Environment = std::vector<std::pair<std::string, std::string>>;

  // `find` runs in the new process, after the variables of the environment are set there. The workloads are
  // those of this process, on the same pages of memory; the answers go to buffers of its own.
  Host(const Find& find, const Environment& environment, std::span<const Workload> workloads);

  // What the implementation calls itself, name and version. Status: the error of `find`, or how the process
  // ended.
  reference::Expected<std::string> identity();
  // Status: how the process ended.
  reference::Expected<Standing> examine(const Question& question);
  // Wall-clock seconds of `calls` calls, one after the other, after a warm-up. Status: what the
  // implementation returned, or how the process ended.
  reference::Expected<double> seconds(const Task& task, std::int64_t calls);

 private:
  Process process_;
};

}  // namespace xent::bench

#endif  // XENT_BENCH_HOST_H
