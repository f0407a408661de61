#include "bench/host.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "bench/answer.h"
#include "bench/refusal.h"
#include "bench/warm_up.h"

namespace xent::bench {
namespace {

using nlohmann::json;
using reference::Error;
using reference::Expected;

// The threads of an OpenMP runtime look for more work for some milliseconds before they sleep. Whoever is
// timed next shall not share the processors with them.
constexpr auto kSettling = std::chrono::milliseconds(5);

json failure(const std::string& message) {
  return {{"error", message}};
}

// The side of the new process.
class Servant {
 public:
  Servant(Host::Find find, Host::Environment environment, std::span<const Workload> workloads)
      : find_(std::move(find)), environment_(std::move(environment)), workloads_(workloads) {}

  std::string answer(const std::string& message) {
    const json request = json::parse(message);
    if (!implementation_) begin();
    if (!*implementation_) return failure(implementation_->error().message).dump();
    const auto& what = request.at("what").get_ref<const std::string&>();
    if (what == "examine") return examine(request).dump();
    if (what == "time") return time(request).dump();
    return json{{"identity", fmt::format("{} {}", subject().name, subject().version)}}.dump();
  }

 private:
  // Only when first asked, so in the new process.
  void begin() {
    for (const auto& [name, value] : environment_) setenv(name.c_str(), value.c_str(), 1);
    implementation_ = find_();
    answer_.emplace(workloads_);
  }

  const xent_implementation& subject() const { return ***implementation_; }

  json examine(const json& request) const {
    const Question question = {find_operation(request.at("operation").get<std::string>()),
                               reference::find_format(request.at("format").get<std::string>())};
    Standing standing;
    standing.not_covered = not_covered(subject(), question).value_or("");
    if (standing.not_covered.empty()) {
      if (const auto found = refusal(subject(), question)) {
        standing.fails_golden = found->golden_case;
        standing.wrong = found->reason;
      }
    }
    return {{"not_covered", standing.not_covered},
            {"fails_golden", standing.fails_golden},
            {"wrong", standing.wrong}};
  }

  json time(const json& request) {
    const Workload& workload = workloads_[request.at("workload").get<std::size_t>()];
    const Operation& operation = *find_operation(request.at("operation").get<std::string>());
    const xent_problem problem = workload.problem(operation, request.at("threads"));
    xent_result result = answer_->result(workload, operation);
    // This is also when the library makes what it keeps for the shape and the number of threads.
    xent_status status = XENT_OK;
    warm_up([&] { status = compute(problem, result, 1); });
    if (status != XENT_OK) return failure(fmt::format("returned status {}", status));
    const auto begin = std::chrono::steady_clock::now();
    const xent_status last = compute(problem, result, request.at("calls"));
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    if (last != XENT_OK) return failure(fmt::format("returned status {}", last));
    std::this_thread::sleep_for(kSettling);
    return {{"seconds", elapsed.count()}};
  }

  // Until a call fails. Returns what the last one did.
  xent_status compute(const xent_problem& problem, xent_result& result, std::int64_t calls) const {
    xent_status status = XENT_OK;
    for (; calls > 0 && status == XENT_OK; --calls) {
      status = subject().compute(&problem, &result);
      benchmark::ClobberMemory();
    }
    return status;
  }

  Host::Find find_;
  Host::Environment environment_;
  std::span<const Workload> workloads_;
  std::optional<Expected<const xent_implementation*>> implementation_;
  std::optional<Answer> answer_;
};

Process::Answer servant(const Host::Find& find, const Host::Environment& environment,
                        std::span<const Workload> workloads) {
  const auto servant = std::make_shared<Servant>(find, environment, workloads);
  return [servant](const std::string& message) { return servant->answer(message); };
}

Expected<json> ask(Process& process, const json& request) {
  const auto answer = process.ask(request.dump());
  if (!answer) return answer.error();
  json object = json::parse(*answer);
  if (object.contains("error")) return Error{object["error"]};
  return object;
}

}  // namespace

Host::Host(const Find& find, const Environment& environment, std::span<const Workload> workloads)
    : process_(servant(find, environment, workloads)) {}

Expected<std::string> Host::identity() {
  const auto answer = ask(process_, {{"what", "identity"}});
  if (!answer) return answer.error();
  return answer->at("identity").get<std::string>();
}

Expected<Standing> Host::examine(const Question& question) {
  const auto answer =
      ask(process_,
          {{"what", "examine"}, {"operation", question.operation->name}, {"format", question.format->name}});
  if (!answer) return answer.error();
  return Standing{answer->at("not_covered"), answer->at("fails_golden"), answer->at("wrong")};
}

Expected<double> Host::seconds(const Task& task, std::int64_t calls) {
  const auto answer = ask(process_, {{"what", "time"},
                                     {"workload", task.workload},
                                     {"operation", task.operation->name},
                                     {"threads", task.threads},
                                     {"calls", calls}});
  if (!answer) return answer.error();
  return answer->at("seconds").get<double>();
}

}  // namespace xent::bench
