#include "reference/generalised_kl.h"

#include "reference/distribution.h"
#include "reference/kl.h"

namespace xent::reference {

LogForm generalised_kl(const Row& row) {
  LogForm form = kl(row);
  if (!form.is_special()) form.add(sum(row.input()) - sum(row.target_probs()));
  return form;
}

Quantities generalised_kl_gradient(const Row& row, const Factors& factors) {
  if (has_nan(row.input()) || has_nan(row.target_probs())) return undefined_entries(row.problem());
  return logarithms(ratios(row, factors.loss, 1), row.problem());
}

Quantities generalised_kl_target_gradient(const Row& row, const Factors& factors) {
  if (has_nan(row.input()) || has_nan(row.target_probs())) return undefined_entries(row.problem());
  return logarithms(log_ratios(row, factors.loss, 0), row.problem());
}

}  // namespace xent::reference
