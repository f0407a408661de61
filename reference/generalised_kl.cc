#include "reference/generalised_kl.h"

#include "reference/distribution.h"
#include "reference/kl.h"

namespace xent::reference {
namespace {

// c sum p. Domain: no NaN, no +inf.
void add_sum(LogForm& form, const Rational& c, std::span<const Number> row, xent_space space) {
  if (space == XENT_PROBABILITIES) return form.add(c * sum(row));
  for (const Number& p : row) probability(p, space).add_to(form, c);
}

}  // namespace

LogForm generalised_kl(const Row& row) {
  LogForm form = kl(row);
  if (form.is_special()) return form;
  add_sum(form, 1, row.input(), row.problem().input_space);
  add_sum(form, -1, row.target_probs(), row.problem().target_space);
  return form;
}

Quantities generalised_kl_gradient(const Row& row, const Factors& factors) {
  return ratios(row, factors, 1);
}

Quantities generalised_kl_target_gradient(const Row& row, const Factors& factors) {
  return log_ratios(row, factors, 0);
}

}  // namespace xent::reference
