#include "properties/cli/report_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "properties/html.h"
#include "properties/junit.h"
#include "properties/profile.h"
#include "properties/report.h"
#include "properties/worst_cases.h"

namespace xent::properties::cli {
namespace {

struct Kind {
  const char* flag;
  std::string ReportFiles::*path;
  std::string (*text)(const Report&);
  const char* help;
};

constexpr Kind kKinds[] = {
    {"--json", &ReportFiles::json, json_report, "also write the report to this file"},
    {"--junit", &ReportFiles::junit, junit_report, "write it as JUnit XML, a test case for each law"},
    {"--html", &ReportFiles::html, html_report, "write it as one page for a browser"},
    {"--profile", &ReportFiles::profile, profile_text, "write accuracy and verdicts, for `xent compare`"},
    {"--cases", &ReportFiles::cases, worst_cases,
     "write the inputs that were worst, certified, as golden cases"},
};

}  // namespace

void add_report_files(CLI::App& command, ReportFiles& files) {
  for (const Kind& kind : kKinds) command.add_option(kind.flag, files.*kind.path, kind.help);
}

bool is_any_asked_for(const ReportFiles& files) {
  return std::any_of(std::begin(kKinds), std::end(kKinds),
                     [&files](const Kind& kind) { return !(files.*kind.path).empty(); });
}

void require_a_file_each(const ReportFiles& files, const std::string& part) {
  std::vector<std::pair<const char*, std::string>> asked = {{"--part", part}};
  for (const Kind& kind : kKinds) asked.emplace_back(kind.flag, files.*kind.path);
  std::map<std::filesystem::path, const char*> taken;
  for (const auto& [flag, path] : asked) {
    if (path.empty() || is_stream(path)) continue;
    std::error_code error;
    const auto [known, is_first] =
        taken.emplace(std::filesystem::weakly_canonical(std::filesystem::absolute(path), error), flag);
    if (!is_first) {
      throw BadInput{fmt::format("{}: '{}' is not accepted; accepted: another file than that of {}", flag,
                                 path, known->second)};
    }
  }
}

void write_reports(const ReportFiles& files, const Report& report) {
  for (const Kind& kind : kKinds) {
    if (!(files.*kind.path).empty()) write_file(files.*kind.path, kind.text(report));
  }
}

void write_unfinished(const ReportFiles& files, const CheckOptions& options) {
  const Report report = conclude(blank_evidence(options));
  for (const Kind& kind : kKinds) {
    if (!(files.*kind.path).empty()) write_unfinished(files.*kind.path, kind.text(report));
  }
}

void write_unfinished(const std::string& path, const std::string& contents) {
  if (!is_stream(path)) write_file(path, contents);
}

}  // namespace xent::properties::cli
