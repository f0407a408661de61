#include "bench/timing.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <functional>
#include <map>

#include "bench/answer.h"
#include "bench/limits.h"
#include "bench/warm_up.h"

namespace xent::bench {
namespace {

// Both report how many elements they went over: from that and the wall-clock time, which it averages over its
// threads, Google Benchmark makes the rate "items_per_second".
constexpr const char* kRate = "items_per_second";

// The calls of a repetition are one request, so that the other process is not woken for each of them.
void time_calls(benchmark::State& state, Host& host, const Task& task, std::int64_t elements) {
  const auto calls = static_cast<std::int64_t>(state.max_iterations);
  const auto seconds = host.seconds(task, calls);
  if (!seconds) {
    state.SkipWithError(seconds.error().message.c_str());
    return;
  }
  while (state.KeepRunningBatch(calls)) state.SetIterationTime(*seconds);
  state.SetItemsProcessed(state.iterations() * elements);
}

void time_limit(benchmark::State& state, const Workload& workload, const Operation& operation,
                Answer& answer) {
  Traffic all = workload.reading(operation);
  all.results = answer.matrix(workload);
  const Traffic traffic = share(all, state.thread_index(), state.threads());
  const auto run = [&] {
    benchmark::DoNotOptimize(operation.limit.run(traffic));
    benchmark::ClobberMemory();
  };
  warm_up(run);
  for ([[maybe_unused]] auto _ : state) run();
  const auto bits = static_cast<std::int64_t>(traffic.results.size()) * 32;
  state.SetItemsProcessed(state.iterations() * bits / workload.format().width);
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

  // A row that is timed as the function says. Domain: not refused.
  benchmark::internal::Benchmark* add(Measurement row, const std::function<void(benchmark::State&)>& timed) {
    const std::string name = name_of(row);
    rows_.push_back(std::move(row));
    return benchmark::RegisterBenchmark(name.c_str(), timed)
        ->Repetitions(options_.repetitions)
        ->MinTime(options_.seconds);
  }
  void add_refused(Measurement row) { rows_.push_back(std::move(row)); }

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
    return fmt::format("{}, {} {} on {} threads", row.question.name(), row.shape.name(), row.implementation,
                       row.threads);
  }

  TimingOptions options_;
  std::vector<Measurement> rows_;
};

void add_contender(Run& run, Contender& contender, const Standing& standing, Measurement row,
                   const Task& task, bool even_if_wrong) {
  if (!standing.not_covered.empty()) return;
  row.implementation = contender.name;
  row.fails_golden = standing.fails_golden;
  if (!even_if_wrong) row.refused = standing.wrong;
  if (!row.refused.empty()) return run.add_refused(std::move(row));
  const std::int64_t elements = row.shape.elements();
  run.add(std::move(row),
          [=, &contender](benchmark::State& s) { time_calls(s, contender.host, task, elements); })
      ->UseManualTime();
}

void add_limit(Run& run, Measurement row, const Workload& workload, Answer& answer) {
  const Operation& operation = *row.question.operation;
  const int threads = row.threads;
  row.implementation = operation.limit.name;
  run.add(std::move(row), [&](benchmark::State& s) { time_limit(s, workload, operation, answer); })
      ->UseRealTime()
      ->Threads(threads);
}

}  // namespace

std::vector<Measurement> time_all(std::span<const Workload> workloads, std::span<const Question> questions,
                                  std::span<Contender> contenders, bool even_if_wrong,
                                  const TimingOptions& options) {
  Run run(options);
  Answer answer(workloads);
  for (std::size_t q = 0; q < questions.size(); ++q) {
    for (std::size_t w = 0; w < workloads.size(); ++w) {
      if (workloads[w].format() != *questions[q].format) continue;
      for (int threads = 1; threads <= kMaxThreads; ++threads) {
        const Measurement row = {{}, questions[q], workloads[w].shape(), threads, {}, {}, {}};
        const Task task = {w, questions[q].operation, threads};
        for (Contender& c : contenders) add_contender(run, c, c.standings[q], row, task, even_if_wrong);
        add_limit(run, row, workloads[w], answer);
      }
    }
  }
  return run.finish();
}

}  // namespace xent::bench
