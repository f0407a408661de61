// xent export: the questions of a check, for an implementation that runs elsewhere.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/cli/numbers.h"
#include "properties/cli/offline_folder.h"
#include "properties/cli/subject_options.h"
#include "properties/cli/terminal.h"
#include "properties/declaration_line.h"
#include "properties/offline.h"

namespace xent::properties::cli {
namespace {

struct ExportArguments {
  std::string declaration;
  std::string folder;
  std::string level = "standard";
  std::uint64_t seed = 1;
  std::string law;
  double progress_interval = 5;
};

// Programs declare themselves in the first line of what they write.
std::shared_ptr<const xent_implementation> declaration_in(const std::string& path) {
  return read_as(path,
                 [](const std::string& text) { return read_declaration(text.substr(0, text.find('\n'))); });
}

// Answers to other questions are not to be taken for answers to these.
void require_no_answers(const OfflineFolder& files) {
  std::error_code error;
  if (std::filesystem::exists(files.answers, error))
    throw BadInput{files.answers + ": is there already; accepted: a folder without answers"};
}

void make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw BadInput{folder + ": cannot be made: " + error.message() + "; accepted: a folder"};
}

int run_export(const ExportArguments& arguments) {
  const auto declaration = declaration_in(arguments.declaration);
  CheckOptions options;
  options.level = *level_named(arguments.level);
  options.seed = arguments.seed;
  if (!arguments.law.empty()) options.only_law = known_law(arguments.law).id;
  options.interrupted = is_interrupted;
  ProgressLine line(arguments.progress_interval);
  options.progress = [&line](const properties::Progress& progress) { line.show(progress); };
  const OfflineFolder files(arguments.folder);
  require_no_answers(files);
  make_folder(arguments.folder);
  note_interruptions();
  const auto run = exported(declaration, options);
  line.clear();
  if (!run) return interruption_status();
  write_file(files.questions, run->questions);
  write_file(files.run, run_text(*run));
  fmt::print("{} questions to {} in {}\n", std::count(run->questions.begin(), run->questions.end(), '\n'),
             declaration->name, files.questions);
  return kConforms;
}

}  // namespace

void add_export(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "export", "write the questions of a check down, for an implementation that runs where xent does not");
  auto arguments = std::make_shared<ExportArguments>();
  command
      ->add_option("declaration", arguments->declaration,
                   "file whose first line is the declaration; /dev/stdin, behind the program itself")
      ->required();
  command->add_option("folder", arguments->folder, "where the questions go")->required();
  command->add_option("--level", arguments->level, "how many inputs: smoke or standard")
      ->check(CLI::IsMember({"smoke", "standard"}))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "the inputs are a function of it")
      ->check(is_seed())
      ->capture_default_str();
  command->add_option("--law", arguments->law, "this law only");
  add_progress_interval(*command, arguments->progress_interval);
  command->footer(
      "Have the program read FOLDER/questions.jsonl and write FOLDER/answers.jsonl, wherever it runs:\n"
      "  ./program < FOLDER/questions.jsonl > FOLDER/answers.jsonl\n"
      "Then `xent check FOLDER` judges it by these answers.");
  command->callback([arguments, &status] { status = run_export(*arguments); });
}

}  // namespace xent::properties::cli
