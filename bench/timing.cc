#include "bench/timing.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <map>

#include "bench/read_limit.h"

namespace xent::bench {
namespace {

// Both report how many elements they went over: from that and the wall-clock time, which it averages over its
// threads, Google Benchmark makes the rate "items_per_second".
constexpr const char* kRate = "items_per_second";

void time_calls(benchmark::State& state, const xent_implementation& implementation, Workload& workload,
                int threads) {
  const xent_problem problem = workload.problem(threads);
  xent_result result = workload.result();
  for ([[maybe_unused]] auto _ : state) {
    const xent_status status = implementation.compute(&problem, &result);
    if (status != XENT_OK) {
      state.SkipWithError(fmt::format("returned status {}", status).c_str());
      return;
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * workload.shape().elements());
}

void time_read_limit(benchmark::State& state, const Workload& workload) {
  const auto mine = share(workload.logits(), state.thread_index(), state.threads());
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(sum(mine));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(mine.size()));
}

// Collects what is reported under the name of each row, and prints nothing.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      if (run.error_occurred) {
        errors_[run.run_name.function_name] = run.error_message;
      } else {
        times_[run.run_name.function_name].push_back(1e9 / run.counters.at(kRate));
      }
    }
  }

  void complete(const std::string& name, Measurement& row) {
    row.ns_per_element = times_[name];
    row.refused = errors_[name];
  }

 private:
  std::map<std::string, std::vector<double>> times_;
  std::map<std::string, std::string> errors_;
};

// Its settings can only be made as if on its command line.
void switch_on_interleaving() {
  std::string program = "xent-bench";
  std::string interleaving = "--benchmark_enable_random_interleaving=true";
  std::array<char*, 3> arguments = {program.data(), interleaving.data(), nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments.data());
}

class Run {
 public:
  explicit Run(const TimingOptions& options) : options_(options) {}

  void add(Measurement row, Workload& workload, const xent_implementation* implementation) {
    if (row.refused.empty()) {
      const int threads = row.threads;
      const std::string name = name_of(row);
      auto* const timed =
          implementation == nullptr
              ? benchmark::RegisterBenchmark(
                    name.c_str(), [&workload](benchmark::State& s) { time_read_limit(s, workload); })
                    ->Threads(threads)
              : benchmark::RegisterBenchmark(name.c_str(), [=, &workload](benchmark::State& s) {
                  time_calls(s, *implementation, workload, threads);
                });
      timed->UseRealTime()->Repetitions(options_.repetitions)->MinTime(options_.seconds);
    }
    rows_.push_back(std::move(row));
  }

  std::vector<Measurement> finish() {
    switch_on_interleaving();
    Collector collector;
    benchmark::RunSpecifiedBenchmarks(&collector);
    benchmark::ClearRegisteredBenchmarks();
    for (Measurement& row : rows_) {
      if (row.refused.empty()) collector.complete(name_of(row), row);
    }
    return std::move(rows_);
  }

 private:
  static std::string name_of(const Measurement& row) {
    return fmt::format("{} {} on {} threads", row.shape.name(), row.implementation, row.threads);
  }

  TimingOptions options_;
  std::vector<Measurement> rows_;
};

}  // namespace

std::vector<Measurement> time_all(std::vector<Workload>& workloads, const std::vector<Contender>& contenders,
                                  const TimingOptions& options) {
  Run run(options);
  for (Workload& workload : workloads) {
    for (int threads = 1; threads <= kMaxThreads; ++threads) {
      for (const Contender& c : contenders)
        run.add({c.name, workload.shape(), threads, {}, c.refused}, workload, c.implementation);
      run.add({kReadLimit, workload.shape(), threads, {}, {}}, workload, nullptr);
    }
  }
  return run.finish();
}

}  // namespace xent::bench
