#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/cli/numbers.h"
#include "properties/cli/offline_folder.h"
#include "properties/cli/part_of.h"
#include "properties/cli/report_files.h"
#include "properties/cli/subject_options.h"
#include "properties/cli/terminal.h"
#include "properties/implementations.h"
#include "properties/judge.h"
#include "properties/laws.h"
#include "properties/part.h"
#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties::cli {
namespace {

constexpr const char* kUsualLevel = "standard";

struct CheckArguments {
  SubjectOptions subject = {.implementation = "fast", .command = ""};
  std::optional<std::string> level;
  std::optional<std::uint64_t> seed;
  std::string law;
  std::string line;  // a case to judge instead of generated ones
  ReportFiles files;
  std::string shard;
  std::string part;   // where the evidence goes
  double search = 0;  // seconds
  double budget = 0;  // seconds of a deep run
  int rounds = 0;     // of a deep run, instead
  int jobs = 0;       // 0: usual_jobs()
  double progress_interval = 5;
};

// "2/3": the second of three parts.
Shard parsed_shard(const std::string& text) {
  const auto part = parse_part_of(text);
  if (!part || part->index < 1 || part->index > part->count || part->count > kMostShards) {
    throw BadInput{fmt::format("--shard: '{}' is not accepted; accepted: I/N with 1 <= I <= N <= {}", text,
                               kMostShards)};
  }
  return {static_cast<int>(part->index), static_cast<int>(part->count)};
}

// Reports are about all inputs; a part has no verdict of its own.
void require_a_part(const CheckArguments& arguments) {
  if (arguments.shard.empty()) return;
  if (arguments.part.empty())
    throw BadInput{"--shard: needs --part; accepted: the file for `xent report merge`"};
  if (arguments.jobs > 1) throw BadInput{"--shard: does not go with --jobs; accepted: a shard for each job"};
  if (arguments.search > 0) throw BadInput{"--shard: does not go with --search; accepted: one of them"};
  if (is_any_asked_for(arguments.files))
    throw BadInput{"--shard: writes a part alone; accepted: reports by `xent report merge`"};
}

// A deep run tries other inputs each time, as far as a clock says how many.
void require_depth_to_fit(const CheckArguments& arguments) {
  const bool is_deep = arguments.level == "deep";
  if (is_deep == (arguments.budget == 0 && arguments.rounds == 0)) {
    throw BadInput{is_deep ? "--level: 'deep' needs --budget or --rounds; accepted: one of them"
                           : "--budget, --rounds: only with --level deep; accepted: neither"};
  }
  if (!is_deep) return;
  if (!arguments.part.empty())
    throw BadInput{"--part: does not go with --level deep; accepted: standard with another --seed each"};
  if (!arguments.files.profile.empty())
    throw BadInput{"--profile: does not go with --level deep; accepted: standard, whose inputs are the same"};
}

// A folder is where the answers to exported questions are.
bool is_offline(const CheckArguments& arguments) {
  std::error_code error;
  const std::string& name = arguments.subject.implementation;
  return arguments.subject.command.empty() && !is_built_in(name) &&
         std::filesystem::is_directory(name, error);
}

// There are answers to the inputs that were exported, and no others.
void take_over(const OfflineRun& run, CheckArguments& arguments) {
  const auto take = [](const char* option, auto& given, const auto& exported) {
    if (given && *given != exported)
      throw BadInput{
          fmt::format("{}: '{}' is not accepted; accepted: {}, as exported", option, *given, exported)};
    given = exported;
  };
  take("--level", arguments.level, std::string(name(run.level)));
  take("--seed", arguments.seed, run.seed);
  if (!run.law.empty() && !arguments.law.empty() && arguments.law != run.law)
    throw BadInput{
        fmt::format("--law: '{}' is not accepted; accepted: {}, as exported", arguments.law, run.law)};
  if (arguments.law.empty()) arguments.law = run.law;
  if (arguments.search > 0 || arguments.jobs > 1 || !arguments.shard.empty())
    throw BadInput{"--search, --jobs, --shard: not for answers in a folder; accepted: none of them"};
  arguments.jobs = 1;
}

Subject whoever_is_asked(CheckArguments& arguments) {
  if (!is_offline(arguments)) return subject_of(arguments.subject);
  take_over(run_in(arguments.subject.implementation), arguments);
  return answering_in(arguments.subject.implementation);
}

// What can be said of a part; returns the exit status.
int conclude_part(const Evidence& evidence) {
  const Report seen = conclude(evidence);
  std::string failed;
  int inputs = 0;
  for (const LawVerdict& law : seen.laws) {
    inputs += law.passed + law.failed + law.undecided;
    if (!law.failures.empty()) failed += (failed.empty() ? "" : ", ") + std::string(law.law->id);
  }
  fmt::print("part {} of {}: {} inputs, {}{}\n", evidence.shard.index, evidence.shard.count, inputs,
             failed.empty() ? "no law failed" : "failed: " + failed,
             evidence.finished ? "" : "; the run was interrupted");
  return failed.empty() ? kConforms : kDoesNotConform;
}

int replay_case(const CheckArguments& arguments, const Subject& subject) {
  if (arguments.law.empty()) throw BadInput{"--case: needs --law; accepted: the law to judge the case by"};
  const auto trial = trial_of_line(arguments.line);
  if (!trial) throw BadInput{"--case: " + trial.error().message};
  const Law& law = known_law(arguments.law);
  const Outcome outcome = replay(subject, law, *trial);
  constexpr const char* kWords[] = {"pass", "FAIL", "not admissible", "UNDECIDED"};
  fmt::print("{} {}{}{}\n", law.id, kWords[static_cast<int>(outcome.kind)],
             outcome.message.empty() ? "" : ": ", outcome.message);
  if (outcome.kind == Outcome::Kind::inadmissible) return kBadInput;
  return outcome.kind == Outcome::Kind::pass ? kConforms : kDoesNotConform;
}

int conclude_whole(const Report& report, const ReportFiles& files) {
  fmt::print("{}", text_report(report, shows_colour()));
  write_reports(files, report);
  return report.conforms() ? kConforms : kDoesNotConform;
}

// Somebody's program may take a whole machine, or the only device, and is asked by one process.
int jobs_of(const CheckArguments& arguments) {
  if (arguments.jobs > 0) return arguments.jobs;
  return arguments.subject.command.empty() && arguments.shard.empty() ? usual_jobs() : 1;
}

CheckOptions options_of(const CheckArguments& arguments) {
  require_a_part(arguments);
  require_depth_to_fit(arguments);
  CheckOptions options;
  if (!arguments.shard.empty()) options.shard = parsed_shard(arguments.shard);
  options.jobs = jobs_of(arguments);
  options.level =
      arguments.level == "deep" ? Level::deep : *level_named(arguments.level.value_or(kUsualLevel));
  options.most_rounds = arguments.rounds;
  options.budget_seconds = arguments.budget;
  options.seed = arguments.seed.value_or(options.seed);
  options.search_seconds = arguments.search;
  if (!arguments.law.empty()) options.only_law = known_law(arguments.law).id;
  options.implementation = typed_name(arguments.subject);  // of replay lines
  options.interrupted = is_interrupted;
  if (is_offline(arguments)) options.shrink_budget = 0;  // there are no answers to smaller cases
  return options;
}

int run_check(CheckArguments arguments) {
  const Subject subject = whoever_is_asked(arguments);
  if (!arguments.line.empty()) return replay_case(arguments, subject);
  CheckOptions options = options_of(arguments);
  ProgressLine line(arguments.progress_interval);
  options.progress = [&line](const Progress& progress) { line.show(progress); };
  require_a_file_each(arguments.files, arguments.part);
  note_interruptions();
  write_unfinished(arguments.files, options);
  if (!arguments.part.empty()) write_unfinished(arguments.part, part_text(blank_evidence(options)));
  fmt::print("checking {} (seed {})\n", options.implementation, options.seed);
  std::fflush(stdout);
  if (arguments.part.empty()) {
    const Report report = check(subject, options);
    line.clear();
    const int status = conclude_whole(report, arguments.files);
    return report.finished ? status : interruption_status();
  }
  const Evidence evidence = gather(subject, options);
  line.clear();
  write_file(arguments.part, part_text(evidence));
  const int status =
      arguments.shard.empty() ? conclude_whole(conclude(evidence), arguments.files) : conclude_part(evidence);
  return evidence.finished ? status : interruption_status();
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  CLI::App* check = app.add_subcommand("check", "judge an implementation by every law it declares to obey");
  auto arguments = std::make_shared<CheckArguments>();
  CLI::Option* implementation =
      check
          ->add_option("implementation", arguments->subject.implementation,
                       "fast, correct, stable, naive, mutant:ID, a shared library that exports "
                       "xent_get_implementation, or a folder of `xent export` with the answers")
          ->capture_default_str();
  add_subject_options(*check, arguments->subject)->excludes(implementation);
  check
      ->add_option("--level", arguments->level,
                   "how many inputs: smoke, standard, or deep, which is one standard run after another")
      ->check(CLI::IsMember({"smoke", "standard", "deep"}))
      ->default_str(kUsualLevel);
  CLI::Option* budget =
      check->add_option("--budget", arguments->budget, "seconds for a deep run, which ends its first round")
          ->check(number_between(1, 1e9));
  check->add_option("--rounds", arguments->rounds, "of a deep run: that many, however long they take")
      ->check(CLI::Range(1, 1 << 20))
      ->excludes(budget);
  check->add_option("--seed", arguments->seed, "the inputs are a function of it")
      ->check(is_seed())
      ->default_str("1");
  check->add_option("--law", arguments->law, "this law only");
  check
      ->add_option("--search", arguments->search,
                   "seconds to spend on looking for inputs with larger errors, which the report then has as "
                   "the regime 'adversarial'")
      ->check(number_between(0, 1e6));
  check->add_option("--case", arguments->line, "judge this case line by --law, as a replay line does");
  add_report_files(*check, arguments->files);
  check->add_option("--shard", arguments->shard,
                    "I/N: try the I-th of N parts of the inputs, which take about equally long");
  check->add_option("--part", arguments->part, "write the evidence to this file, for `xent report merge`");
  add_jobs(*check, arguments->jobs, "a core each, but 1 for a program");
  add_progress_interval(*check, arguments->progress_interval);
  check->footer(
      "Ctrl-C (or SIGTERM) ends the run in order: what was found is printed and written to every file asked "
      "for, marked as unfinished, and the exit status is 130 (143).");
  check->callback([arguments, &status] { status = run_check(*arguments); });
}

}  // namespace xent::properties::cli
