// `xent soak`: looks for false alarms, and for what a few seeds do not show: sound code is judged by many.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/cli/subject_options.h"
#include "properties/designs.h"
#include "properties/implementations.h"
#include "properties/judge.h"
#include "properties/report.h"

namespace xent::properties::cli {
namespace {

struct SoakArguments {
  std::vector<std::string> names;
  std::string level = "standard";
  std::uint64_t seeds = 1000;
  std::uint64_t first = 1;
  int jobs = usual_jobs();
};

// What nobody should be able to accuse.
std::vector<std::string> sound_names() {
  std::vector<std::string> names = {"fast", "correct", "stable"};
  for (const xent_implementation* sound : sound_implementations())
    names.push_back("sound:" + std::string(sound->name));
  return names;
}

// Whether it conforms; what is wrong is printed.
bool conforms(const std::string& name, CheckOptions options) {
  options.implementation = name;
  const Report report = check(*required(find_implementation(name)), options);
  if (is_interrupted()) return true;
  if (!report.conforms()) fmt::print("{}", text_report(report));
  return report.conforms();
}

int run_soak(const SoakArguments& arguments) {
  note_interruptions();
  const std::vector<std::string> names = arguments.names.empty() ? sound_names() : arguments.names;
  for (const std::string& name : names) required(find_implementation(name));
  CheckOptions options;
  options.level = arguments.level == "smoke" ? Level::smoke : Level::standard;
  options.interrupted = is_interrupted;
  options.jobs = arguments.jobs;
  std::uint64_t alarms = 0;
  std::uint64_t runs = 0;
  for (std::uint64_t seed = arguments.first; seed - arguments.first < arguments.seeds; ++seed) {
    options.seed = seed;
    for (const std::string& name : names) {
      if (is_interrupted()) break;
      alarms += conforms(name, options) ? 0 : 1;
      runs += is_interrupted() ? 0 : 1;
    }
    if (is_interrupted()) break;
    fmt::print("seed {}: {} runs, {} alarms\n", seed, runs, alarms);
    std::fflush(stdout);
  }
  fmt::print("{} of {} runs at {} conform\n", runs - alarms, runs, arguments.level);
  if (is_interrupted()) return interruption_status();
  return alarms == 0 ? kConforms : kDoesNotConform;
}

}  // namespace

void add_soak(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("soak", "judge sound implementations by many seeds: none may be accused");
  auto arguments = std::make_shared<SoakArguments>();
  command->add_option("implementation", arguments->names,
                      "as of `xent check`, in this process; fast, correct, stable and sound code of other "
                      "designs if none is named");
  command->add_option("--level", arguments->level, "how many inputs: smoke or standard")
      ->check(CLI::IsMember({"smoke", "standard"}))
      ->capture_default_str();
  command->add_option("--seeds", arguments->seeds, "how many")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32))
      ->capture_default_str();
  command->add_option("--first-seed", arguments->first, "and where to begin")->capture_default_str();
  add_jobs(*command, arguments->jobs, "a core each");
  command->callback([arguments, &status] { status = run_soak(*arguments); });
}

}  // namespace xent::properties::cli
