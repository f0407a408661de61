#ifndef XENT_REFERENCE_SOFTMAX_H
#define XENT_REFERENCE_SOFTMAX_H

#include <optional>
#include <vector>

#include "reference/capped_row.h"
#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// The softmax of a row of logits, capped or not; neither where it is undefined.
struct RowSoftmax {
  explicit RowSoftmax(const Row& row);
  bool is_undefined() const { return !plain && !capped; }

  std::optional<SoftmaxRow> plain;
  std::optional<CappedRow> capped;
};

// Logarithm of the softmax probability of class c: x_c - lse(x).
// Shape: classes >= 1 logits. Units: nats.
// Domain: logits finite or -inf (a masked class, of probability 0: -inf); a NaN or +inf logit, or all masked,
// gives NaN. Exact: rational only if a single logit is finite, then 0 (Lindemann-Weierstrass); softmax, its
// exponential, is rational only if all n finite logits are equal, then 1/n. With softcap nothing is known but
// for equal logits. Source: Bridle (1990); Blanchard, Higham & Higham (2021).
class LogSoftmax {
 public:
  explicit LogSoftmax(const Row& row);
  std::int64_t classes() const { return classes_; }
  LogForm at(std::int64_t c) const;
  // The row, where it has a theorem: not undefined, not capped.
  const std::optional<SoftmaxRow>& row() const { return softmax_.plain; }

 private:
  std::int64_t classes_;
  RowSoftmax softmax_;
};

// What the losses softmax and log_softmax are: all classes of a row.
Quantities softmax_entries(const Row& row);
Quantities log_softmax_entries(const Row& row);

// The derivatives of f(lse, x) = a lse + (z/2) lse^2 - sum b_c x_c with respect to the logits as they were
// given, before scale, temperature and softcap: (p_c (a + z lse) - b_c) times the derivative of the map.
// Domain and exact cases: those of the softmax probability p_c; masked classes have derivative 0.
class SoftmaxGradient : public QuantityRow {
 public:
  explicit SoftmaxGradient(const Row& row);

  void set_factor(Rational a) { factor_ = std::move(a); }
  void set_squared_lse(const Rational& weight) { z_ = 2 * weight; }
  // The b_c that are not 0, by index.
  void subtract(std::vector<ClassMass> b) { subtracted_ = std::move(b); }

  std::int64_t size() const override { return classes_; }
  Quantity at(std::int64_t c) const override;
  std::vector<FixedInterval> first_enclosures() const override;

 private:
  LogForm capped_entry(std::int64_t c) const;
  Rational subtracted(std::int64_t c) const;

  std::int64_t classes_;
  Rational map_;   // the derivative of x scale / temperature
  Rational base_;  // of the result; 0: natural
  Rational factor_;
  Rational z_;
  std::vector<ClassMass> subtracted_;
  RowSoftmax softmax_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SOFTMAX_H
