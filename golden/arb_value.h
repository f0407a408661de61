// The second oracle's true values: numbers that can be compared with any other, or NaN or an infinity.
#ifndef XENT_GOLDEN_ARB_VALUE_H
#define XENT_GOLDEN_ARB_VALUE_H

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "golden/arb_sum.h"

namespace xent::arb {

// sum * factor / (divisor * ln base), or e^sum; or NaN or an infinity.
class Value {
 public:
  Element::Kind special = Element::kFinite;

  Value() = default;
  Value(const Exact& constant)
      : sum_(constant) {}  // NOLINT(google-explicit-constructor): a rational is a value
  explicit Value(Sum sum) : sum_(std::move(sum)) {}
  explicit Value(Element::Kind kind) : special(kind) {}
  static Value nan() { return Value(Element::kNaN); }
  static Value infinity(int sign) {
    return Value(sign > 0 ? Element::kPlusInfinity : Element::kMinusInfinity);
  }

  bool is_special() const { return special != Element::kFinite; }
  // Adds weight times a finite number.
  void add(const Exact& weight, const Sum& sum) { sum_.add(weight, sum); }
  // Infinities of both signs make a NaN.
  void add_special(Element::Kind kind);
  // Adds weight times a value that nothing was done to but adding. What 0 times an infinity is, is for
  // `zero_is_nan` to say: NaN or nothing; 0 times NaN is NaN.
  void add(const Sum& weight, const Value& other, bool zero_is_nan);
  // In a few terms, where that is nothing but powers of e.
  void shorten() {
    if (sum_.is_of_powers()) sum_ = shortened(sum_);
  }

  // What is left to do once everything is added; each at most once, but for factors, which are positive.
  void multiply_by(FactorPointer factor);
  // By a sum of powers of e.
  void divide_by(std::shared_ptr<const Whole> divisor);
  void divide_by_log_of(const Exact& base);
  void exponentiate();

  // The sign of the value minus a number; 0 if `cap` bits do not tell them apart. The rational part is
  // compared exactly, so R + T against R is decided however small T is. Domain: not special.
  int compare(const Scaled& other, slong cap) const;
  // Domain: not special.
  Ball enclose(slong precision) const;

  // Whether some e^d with d other than 0 is in it, perhaps too small for any precision to show.
  bool has_exponentials() const;
  // Whether it is a rational by what it is made of, however long; false: not known.
  bool is_proved_rational() const;
  // Whether it is irrational by the theorem of Lindemann and Weierstrass; false: not known.
  bool is_proved_irrational() const;

 private:
  const Ball& sum(slong precision) const;
  // divisor * ln base.
  Sum denominator() const;
  // The value without e to it and without factors, where that is proved to be rational.
  std::optional<Exact> quotient() const;
  void flip_infinity(int sign);
  Ball difference(const Scaled& other, slong precision) const;

  Sum sum_;
  FactorPointer factor_;                  // nullptr: 1
  std::shared_ptr<const Whole> divisor_;  // nullptr: 1
  FactorPointer base_;                    // ln base; nullptr: 1
  Sum base_logarithms_;                   // the same
  bool exponentiated_ = false;
  mutable std::map<slong, Ball> cache_;
};

// e^value. Domain: not special, and nothing was done to it but adding.
FactorPointer power_of_e(const Value& value);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_VALUE_H
