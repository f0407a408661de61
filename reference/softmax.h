#ifndef XENT_REFERENCE_SOFTMAX_H
#define XENT_REFERENCE_SOFTMAX_H

#include <optional>
#include <vector>

#include "reference/capped_row.h"
#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Logarithm of the softmax probability of class c: x_c - lse(x).
// Shape: classes >= 1 logits. Units: nats.
// Domain: logits finite or -inf (a masked class, of probability 0: -inf); a NaN or +inf logit, or all masked,
// gives NaN. Exact: rational only if a single logit is finite, then 0 (Lindemann-Weierstrass); softmax, its
// exponential, is rational only if all n finite logits are equal, then 1/n. With softcap nothing is known but
// for equal logits. Source: Bridle (1990); Blanchard, Higham & Higham (2021).
LogForm log_softmax(const Row& row, std::int64_t c);

// The derivatives of f(lse, x) = a lse + (z/2) lse^2 - sum b_c x_c with respect to the logits as they were
// given, before scale, temperature and softcap: (p_c (a + z lse) - b_c) times the derivative of the map.
// Domain and exact cases: those of the softmax probability p_c; masked classes have derivative 0.
class SoftmaxGradient {
 public:
  explicit SoftmaxGradient(const Row& row);

  void set_factor(Rational a) { factor_ = std::move(a); }
  void set_squared_lse(const Rational& weight) { z_ = 2 * weight; }
  void subtract(std::int64_t c, const Rational& b) { subtracted_[static_cast<std::size_t>(c)] += b; }

  std::vector<Quantity> entries() const;

 private:
  Quantity entry(std::int64_t c) const;
  LogForm capped_entry(std::int64_t c) const;

  const Row& row_;
  Rational map_;  // the derivative of x scale / temperature
  Rational factor_;
  Rational z_;
  std::vector<Rational> subtracted_;
  std::int64_t largest_;
  std::optional<SoftmaxRow> softmax_;
  std::optional<CappedRow> capped_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SOFTMAX_H
