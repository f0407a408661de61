#include "reference/softmax_cross_entropy.h"

#include <algorithm>

#include "reference/logits.h"

namespace xent::reference {
namespace {

LogForm all_masked(const xent_conventions& conventions) {
  LogForm form;
  switch (conventions.all_masked) {
    case XENT_POLICY_ZERO:
      break;
    case XENT_POLICY_INFINITY:
      form.add_infinity(1);
      break;
    default:
      form.set_nan();
  }
  return form;
}

LogForm hard(std::span<const Number> x, std::int64_t target) {
  LogForm form;
  if (x[static_cast<std::size_t>(target)].is_infinite()) {
    form.add_infinity(1);
  } else {
    form.add_softmax(1, SoftmaxRow(x, target));
  }
  return form;
}

// lse sum y - sum y x = (lse - m) sum y + sum y (m - x), m the largest logit: rationals but for lse - m.
LogForm soft(std::span<const Number> x, std::span<const Number> y, std::int64_t largest, bool zero_masks) {
  LogForm form;
  const Rational m = x[static_cast<std::size_t>(largest)].rational();
  Rational mass = 0;
  Rational linear = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].is_finite()) {
      mass += y[i].rational();
      linear += y[i].rational() * (m - x[i].rational());
    } else if (!y[i].is_zero()) {
      form.add_infinity(1);
    } else if (!zero_masks) {
      form.set_nan();
    }
  }
  if (form.is_special()) return form;
  form.add(linear);
  form.add_softmax(mass, SoftmaxRow(x, largest));
  return form;
}

}  // namespace

LogForm softmax_cross_entropy(const Problem& problem, std::int64_t row) {
  const auto x = problem.input_row(row);
  const LogitRow kind = classify(x);
  LogForm undefined;
  undefined.set_nan();
  if (kind.undefined) return undefined;
  if (kind.largest < 0) return all_masked(problem.conventions);
  if (!problem.targets.empty()) return hard(x, problem.targets[static_cast<std::size_t>(row)]);
  const auto y = problem.target_row(row);
  if (std::any_of(y.begin(), y.end(), [](const Number& mass) { return mass.is_nan(); })) return undefined;
  return soft(x, y, kind.largest, problem.conventions.zero_weight_times_infinity != XENT_POLICY_NAN);
}

}  // namespace xent::reference
