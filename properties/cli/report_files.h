// The files that a report is written to, one option each.
#ifndef XENT_PROPERTIES_CLI_REPORT_FILES_H
#define XENT_PROPERTIES_CLI_REPORT_FILES_H

#include <string>

#include "properties/cli/command.h"
#include "properties/judge.h"

namespace xent::properties::cli {

// Paths; empty: not asked for.
struct ReportFiles {
  std::string json;
  std::string junit;
  std::string html;
  std::string profile;
  std::string cases;
};

void add_report_files(CLI::App& command, ReportFiles& files);
bool is_any_asked_for(const ReportFiles& files);
// Throws BadInput if two of them, or one and that of --part, are one file, of which the last would be left.
void require_a_file_each(const ReportFiles& files, const std::string& part = "");
// Writes every file that was asked for, each whole or not at all. Throws BadInput if one cannot be.
void write_reports(const ReportFiles& files, const Report& report);
// The report of a run of which nothing is known yet, so that a file that cannot be written is found out
// before the work and, whatever ends the run, no file of an older one is taken for its. A stream is left
// alone: it would hold both reports.
void write_unfinished(const ReportFiles& files, const CheckOptions& options);
// The same of one file.
void write_unfinished(const std::string& path, const std::string& contents);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_REPORT_FILES_H
