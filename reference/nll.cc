#include "reference/nll.h"

#include <algorithm>

#include "reference/distribution.h"

namespace xent::reference {

LogForm nll(const Problem& problem, std::int64_t row) {
  LogForm form;
  const auto q = problem.input_row(row);
  if (std::any_of(q.begin(), q.end(), [](const Number& entry) { return entry.is_nan(); })) form.set_nan();
  const auto target = static_cast<std::size_t>(problem.targets[static_cast<std::size_t>(row)]);
  if (!form.is_special()) add_log_of(form, -1, q[target], problem.input_space);
  return form;
}

}  // namespace xent::reference
