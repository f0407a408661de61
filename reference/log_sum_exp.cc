#include "reference/log_sum_exp.h"

#include "reference/capped_row.h"
#include "reference/logits.h"
#include "reference/softmax.h"

namespace xent::reference {
namespace {

LogForm capped(std::span<const Number> x, const Number& cap) {
  LogForm form;
  form.add_number(1, CappedRow(x, cap).lse());
  return form;
}

}  // namespace

LogForm log_sum_exp(const Row& row) {
  const auto x = row.input();
  const Number& cap = row.problem().softcap;
  const LogitRow kind = classify(x);
  LogForm form;
  if (kind.is_undefined(cap)) {
    form.set_nan();
  } else if (!cap.is_zero()) {
    return capped(x, cap);
  } else if (kind.largest < 0) {
    form.add_infinity(-1);
  } else {
    form.add(x[static_cast<std::size_t>(kind.largest)].rational());
    form.add_softmax(1, SoftmaxRow(x, kind.largest));
  }
  return form;
}

Quantities log_sum_exp_gradient(const Row& row, const Factors& factors) {
  return std::make_shared<SoftmaxGradient>(row, factors, factors.loss);
}

}  // namespace xent::reference
