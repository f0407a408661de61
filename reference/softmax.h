#ifndef XENT_REFERENCE_SOFTMAX_H
#define XENT_REFERENCE_SOFTMAX_H

#include <optional>
#include <vector>

#include "reference/capped_row.h"
#include "reference/exp_sum.h"
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
// Domain and exact cases: those of the softmax probability p_c; masked classes have derivative 0. Where a or
// b or their divisor has powers of e, what is not of z is rational only where sums of powers agree term by
// term (exp_sum.h).
class SoftmaxGradient : public QuantityRow {
 public:
  // The b_c that are not 0, by index. z is 2 z_loss times its factor; the divisors are those of a and b, and
  // of z.
  SoftmaxGradient(const Row& row, const Factors& factors, ExpSum a, std::vector<ClassMass> b = {});

  std::int64_t size() const override { return classes_; }
  Quantity at(std::int64_t c) const override;
  std::vector<FixedInterval> first_enclosures() const override;

 private:
  LogForm combined(LogForm of_loss, LogForm of_z) const;
  LogForm capped_entry(std::int64_t c) const;
  LogForm entry_of_powers(std::int64_t c) const;
  Mass subtracted(std::int64_t c) const;

  std::int64_t classes_;
  Rational map_;   // the derivative of x scale / temperature
  Rational base_;  // of the result; 0: natural
  std::shared_ptr<const SharedExpSum> factor_;
  Rational z_;
  std::vector<ClassMass> subtracted_;
  std::shared_ptr<const SharedExpSum> divisor_;
  std::shared_ptr<const SharedExpSum> z_divisor_;
  RowSoftmax softmax_;
  std::shared_ptr<const ExpRatio> share_;  // a / sum e^x, where a, b or a divisor has powers of e
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SOFTMAX_H
