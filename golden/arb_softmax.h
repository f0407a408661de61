// The second oracle's softmax: the probabilities and the log-sum-exp of a row of logits.
#ifndef XENT_GOLDEN_ARB_SOFTMAX_H
#define XENT_GOLDEN_ARB_SOFTMAX_H

#include <cstddef>
#include <memory>

#include "golden/arb_sum.h"

namespace xent::arb {

class Partition;

// Of logits x, or of cap * tanh(x / cap) if a cap other than 0 is given.
class Softmax {
 public:
  // Keeps a reference to x. Domain: no NaN, and without a cap no +inf; not all masked; cap >= 0.
  Softmax(const Elements& x, const Exact& cap);

  // A probability of 0, which only -inf without a cap has.
  bool is_masked(std::size_t c) const { return !is_capped() && !x_[c].is_finite(); }
  // The largest logit minus that of class c. Domain: not masked.
  Sum gap(std::size_t c) const { return difference(x_[top_], x_[c]); }
  // lse minus the largest logit.
  const Sum& tail() const { return tail_; }
  Sum lse() const;
  // The probability of class c.
  Sum share(std::size_t c) const;
  // A sum A of powers of e as q W + r, where W = sum e^-gap, as far as gaps are rational: A p_c is then
  // q e^-gap + r p_c, so that what A p_c has in common with a power of e, such as all of it, cancels.
  Division divide(const Sum& whole) const;
  // The probability of class c times what was divided.
  Sum part(const Division& whole, std::size_t c) const;
  // d (cap tanh(x / cap)) / dx of class c, which is not 0: nullptr stands for 1. Domain: a finite logit.
  FactorPointer slope(std::size_t c) const;

 private:
  bool is_capped() const { return cap_.sign() != 0; }
  bool is_below(const Element& a, const Element& b) const;
  Sum mapped(const Element& x) const;
  Sum difference(const Element& a, const Element& b) const;
  // Where x / cap lies: -1 below -1, 0 between, 1 above 1.
  int side(const Element& x) const;
  FactorPointer rise(const Element& from, const Element& to) const;

  const Elements& x_;
  Exact cap_;
  std::size_t top_ = 0;
  std::shared_ptr<const Partition> partition_;
  Sum tail_;
};

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_SOFTMAX_H
