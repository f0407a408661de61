#include "bench/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace xent::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kColumns = "{:<12} {:>7}  {:<14} {:>10}  {:>19}  {:>10}  {}";

// One line, without blanks at its end.
template <typename... T>
std::string columns(const T&... cells) {
  const std::string text = fmt::format(kColumns, cells...);
  return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

// What the limits of the table are, each once.
std::string limits(const Report& report) {
  std::vector<std::string> lines;
  for (const Measurement& row : report.rows) {
    const Limit& limit = row.question.operation->limit;
    const std::string line = fmt::format("{}: {}\n", limit.name, limit.description);
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }
  return fmt::format("{}", fmt::join(lines, ""));
}

std::string head(const Report& report) {
  return fmt::format(
      "losses of logits, one a row, or values of every class; workloads of seed {}\n"
      "{}, {} CPUs, {}; {} interleaved repetitions of {} s or more\n"
      "time: wall-clock ns for each logit, median of the repetitions, and their range\n"
      "x limit: median / median of the limit on the same buffers and as many threads\n"
      "{}",
      report.seed, report.machine.cpu, report.machine.cpus, report.machine.simd_target,
      report.timing.repetitions, report.timing.seconds, limits(report));
}

std::string line(const Measurement& row, const Report& report) {
  std::string time = "refused";
  std::string range;
  std::string ratio;
  if (!row.ns_per_element.empty()) {
    const Summary ns = summary(row.ns_per_element);
    time = fmt::format("{:.4f}", ns.median);
    range = fmt::format("{:.4f} .. {:.4f}", ns.min, ns.max);
    if (const auto r = ratio_to_limit(row, report.rows)) ratio = fmt::format("{:.2f}", *r);
  }
  const std::string note = row.fails_golden.empty() ? "" : "fails golden: " + row.fails_golden;
  return columns(row.shape.name(), row.threads, row.implementation, time, range, ratio, note);
}

std::string sections(const Report& report) {
  std::string text;
  const Measurement* previous = nullptr;
  for (const Measurement& row : report.rows) {
    if (previous == nullptr || previous->question != row.question) {
      text += fmt::format("\n{}: {}\n", row.question.name(), row.question.operation->description());
      text += columns("workload", "threads", "", "time", "min .. max", "x limit", "");
    } else if (previous->shape.name() != row.shape.name() || previous->threads != row.threads) {
      text += "\n";
    }
    text += line(row, report);
    previous = &row;
  }
  return text;
}

// Each reason once, in the order of the table.
std::string refusals(const Report& report) {
  std::string text;
  std::set<std::pair<std::string, std::string>> seen;
  for (const Measurement& row : report.rows) {
    if (row.refused.empty() || !seen.insert({row.implementation, row.refused}).second) continue;
    text += fmt::format("{} refused: {}\n", row.implementation, row.refused);
  }
  return text.empty() ? text : text + "(--even-if-wrong times what fails a golden case all the same)\n";
}

std::string omissions(const Report& report) {
  std::string text;
  for (const NotCovered& n : report.not_covered)
    text += fmt::format("{} not timed on {}: {}\n", n.implementation, n.question.name(), n.why);
  for (const Absent& a : report.absent) text += fmt::format("{} is absent: {}\n", a.name, a.why);
  return text;
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json as_json(const Measurement& row, const Report& report) {
  Json object = {{"implementation", row.implementation},
                 {"operation", row.question.operation->name},
                 {"format", row.question.format->name},
                 {"rows", row.shape.rows},
                 {"classes", row.shape.classes},
                 {"threads", row.threads},
                 {"ns_per_element", nullptr},
                 {"limit", row.question.operation->limit.name},
                 {"ratio_to_limit", nullptr},
                 {"refused", or_null(row.refused)},
                 {"fails_golden", or_null(row.fails_golden)}};
  if (!row.ns_per_element.empty()) {
    const Summary ns = summary(row.ns_per_element);
    object["ns_per_element"] = {
        {"median", ns.median}, {"min", ns.min}, {"max", ns.max}, {"all", row.ns_per_element}};
  }
  if (const auto ratio = ratio_to_limit(row, report.rows)) object["ratio_to_limit"] = *ratio;
  return object;
}

// One object for each element.
template <typename T, typename F>
Json list(const std::vector<T>& elements, F as_object) {
  Json array = Json::array();
  for (const T& element : elements) array.push_back(as_object(element));
  return array;
}

}  // namespace

std::string table(const Report& report) {
  std::string text = head(report) + sections(report);
  for (const std::string& notes : {refusals(report), omissions(report)}) {
    if (!notes.empty()) text += "\n" + notes;
  }
  return text;
}

std::string json_report(const Report& report) {
  const Json object = {
      {"machine",
       {{"cpu", report.machine.cpu},
        {"cpus", report.machine.cpus},
        {"simd_target", report.machine.simd_target}}},
      {"repetitions", report.timing.repetitions},
      {"seconds_per_repetition", report.timing.seconds},
      {"seed", report.seed},
      {"implementations", list(report.implementations,
                               [](const Named& n) {
                                 return Json{{"name", n.name}, {"identity", n.identity}};
                               })},
      {"rows", list(report.rows, [&](const Measurement& row) { return as_json(row, report); })},
      {"not_covered", list(report.not_covered,
                           [](const NotCovered& n) {
                             return Json{{"implementation", n.implementation},
                                         {"operation", n.question.operation->name},
                                         {"format", n.question.format->name},
                                         {"why", n.why}};
                           })},
      {"absent", list(report.absent, [](const Absent& a) {
         return Json{{"name", a.name}, {"why", a.why}};
       })}};
  return object.dump(2) + "\n";
}

}  // namespace xent::bench
