// xent report merge: the parts of a run as one report.
#include "properties/report.h"

#include <fmt/format.h>

#include <memory>

#include "properties/cli/command.h"
#include "properties/cli/report_files.h"
#include "properties/cli/terminal.h"
#include "properties/part.h"

namespace xent::properties::cli {
namespace {

struct MergeArguments {
  std::vector<std::string> parts;
  ReportFiles files;
};

int run_merge(const MergeArguments& arguments) {
  require_a_file_each(arguments.files);
  std::vector<Evidence> parts;
  for (const std::string& path : arguments.parts) parts.push_back(read_as(path, read_part));
  const Report report = conclude(required(join(std::move(parts))));
  fmt::print("{}", text_report(report, shows_colour()));
  write_reports(arguments.files, report);
  return report.conforms() ? kConforms : kDoesNotConform;
}

}  // namespace

void add_report(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("report", "reports of runs that were split");
  command->require_subcommand(1);
  CLI::App* merge = command->add_subcommand("merge", "join all parts of a run to the report of one run");
  auto arguments = std::make_shared<MergeArguments>();
  merge->add_option("parts", arguments->parts, "files of `xent check --shard I/N --part FILE`, in any order")
      ->required();
  add_report_files(*merge, arguments->files);
  merge->footer("The files written are those of one run that was not split, to the byte.");
  merge->callback([arguments, &status] { status = run_merge(*arguments); });
}

}  // namespace xent::properties::cli
