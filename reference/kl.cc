#include "reference/kl.h"

#include "reference/distribution.h"

namespace xent::reference {
namespace {

void add_term(LogForm& form, const Number& p, const Number& q, xent_space q_space) {
  if (p.is_nan() || q.is_nan()) return form.set_nan();
  if (p.is_zero()) return;
  const Rational weight = p.rational();
  if (q_space == XENT_PROBABILITIES && !q.is_zero()) {
    // One logarithm of the exact ratio: no cancellation, and equal entries contribute exactly nothing.
    return form.add_log(weight, Number(Rational(weight / q.rational())));
  }
  form.add_log(weight, p);
  add_log_of(form, -weight, q, q_space);
}

}  // namespace

LogForm kl(const Problem& problem, std::int64_t row) {
  LogForm form;
  const auto q = problem.input_row(row);
  const auto p = problem.target_row(row);
  for (std::size_t i = 0; i < q.size(); ++i) add_term(form, p[i], q[i], problem.input_space);
  return form;
}

}  // namespace xent::reference
