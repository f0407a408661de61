// A true value as what it is made of: enclosures of it at any precision, and what is known of it exactly.
#ifndef XENT_REFERENCE_QUANTITY_H
#define XENT_REFERENCE_QUANTITY_H

#include <memory>
#include <vector>

#include "reference/exp_sum.h"
#include "reference/fixed_point.h"
#include "reference/log_form.h"
#include "reference/power.h"

namespace xent::reference {

// form / ln base, or (offset + multiplier e^form) / ln base, or such a value in nats times a power of e.
class Quantity {
 public:
  static Quantity logarithm(LogForm form, Rational base);
  static Quantity exponential(LogForm form);
  // A multiplier that is a rational a: the value is rational only if e^form is, by theorem 3 of log_form.h (a
  // power of e times sums of powers of e), but for a = 0. With a softmax in the multiplier (z-loss) or
  // another base nothing is known.
  static Quantity exponential(LogForm form, LogForm multiplier, Rational offset, Rational base);

  // Its value in nats times the power. Where the power is infinite: the infinity times it, with its sign;
  // what the infinity times 0 is, is for `zero_times_infinity_is_nan` to say: NaN or 0. Where the sign is not
  // found, nothing is known of the product.
  Quantity times(std::shared_ptr<const Power> power, bool zero_times_infinity_is_nan) const;

  // Domain: not is_special().
  Enclosure enclose() const;
  Exactness exactness() const;
  bool is_special() const { return form_.is_special(); }
  // An enclosure of the value minus a rational, without the loss of adding it later. Nothing where there is
  // none better.
  std::optional<Enclosure> enclose_minus(const Rational& number) const;

 private:
  Enclosure enclose_without_power() const;
  Enclosure enclose_exponential() const;
  Exactness exactness_without_power() const;
  Exactness exactness_of_exponential() const;
  std::optional<int> sign() const;

  LogForm form_;
  LogForm multiplier_;
  Rational offset_ = 0;
  Rational base_ = 0;  // 0: natural
  bool exponentiate_ = false;
  bool is_unknown_ = false;
  std::shared_ptr<const Power> power_;  // null: 1
};

// The values of the classes of one row. There may be 10^5 of them, so each is made when it is asked for.
class QuantityRow {
 public:
  virtual ~QuantityRow() = default;
  virtual std::int64_t size() const = 0;
  virtual Quantity at(std::int64_t c) const = 0;
  // Enclosures that cost much less than theirs, one for each; empty if there are none.
  virtual std::vector<FixedInterval> first_enclosures() const { return {}; }
};
using Quantities = std::shared_ptr<const QuantityRow>;

Quantities listed(std::vector<Quantity> values);

// What the loss of a row, and its z-loss, are multiplied by on the way into the result.
struct Factors {
  Rational loss;
  Rational z_loss;
  // What they are divided by besides, where that is not rational; null: 1.
  std::shared_ptr<const SharedExpSum> loss_divisor = nullptr;
  std::shared_ptr<const SharedExpSum> z_loss_divisor = nullptr;
  std::shared_ptr<const Power> power = nullptr;  // of the whole result, where that is e^(the reduced losses)
  bool is_of_whole = false;                      // whether that exponent is this row's loss, times 1
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_QUANTITY_H
