#include "reference/log_sum_exp.h"

#include "reference/logits.h"

namespace xent::reference {

LogForm log_sum_exp(const Problem& problem, std::int64_t row) {
  const auto x = problem.input_row(row);
  const LogitRow kind = classify(x);
  LogForm form;
  if (kind.undefined) {
    form.set_nan();
  } else if (kind.largest < 0) {
    form.add_infinity(-1);
  } else {
    form.add(x[static_cast<std::size_t>(kind.largest)].rational());
    form.add_softmax(1, SoftmaxRow(x, kind.largest));
  }
  return form;
}

}  // namespace xent::reference
