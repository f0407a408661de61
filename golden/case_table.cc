#include "golden/case_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace xent::golden {

using reference::Number;

namespace {

// Calls `use` with each part of a list and its repetition count.
template <typename Use>
void for_each_part(std::string_view list, char separator, char repeat, Use use) {
  while (!list.empty()) {
    std::string_view part = list.substr(0, list.find(separator));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    const auto mark = part.find(repeat);
    const bool repeated = mark != std::string_view::npos;
    const int count = repeated ? std::atoi(std::string(part.substr(mark + 1)).c_str()) : 1;
    part = part.substr(0, mark);
    for (int i = 0; i < count; ++i) use(part);
  }
}

Number number_of(std::string_view text, xent_format id) {
  const auto exact = reference::parse_number(text);
  if (!exact) throw std::logic_error(exact.error().message);
  if (id == XENT_NO_FORMAT || !exact->is_finite() || (exact->is_zero() && text[0] == '-')) return *exact;
  const reference::Format& format = reference::format(id);
  return reference::decode(format,
                           reference::round(exact->rational(), format, reference::Rounding::nearest_even));
}

std::vector<std::vector<Number>> matrix_of(std::string_view text, xent_format format) {
  std::vector<std::vector<Number>> rows;
  for_each_part(text, ';', '*', [&](std::string_view row) {
    rows.emplace_back();
    for_each_part(row, ',', ':',
                  [&](std::string_view number) { rows.back().push_back(number_of(number, format)); });
  });
  return rows;
}

std::vector<Number> flat(const std::vector<std::vector<Number>>& rows, std::size_t classes) {
  std::vector<Number> numbers;
  for (const auto& row : rows) {
    if (row.size() != classes)
      throw std::logic_error(fmt::format("{} classes after {}", row.size(), classes));
    numbers.insert(numbers.end(), row.begin(), row.end());
  }
  return numbers;
}

}  // namespace

Case case_of(const Row& row) {
  Case c;
  c.id = row.id;
  c.source = row.source;
  c.printed = row.printed;
  auto& p = c.problem;
  const auto input = matrix_of(row.input, row.format);
  p.loss = row.loss;
  p.rows = static_cast<std::int64_t>(input.size());
  p.classes = static_cast<std::int64_t>(input.front().size());
  p.input_space = row.space;
  p.input = flat(input, input.front().size());
  p.target_probs = flat(matrix_of(row.target_probs, row.format), input.front().size());
  for_each_part(row.targets, ',', ':', [&](std::string_view target) {
    p.targets.push_back(std::atoll(std::string(target).c_str()));
  });
  p.base = number_of(row.base, XENT_NO_FORMAT);
  p.reduction = row.reduction;
  p.ignore_index = row.ignore_index;
  p.conventions.denominator = row.denominator;
  p.conventions.all_ignored = row.all_ignored;
  p.conventions.all_masked = row.all_masked;
  p.label_smoothing = number_of(row.label_smoothing, XENT_NO_FORMAT);
  p.conventions.masked_labels = row.masked_labels;
  p.input_format = row.format;
  p.target_format = p.target_probs.empty() ? XENT_NO_FORMAT : row.format;
  return c;
}

std::vector<Case> cases_of(std::span<const Row> rows) {
  std::vector<Case> cases;
  for (const Row& row : rows) cases.push_back(case_of(row));
  return cases;
}

}  // namespace xent::golden
