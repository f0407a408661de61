// ln sum e^(x_i - x_t) over one row of logits: the transcendental core of every loss that starts from logits.
#ifndef XENT_REFERENCE_SOFTMAX_ROW_H
#define XENT_REFERENCE_SOFTMAX_ROW_H

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "reference/enclosure.h"
#include "reference/number.h"
#include "reference/number_row.h"

namespace xent::reference {

// One row with a distinguished class t: value ln sum e^(x_i - x_t) >= 0, in nats. With m the largest logit, k
// the number of logits that equal it, and D the sum over all others of e^(x_i - m), it is
//   (m - x_t) + ln k + log1p(D / k) = offset + ln ties + tail.
// The tail may be far smaller than any precision resolves (e^-100000), so the offset and the ties are kept
// exact, apart from it; a sum of rows is then exactly the number it must not be mistaken for, plus tails. All
// three are >= 0 and none is the difference of two nearly equal numbers: the loss of the only largest logit
// has full relative accuracy.
class SoftmaxRow {
 public:
  // Shape: logits has C >= 1 entries, 0 <= target < C. Domain: x_t finite; the others finite or -inf (masked:
  // they contribute exactly nothing).
  SoftmaxRow(std::span<const Number> logits, std::int64_t target);
  // The same row with another class t, which shares what has been computed. Domain: x_t finite.
  SoftmaxRow of_class(std::int64_t target) const;

  const NumberRow& logits() const { return shared_->logits; }
  // m.
  const Number& largest() const { return shared_->largest; }
  // m - x_t.
  Rational offset() const;
  // k.
  std::int64_t ties() const { return shared_->ties; }
  // Whether all finite logits are equal, so that the tail is 0. Otherwise the value is irrational, as is its
  // quotient by the logarithm of any rational. Source: Lindemann-Weierstrass: sum e^(x_i - x_t) with distinct
  // rational exponents, one of them nonzero, and positive coefficients is transcendental, while e^r is
  // algebraic only for r = 0; see log_form.h.
  bool has_no_tail() const { return shared_->others == 0; }
  // Whether all classes are finite.
  bool is_unmasked() const;
  // An enclosure of ln k + tail = lse - m at the current precision.
  Enclosure enclose_log_sum() const;
  // An enclosure of the tail at the current precision; its lower end is >= 0.
  Enclosure enclose_tail() const;

 private:
  struct Group {
    Number logit;
    std::int64_t count;
  };
  // One row is part of many values (a gradient): what they share.
  struct Shared {
    NumberRow logits;
    Number largest;
    Number second;  // the largest below that; only if there are others
    std::int64_t ties = 0;
    std::int64_t others = 0;  // finite, below the largest

    std::mutex mutex;           // guards what follows
    std::vector<Group> groups;  // the others by size, equal ones merged; made when first needed
    int precision = 0;
    Enclosure tail;  // the last one, at that precision
  };

  SoftmaxRow(std::shared_ptr<Shared> shared, Number target)
      : target_(std::move(target)), shared_(std::move(shared)) {}
  static Enclosure compute_tail(Shared& row);
  static Enclosure sum_of_others(Shared& row);
  static std::vector<Group> group_others(const Shared& row);

  Number target_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SOFTMAX_ROW_H
