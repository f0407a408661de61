// What certainty costs: rows of logits certified in fixed point, beside the same rows in MPFI alone.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <memory>
#include <vector>

#include "bench/workloads.h"
#include "reference/certify.h"

namespace {

using xent::reference::Certified;
using xent::reference::Number;
using xent::reference::Problem;
using xent::reference::Wanted;

constexpr std::int64_t kClasses = 128256;  // the vocabulary of a current model
constexpr std::int64_t kRows = 32;         // work for several threads

Problem problem(std::int64_t rows, Wanted wanted) {
  const xent::bench::Workload workload({rows, kClasses, false}, xent::reference::format(XENT_BINARY32), 1);
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = rows;
  p.classes = kClasses;
  for (const float x : workload.logits()) p.input.emplace_back(static_cast<double>(x));
  p.targets.assign(workload.targets().begin(), workload.targets().end());
  p.wanted = wanted;
  return p;
}

// Certifies the problem and rounds all that it wants.
void certified(benchmark::State& state, const Problem& p, xent_format id, int threads) {
  const auto& format = xent::reference::format(id);
  std::int64_t refined = 0;
  for (auto _ : state) {
    auto values = xent::reference::certify(p, xent::reference::kMaxPrecision, threads);
    if (!values) return state.SkipWithError(values.error().message.c_str());
    for (Certified& value : *values) benchmark::DoNotOptimize(value.rounded(format));
    refined = 0;
    if (p.wanted == Wanted::loss) {
      for (const Certified& value : *values)
        refined += value.precision_bits() > xent::reference::kFirstPrecision ? 1 : 0;
    }
  }
  state.counters["per_row"] =
      benchmark::Counter(static_cast<double>(p.rows),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["refined"] = static_cast<double>(refined);
}

// The logarithm of the sum of the row in intervals of 64 bits, term by term.
void mpfi(benchmark::State& state, const Problem& p) {
  for (auto _ : state) {
    const xent::reference::PrecisionScope scope(64);
    using xent::reference::Enclosure;
    Enclosure sum;
    for (const Number& x : p.input) sum += exp(Enclosure(x));
    benchmark::DoNotOptimize(log(sum));
  }
}

// What threads of this machine can gain at most: integer products in registers, as many at a time as a core
// can do. A chain of them would mostly wait, and two such chains share one core without loss.
void arithmetic(benchmark::State& state, int threads) {
  const int rounds = (1 << 22) / threads;
  const auto share = [rounds] {
    std::array<std::uint64_t, 8> products = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int i = rounds; i > 0; --i) {
      for (std::uint64_t& product : products) {
        product = product * 6364136223846793005u + 1;
        benchmark::DoNotOptimize(product);  // else vectors would do it
      }
    }
  };
  for (auto _ : state) {
    std::vector<std::future<void>> helpers;
    for (int i = 1; i < threads; ++i) helpers.push_back(std::async(std::launch::async, share));
    share();
    for (std::future<void>& helper : helpers) helper.get();
  }
}

void add_all() {
  using benchmark::RegisterBenchmark;
  const auto one = std::make_shared<Problem>(problem(1, Wanted::loss));
  const auto gradient = std::make_shared<Problem>(problem(1, Wanted::gradient));
  const auto many = std::make_shared<Problem>(problem(kRows, Wanted::loss));
  const auto add = [](const char* name, auto run) {
    RegisterBenchmark(name, run)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime()
        ->ComputeStatistics("min", [](const std::vector<double>& times) {
          return *std::min_element(times.begin(),
                                   times.end());  // what neighbours of the machine slow down least
        });
  };
  add("loss/mpfi", [=](benchmark::State& s) { mpfi(s, *one); });
  add("loss/binary32", [=](benchmark::State& s) { certified(s, *one, XENT_BINARY32, 1); });
  add("loss/binary64", [=](benchmark::State& s) { certified(s, *one, XENT_BINARY64, 1); });
  add("gradient/binary32", [=](benchmark::State& s) { certified(s, *gradient, XENT_BINARY32, 1); });
  add("gradient/binary64", [=](benchmark::State& s) { certified(s, *gradient, XENT_BINARY64, 1); });
  add("32_losses/binary64/1_thread", [=](benchmark::State& s) { certified(s, *many, XENT_BINARY64, 1); });
  add("32_losses/binary64/2_threads", [=](benchmark::State& s) { certified(s, *many, XENT_BINARY64, 2); });
  add("arithmetic/1_thread", [](benchmark::State& s) { arithmetic(s, 1); });
  add("arithmetic/2_threads", [](benchmark::State& s) { arithmetic(s, 2); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  add_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return EXIT_SUCCESS;
}
