// ln sum e^(x_i - x_t) over one row of logits: the transcendental core of every loss that starts from logits.
#ifndef XENT_REFERENCE_SOFTMAX_ROW_H
#define XENT_REFERENCE_SOFTMAX_ROW_H

#include <cstdint>
#include <span>
#include <vector>

#include "reference/enclosure.h"
#include "reference/number.h"

namespace xent::reference {

// One row with a distinguished class t: value ln(1 + sum over i != t of e^(x_i - x_t)) >= 0, in nats. It is
// offset + tail: the tail may be far smaller than any precision resolves (e^-100000), so the offset is kept
// exact, apart from it; a sum of rows is then exactly the rational it must not be mistaken for, plus tails.
class SoftmaxRow {
 public:
  // Shape: logits has C >= 1 entries, 0 <= target < C. Domain: x_t finite; the others finite or -inf (masked:
  // they contribute exactly nothing).
  SoftmaxRow(std::span<const Number> logits, std::int64_t target);

  // The number n of finite logits if all of them are equal, so that the value is ln n; otherwise 0, and the
  // value is then irrational, as is its quotient by the logarithm of any rational. Source:
  // Lindemann-Weierstrass: sum e^(x_i - x_t) with distinct rational exponents, one of them nonzero, and
  // positive coefficients is transcendental, while e^r is algebraic only for r = 0; see also log_form.h.
  std::int64_t equal_logits() const;

  // max(0, d), where d = m - x_t and m is the largest of the others: the rational part of the value.
  Rational offset() const;

  // An enclosure of the rest at the current precision: with D the sum over the others, without one m, of
  // e^(x_i - m), it is log1p((1 + D) e^d) if d <= 0, else log1p(D + e^-d). Its lower end is >= 0. For d <= 0
  // it is the whole value, of full relative accuracy; no two nearly equal numbers are ever subtracted.
  Enclosure enclose_tail() const;

 private:
  struct Group {
    Number logit;
    std::int64_t count;
  };

  Number target_;
  std::vector<Group> others_;  // the finite ones, largest first, equal ones merged
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SOFTMAX_ROW_H
