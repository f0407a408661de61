#include "reference/generalised_kl.h"

#include "reference/distribution.h"
#include "reference/kl.h"

namespace xent::reference {

LogForm generalised_kl(const Row& row) {
  LogForm form = kl(row);
  if (!form.is_special()) form.add(sum(row.input()) - sum(row.target_probs()));
  return form;
}

std::vector<Quantity> generalised_kl_gradient(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const auto p = row.target_probs();
  if (has_nan(q) || has_nan(p)) return undefined_entries(row.problem());
  std::vector<LogForm> forms(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    forms[i].add(factors.loss);
    add_derivative_of_log(forms[i], -factors.loss * p[i].rational(), q[i], row.problem());
  }
  return logarithms(std::move(forms), row.problem());
}

std::vector<Quantity> generalised_kl_target_gradient(const Row& row, const Factors& factors) {
  const auto q = row.input();
  const auto p = row.target_probs();
  if (has_nan(q) || has_nan(p)) return undefined_entries(row.problem());
  std::vector<LogForm> forms(q.size());
  for (std::size_t i = 0; i < q.size(); ++i) {
    LogForm derivative;
    derivative.add_log(1, p[i]);
    add_log_of(derivative, -1, q[i], XENT_PROBABILITIES);
    forms[i] = times(factors.loss, std::move(derivative), row.problem());
  }
  return logarithms(std::move(forms), row.problem());
}

}  // namespace xent::reference
