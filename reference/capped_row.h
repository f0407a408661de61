#ifndef XENT_REFERENCE_CAPPED_ROW_H
#define XENT_REFERENCE_CAPPED_ROW_H

#include <memory>

#include "reference/exp_sum.h"
#include "reference/row.h"

namespace xent::reference {

// One row of logits x capped softly: y = cap tanh(x / cap), so that +-inf becomes +-cap. No theorem is known
// about exponentials of hyperbolic tangents: what is made of y are numbers with enclosures and nothing else.
// Shape: C >= 1 logits. Domain: not NaN; cap > 0.
class CappedRow {
 public:
  CappedRow(std::span<const Number> logits, const Number& cap);

  // How many classes there are if all y are equal, else 0.
  std::int64_t equal_logits() const;

  // sum mass_c (lse(y) - y_c).
  std::shared_ptr<const RealNumber> loss(std::vector<ClassMass> masses) const;
  std::shared_ptr<const RealNumber> lse() const;
  std::shared_ptr<const RealNumber> squared_lse() const;
  // By x_c: of factor lse - mass y_c, and of z/2 lse^2. With p_c = e^(y_c - lse) they are (factor p_c - mass)
  // and z lse p_c times dy_c/dx_c.
  std::shared_ptr<const RealNumber> loss_derivative(std::int64_t c, ExpSum factor, Mass mass) const;
  std::shared_ptr<const RealNumber> squared_lse_derivative(std::int64_t c, Rational z) const;

 private:
  struct Logits {
    std::vector<Number> x;
    Rational cap;
    std::size_t largest;
  };
  // y at the current precision, and ln sum e^(y - y_largest), of full relative accuracy.
  struct Evaluated {
    Enclosure gap(std::size_t c) const;  // y_largest - y_c
    Enclosure lse() const;

    std::vector<Enclosure> y;
    std::size_t largest;
    Enclosure tail;
  };
  static Enclosure ratio(const Logits& logits, std::size_t c);
  static Evaluated evaluate(const Logits& logits);

  std::shared_ptr<const Logits> logits_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_CAPPED_ROW_H
