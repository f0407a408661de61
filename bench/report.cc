#include "bench/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

namespace xent::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kColumns = "{:<12} {:>7}  {:<12} {:>10}  {:>17}  {:>12}";

// One line, without blanks at its end.
template <typename... T>
std::string columns(const T&... cells) {
  const std::string text = fmt::format(kColumns, cells...);
  return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
}

std::string head(const Report& report) {
  return fmt::format(
      "softmax cross-entropy of binary32 logits, hard targets, one loss a row; workloads of seed {}\n"
      "{}, {} CPUs, {}; {} interleaved repetitions of {} s or more\n"
      "time: wall-clock ns for each logit, median of the repetitions, and their range\n"
      "x read limit: median / median of summing the same buffer on as many threads\n\n",
      report.seed, report.machine.cpu, report.machine.cpus, report.machine.simd_target,
      report.timing.repetitions, report.timing.seconds);
}

std::string line(const Measurement& row, const Report& report) {
  std::string time = "refused";
  std::string range;
  std::string ratio;
  if (!row.ns_per_element.empty()) {
    const Summary ns = summary(row.ns_per_element);
    time = fmt::format("{:.4f}", ns.median);
    range = fmt::format("{:.4f} .. {:.4f}", ns.min, ns.max);
    if (const auto r = ratio_to_read_limit(row, report.rows)) ratio = fmt::format("{:.2f}", *r);
  }
  return columns(row.shape.name(), row.threads, row.implementation, time, range, ratio);
}

// Each reason once, in the order of the table.
std::string refusals(const Report& report) {
  std::string text;
  std::set<std::pair<std::string, std::string>> seen;
  for (const Measurement& row : report.rows) {
    if (row.refused.empty() || !seen.insert({row.implementation, row.refused}).second) continue;
    text += fmt::format("\n{} refused: {}\n", row.implementation, row.refused);
  }
  return text.empty() ? text : text + "(--even-if-wrong times it all the same)\n";
}

Json as_json(const Measurement& row, const Report& report) {
  Json object = {{"implementation", row.implementation},
                 {"rows", row.shape.rows},
                 {"classes", row.shape.classes},
                 {"threads", row.threads},
                 {"ns_per_element", nullptr},
                 {"ratio_to_read_limit", nullptr},
                 {"refused", nullptr}};
  if (!row.refused.empty()) object["refused"] = row.refused;
  if (!row.ns_per_element.empty()) {
    const Summary ns = summary(row.ns_per_element);
    object["ns_per_element"] = {{"median", ns.median}, {"min", ns.min}, {"max", ns.max}};
  }
  if (const auto ratio = ratio_to_read_limit(row, report.rows)) object["ratio_to_read_limit"] = *ratio;
  return object;
}

}  // namespace

std::string table(const Report& report) {
  std::string text = head(report);
  text += columns("workload", "threads", "", "time", "min .. max", "x read limit");
  const Measurement* previous = nullptr;
  for (const Measurement& row : report.rows) {
    const bool same_group = previous == nullptr ||
                            (previous->shape.name() == row.shape.name() && previous->threads == row.threads);
    if (!same_group) text += "\n";
    text += line(row, report);
    previous = &row;
  }
  return text + refusals(report);
}

std::string json(const Report& report) {
  Json rows = Json::array();
  for (const Measurement& row : report.rows) rows.push_back(as_json(row, report));
  const Json object = {{"machine",
                        {{"cpu", report.machine.cpu},
                         {"cpus", report.machine.cpus},
                         {"simd_target", report.machine.simd_target}}},
                       {"repetitions", report.timing.repetitions},
                       {"seconds_per_repetition", report.timing.seconds},
                       {"seed", report.seed},
                       {"rows", rows}};
  return object.dump(2) + "\n";
}

}  // namespace xent::bench
