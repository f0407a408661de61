#include "reference/cross_entropy.h"

#include "reference/distribution.h"

namespace xent::reference {

LogForm cross_entropy(const Problem& problem, std::int64_t row) {
  LogForm form;
  const auto q = problem.input_row(row);
  const auto p = problem.target_row(row);
  for (std::size_t i = 0; i < q.size(); ++i) {
    if (p[i].is_nan()) {
      form.set_nan();
    } else {
      add_log_of(form, -p[i].rational(), q[i], problem.input_space);
    }
  }
  return form;
}

}  // namespace xent::reference
