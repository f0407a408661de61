#include "bench/measurement.h"

#include <algorithm>
#include <cassert>

namespace xent::bench {

Summary summary(std::span<const double> values) {
  assert(!values.empty());
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t n = sorted.size();
  return {(sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted.front(), sorted.back()};
}

std::optional<double> ratio_to_limit(const Measurement& row, std::span<const Measurement> all) {
  const auto limit = std::find_if(all.begin(), all.end(), [&](const Measurement& m) {
    return m.implementation == row.question.operation->limit.name && m.question == row.question &&
           m.shape.rows == row.shape.rows && m.shape.classes == row.shape.classes && m.threads == row.threads;
  });
  if (limit == all.end() || limit->ns_per_element.empty() || row.ns_per_element.empty()) return std::nullopt;
  return summary(row.ns_per_element).median / summary(limit->ns_per_element).median;
}

}  // namespace xent::bench
