#include "reference/entropy.h"

#include "reference/distribution.h"

namespace xent::reference {

LogForm entropy(const Problem& problem, std::int64_t row) {
  LogForm form;
  for (const Number& p : problem.input_row(row)) {
    add_log_of(form, p.is_nan() ? Rational(1) : Rational(-p.rational()), p, XENT_PROBABILITIES);
  }
  return form;
}

}  // namespace xent::reference
