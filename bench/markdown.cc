#include "bench/markdown.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace xent::bench {
namespace {

constexpr const char* kSeparator = " / ";
constexpr const char* kNothing = "-";

using Rows = std::vector<const Measurement*>;

std::string line(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

// What fills one line: the rows of the same question and workload.
std::vector<Rows> groups(const Report& report) {
  std::vector<Rows> found;
  for (const Measurement& row : report.rows) {
    const bool goes_on = !found.empty() && found.back().front()->question == row.question &&
                         found.back().front()->shape.name() == row.shape.name();
    if (!goes_on) found.emplace_back();
    found.back().push_back(&row);
  }
  return found;
}

using Figure = std::function<std::optional<std::string>(const Measurement&)>;

// The figures of one implementation, or of the limit.
std::string cell(const Rows& group, const std::string& who, const Figure& figure) {
  std::vector<std::string> figures;
  for (const Measurement* row : group) {
    if (row->implementation == who) figures.push_back(figure(*row).value_or(kNothing));
  }
  const bool has_any = std::ranges::any_of(figures, [](const std::string& f) { return f != kNothing; });
  return has_any ? fmt::format("{}", fmt::join(figures, kSeparator)) : kNothing;
}

std::optional<std::string> time_of(const Measurement& row) {
  if (row.ns_per_element.empty()) return std::nullopt;
  return fmt::format("{:.2g}", summary(row.ns_per_element).median);
}

}  // namespace

std::string markdown(const Report& report) {
  const auto ratio = [&](const Measurement& row) -> std::optional<std::string> {
    const auto value = ratio_to_limit(row, report.rows);
    return value ? std::optional(fmt::format("{:.3g}", *value)) : std::nullopt;
  };
  std::vector<std::string> head = {"operation", "rows x classes"};
  for (const Named& i : report.implementations) head.push_back(i.name);
  head.emplace_back("limit");
  for (const Named& i : report.implementations) head.push_back(i.name + kSeparator + "limit");
  std::string text = line(head);
  text += fmt::format("|{}\n", fmt::join(std::vector<std::string>(head.size(), "---|"), ""));
  for (const Rows& group : groups(report)) {
    const Question& question = group.front()->question;
    const Shape& shape = group.front()->shape;
    const std::string limit = question.operation->limit.name;
    std::vector<std::string> cells = {question.name(), fmt::format("{} x {}", shape.rows, shape.classes)};
    for (const Named& i : report.implementations) cells.push_back(cell(group, i.name, time_of));
    cells.push_back(fmt::format("{} ({})", cell(group, limit, time_of), limit));
    for (const Named& i : report.implementations) cells.push_back(cell(group, i.name, ratio));
    text += line(cells);
  }
  return text;
}

}  // namespace xent::bench
