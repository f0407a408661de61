// What judging costs: small cases in process, each with its certificate, and the bytes of logits that a
// program takes in through the pipe, as hexadecimal digits that it makes floats of.
#include <benchmark/benchmark.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "bench/workloads.h"
#include "fast/implementations.h"
#include "properties/judge.h"
#include "properties/laws.h"
#include "properties/program.h"

namespace {

using xent::properties::Law;
using xent::properties::Layout;
using xent::properties::Random;
using xent::properties::Subject;
using xent::properties::Trial;
using xent::reference::Number;
using xent::reference::Problem;

constexpr std::int64_t kClasses = 128256;  // the vocabulary of a current model

// What the law asks about cross-entropies from logits, as far as it is small.
std::vector<Trial> small_trials(const Law& law, const xent_implementation& implementation) {
  constexpr std::size_t kCount = 256;
  constexpr std::size_t kMostNumbers = 64;
  const xent_claim& claim = *xent::properties::find_claim(implementation, "softmax_cross_entropy");
  Random random{rc::Random(1)};
  std::vector<Trial> trials;
  while (trials.size() < kCount) {
    Trial trial = law.generate(random, claim, static_cast<int>(trials.size()), kCount);
    if (trial.problem.input.size() <= kMostNumbers) trials.push_back(std::move(trial));
  }
  return trials;
}

// Each is asked, certified, and compared.
void small_cases(benchmark::State& state, const xent_implementation& implementation, const char* law_id) {
  const Law& law = *xent::properties::find_law(law_id);
  const std::vector<Trial> trials = small_trials(law, implementation);
  const Subject subject(implementation);
  std::size_t next = 0;
  for (auto _ : state) {
    const auto outcome = law.judge(subject, trials[next], {});
    if (outcome.kind == xent::properties::Outcome::Kind::fail)
      return state.SkipWithError(outcome.message.c_str());
    next = (next + 1) % trials.size();
  }
  state.SetItemsProcessed(state.iterations());
}

Problem long_row() {
  const xent::bench::Workload workload({1, kClasses, false}, xent::reference::format(XENT_BINARY32), 1);
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = kClasses;
  p.input_format = p.loss_format = XENT_BINARY32;
  for (const float x : workload.logits()) p.input.emplace_back(static_cast<double>(x));
  p.targets.assign(workload.targets().begin(), workload.targets().end());
  return p;
}

void pipe(benchmark::State& state) {
  const auto remote =
      xent::properties::program("exec /proc/" + std::to_string(getpid()) + "/exe --answer", {});
  if (!remote) return state.SkipWithError(remote.error().message.c_str());
  const Problem p = long_row();
  for (auto _ : state) {
    const auto response = (*remote)->run(p, Layout());
    if (!response.usable()) return state.SkipWithError(response.defect.c_str());
  }
  state.SetBytesProcessed(state.iterations() * kClasses * static_cast<std::int64_t>(sizeof(float)));
}

// The largest of the row's logits. What is measured is how it gets there.
float largest_logit(const std::string& line) {
  static constexpr auto kDigits = [] {
    std::array<std::uint8_t, 256> digits = {};
    for (std::uint8_t i = 0; i < 16; ++i) digits[static_cast<std::uint8_t>("0123456789abcdef"[i])] = i;
    return digits;
  }();
  constexpr std::string_view kBits = "\"bits\":\"";
  const auto* at = reinterpret_cast<const std::uint8_t*>(line.data()) + line.find(kBits) + kBits.size();
  float most = -HUGE_VALF;
  for (; *at != '"'; at += 8) {
    std::uint32_t bits = 0;
    for (int i = 0; i < 8; ++i) bits = bits << 4 | kDigits[at[i]];
    most = std::max(most, std::bit_cast<float>(bits));
  }
  return most;
}

int answer_all() {
  std::cout << R"({"declare":"bench","claims":[{"loss":"softmax_cross_entropy","input_formats":["binary32"],)"
            << R"("loss_formats":["binary32"]}]})" << std::endl;
  int id = 0;
  for (std::string line; std::getline(std::cin, line);)
    std::cout << R"({"id":")" << ++id << R"(","loss":)" << largest_logit(line) << '}' << std::endl;
  return EXIT_SUCCESS;
}

void add_all() {
  using benchmark::RegisterBenchmark;
  const xent_implementation& stable = *xent::fast::stable_implementation();
  RegisterBenchmark("in_process/accuracy", [&](benchmark::State& s) { small_cases(s, stable, "accuracy"); });
  RegisterBenchmark("in_process/mask", [&](benchmark::State& s) { small_cases(s, stable, "mask"); });
  RegisterBenchmark("pipe/logits", pipe)->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--answer") {
    std::ios::sync_with_stdio(false);
    return answer_all();
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return EXIT_FAILURE;
  add_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return EXIT_SUCCESS;
}
