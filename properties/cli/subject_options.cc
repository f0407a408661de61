#include "properties/cli/subject_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <thread>

#include "properties/cli/interruption.h"
#include "properties/cli/numbers.h"
#include "properties/implementations.h"
#include "properties/laws.h"
#include "properties/program.h"
#include "properties/replay.h"

namespace xent::properties::cli {

CLI::Option* add_subject_options(CLI::App& command, SubjectOptions& options) {
  command
      .add_option("--time-limit", options.time_limit,
                  "seconds that a library or program may take for one call")
      ->check(number_between(0.01, 86400))
      ->capture_default_str();
  command
      .add_option("--memory-limit", options.memory_limit,
                  "GiB that a library or program may use; 0: all there is")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  return command.add_option(
      "--command", options.command,
      "ask a program, run by /bin/sh -c, that reads case lines and writes answer lines");
}

Subject subject_of(const SubjectOptions& options) {
  Limits limits;
  limits.call_seconds = options.time_limit;
  limits.start_seconds = std::max(limits.start_seconds, options.time_limit);
  limits.memory_bytes = options.memory_limit << 30;
  limits.interrupted = is_interrupted;
  if (options.command.empty()) return required(find_subject(options.implementation, limits));
  auto remote = program(options.command, limits);
  if (!remote) throw BadInput{"--command: '" + options.command + "': " + remote.error().message};
  return Subject(std::move(*remote));
}

std::string typed_name(const SubjectOptions& options) {
  const SubjectOptions usual;
  std::string name = options.command.empty() ? shell_word(options.implementation)
                                             : "--command " + shell_word(options.command);
  if (options.time_limit != usual.time_limit) name += fmt::format(" --time-limit {}", options.time_limit);
  if (options.memory_limit != usual.memory_limit)
    name += fmt::format(" --memory-limit {}", options.memory_limit);
  return name;
}

const Law& known_law(const std::string& id) {
  const Law* law = find_law(id);
  if (law == nullptr)
    throw BadInput{"--law: '" + id + "' is not accepted; accepted: an id of `xent list laws`"};
  return *law;
}

int usual_jobs() {
  constexpr unsigned kMost = 8;  // what makes a counter-example small is not shared
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, kMost));
}

void add_jobs(CLI::App& command, int& jobs, const char* usual) {
  command
      .add_option("--jobs", jobs,
                  std::string("processes that share the inputs, for the same report; usually ") + usual)
      ->check(CLI::Range(1, 256));
}

}  // namespace xent::properties::cli
