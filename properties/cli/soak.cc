// `xent soak`: looks for false alarms, and for what a few seeds do not show: sound code is judged by many.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/cli/subject_options.h"
#include "properties/designs.h"
#include "properties/judge.h"
#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties::cli {
namespace {

struct SoakArguments {
  std::vector<std::string> names;
  SubjectOptions one;  // a program, instead of names, and the limits
  std::string level = "standard";
  std::string law;
  std::uint64_t seeds = 1000;
  std::uint64_t first = 1;
  int jobs = usual_jobs();
};

SubjectOptions named(const SoakArguments& arguments, const std::string& name) {
  SubjectOptions options = arguments.one;
  options.implementation = name;
  return options;
}

// What is built with the tests and asked as anyone's code is: threads that share a sum, and another oracle.
void add_outsiders(const SoakArguments& arguments, std::vector<SubjectOptions>& sound) {
  const auto is_there = [](const std::string& path) {
    if (!std::filesystem::exists(path)) fmt::print("without {}, which is not built\n", path);
    return std::filesystem::exists(path);
  };
  if (is_there(XENT_SOUND_LIBRARY)) sound.push_back(named(arguments, XENT_SOUND_LIBRARY));
  if (!is_there(XENT_SOUND_PROGRAM)) return;
  SubjectOptions program = arguments.one;
  program.command = shell_word(XENT_SOUND_PROGRAM) + " --answer";
  sound.push_back(program);
}

// What nobody should be able to accuse.
std::vector<SubjectOptions> sound_subjects(const SoakArguments& arguments) {
  if (!arguments.one.command.empty()) return {arguments.one};
  std::vector<SubjectOptions> sound;
  for (const std::string& name : arguments.names) sound.push_back(named(arguments, name));
  if (!sound.empty()) return sound;
  for (const char* name : {"fast", "correct", "stable"}) sound.push_back(named(arguments, name));
  for (const xent_implementation* design : sound_implementations())
    sound.push_back(named(arguments, "sound:" + std::string(design->name)));
  add_outsiders(arguments, sound);
  return sound;
}

// Whether it conforms; what is wrong is printed.
bool conforms(const SubjectOptions& sound, CheckOptions options) {
  options.implementation = typed_name(sound);
  const Report report = check(subject_of(sound), options);
  // A law that is not about what it declares accuses nobody.
  const bool is_heard = options.only_law.empty() || report.laws.at(0).kind != LawVerdict::Kind::skip;
  if (is_interrupted() || !is_heard) return true;
  if (!report.conforms()) fmt::print("{}", text_report(report));
  return report.conforms();
}

CheckOptions check_options(const SoakArguments& arguments) {
  CheckOptions options;
  options.level = arguments.level == "smoke" ? Level::smoke : Level::standard;
  if (!arguments.law.empty()) options.only_law = known_law(arguments.law).id;
  options.interrupted = is_interrupted;
  options.jobs = arguments.jobs;
  return options;
}

int run_soak(const SoakArguments& arguments) {
  note_interruptions();
  // Before anything is started: an unknown law is not a reason to begin.
  CheckOptions options = check_options(arguments);
  const std::vector<SubjectOptions> subjects = sound_subjects(arguments);
  for (const SubjectOptions& sound : subjects) subject_of(sound);
  std::uint64_t alarms = 0;
  std::uint64_t runs = 0;
  for (std::uint64_t seed = arguments.first; seed - arguments.first < arguments.seeds; ++seed) {
    options.seed = seed;
    for (const SubjectOptions& sound : subjects) {
      if (is_interrupted()) break;
      alarms += conforms(sound, options) ? 0 : 1;
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
  CLI::Option* names =
      command->add_option("implementation", arguments->names,
                          "as of `xent check`; fast, correct, stable and sound code of other "
                          "designs if none is named");
  add_subject_options(*command, arguments->one)->excludes(names);
  command->add_option("--level", arguments->level, "how many inputs: smoke or standard")
      ->check(CLI::IsMember({"smoke", "standard"}))
      ->capture_default_str();
  command->add_option("--law", arguments->law, "this law only, as after a change of it");
  command->add_option("--seeds", arguments->seeds, "how many")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 32))
      ->capture_default_str();
  command->add_option("--first-seed", arguments->first, "and where to begin")->capture_default_str();
  add_jobs(*command, arguments->jobs, "a core each");
  command->callback([arguments, &status] { status = run_soak(*arguments); });
}

}  // namespace xent::properties::cli
