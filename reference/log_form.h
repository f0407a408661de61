// The one algebraic form that every loss of this project has, with what is known about its exact values.
#ifndef XENT_REFERENCE_LOG_FORM_H
#define XENT_REFERENCE_LOG_FORM_H

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "reference/coprime_base.h"
#include "reference/enclosure.h"
#include "reference/enclosure_cache.h"
#include "reference/softmax_row.h"

namespace xent::reference {

// What is proved about a true value, beyond any enclosure of it.
struct Exactness {
  enum class Kind {
    rational,           // it is `value`
    irrational,         // hence no float, no midpoint, no end of an enclosure
    not_zero,           // nothing more than that
    unknown,            // no theorem was applied
    positive_infinity,  // by the conventions of the contract, like the two below
    negative_infinity,
    nan,
  };
  Kind kind = Kind::unknown;
  Rational value = 0;

  static Exactness rational(Rational value) { return {Kind::rational, std::move(value)}; }
  static Exactness irrational() { return {Kind::irrational, 0}; }
  static Exactness not_zero() { return {Kind::not_zero, 0}; }
  bool is_special() const { return kind > Kind::unknown; }
  // Whether it is proved that the value is not 0.
  bool excludes_zero() const {
    return kind == Kind::irrational || kind == Kind::not_zero || (kind == Kind::rational && value != 0);
  }
};

// A real number of which little is known but enclosures, e.g. a loss of capped logits.
class RealNumber {
 public:
  virtual ~RealNumber() = default;
  // At the current precision.
  virtual Enclosure enclose() const = 0;
  // Whether it is proved not to be 0.
  virtual bool is_not_zero() const { return false; }
};

// sum c_i ln q_i that is part of many forms: enclosed once for all of them.
class SharedLogs {
 public:
  explicit SharedLogs(std::vector<LogTerm> terms) : terms_(std::move(terms)) {}
  const std::vector<LogTerm>& terms() const { return terms_; }
  // At the current precision. Units: nats.
  Enclosure enclose() const;

 private:
  std::vector<LogTerm> terms_;
  EnclosureCache enclosures_;
};

// constant + sum c_i ln q_i + sum w_r softmax_r + sum l_r lse_r^2 + sum (r_d + sum c_i ln q_i) e^d
// + sum c_j z_j, in nats; or one of +inf, -inf, NaN.
//
// Theorems (u, v, r rational, b the base of the result, q_i > 0 and c_i rational, all w_r of one sign):
//   1. sum c_i ln q_i is 0 or transcendental (Baker), so constant + it is rational only if it is 0; the test
//   is exact
//      (coprime_base.h).
//   2. Divided by ln b: if constant != 0, a rational quotient v would make e^constant = b^v / prod q_i^{c_i}
//   algebraic
//      against Hermite-Lindemann. If constant = 0, the quotient is rational exactly when log_ratio finds it.
//   3. With a softmax term whose finite logits are not all equal: a rational value v (or quotient v by ln b)
//   would make
//      e^constant * prod_r (sum_i e^(x_i - x_t))^{w_r} algebraic times e^v; clearing denominators of the
//      exponents and expanding gives a sum of exponentials of rationals with positive coefficients and at
//      least two distinct exponents equal to an algebraic number or an algebraic multiple of one exponential:
//      impossible by Lindemann-Weierstrass. Rows whose finite logits are all equal are the logarithm of their
//      number.
//   4. constant + w softmax + l lse^2 of one row, l != 0, natural base: a polynomial in lse with rational
//   coefficients.
//      If it were rational, lse would be algebraic, and sum e^(x_i) = e^lse contradicts Lindemann-Weierstrass
//      unless the row has a single finite logit. No theorem is known for several rows, nor for another base.
//   5. constant + sum r_d e^d, the d rational, distinct and not 0, natural base: rational only if all r_d are
//   0, for e^0 and the e^d are linearly independent over the rationals (Lindemann-Weierstrass). So it is with
//   logarithms beside the r_d, where they add up to 0 (theorem 1).
// Nothing is known once there is a z_j, but that one alone may not be 0, or a power of e beside anything
// else, or once w_r of both signs are added.
class LogForm {
 public:
  static LogForm undefined() {
    LogForm form;
    form.set_nan();
    return form;
  }

  static LogForm constant(Rational c) {
    LogForm form;
    form.constant_ = std::move(c);
    return form;
  }

  // Adds c. Units: nats.
  void add(const Rational& c) { constant_ += c; }
  // Adds c ln q, with 0 ln 0 = 0; c > 0 gives -inf, c < 0 gives +inf at q = 0. Domain: q >= 0, not NaN.
  void add_log(const Rational& c, const Number& q);
  // Adds w times the row's value.
  void add_softmax(const Rational& w, SoftmaxRow row);
  // Adds w times the square of lse, which is largest + the row's value: the row is that of its largest logit.
  void add_squared_lse(const Rational& w, const Rational& largest, SoftmaxRow row);
  // Adds c e^d, and c e^d ln q with 0 ln 0 = 0. Domain: q >= 0, not NaN.
  void add_power(const Rational& c, const Rational& d);
  void add_power_of_log(const Rational& c, const Rational& d, const Number& q);
  // Adds c e^d times what multiplier_of_power() gave.
  void add_multiple_of_power(const Rational& c, const Rational& d, const LogForm& multiplier);
  // Adds c times a number.
  void add_number(const Rational& c, std::shared_ptr<const RealNumber> number);
  // Makes the value NaN, or an infinity of the given sign; infinities of both signs make it NaN.
  void set_nan() { special_ = Exactness::Kind::nan; }
  void add_infinity(int sign);
  // Adds c times another form; 0 times an infinity is NaN.
  void add(const Rational& c, LogForm other);
  // Lets all copies that are made of the form share its logarithms; of powers of e beyond 256 nothing but
  // their sum remains.
  void share();

  // An enclosure of the value divided by ln base, at the current precision. base 0: natural. Domain: not
  // special.
  Enclosure enclose(const Rational& base) const;
  // An enclosure of e^value, likewise.
  Enclosure enclose_exp() const;
  // If e^value is a rational times e^remainder, with everything that is not the tail of a row in the
  // rational: that rational. The remainder may be far smaller than any precision resolves beside the rest.
  std::optional<Rational> rational_power() const;
  Enclosure enclose_remainder() const;
  // What the theorems say of the same number. Quadratic in the number of distinct arguments; beyond 4096 of
  // them, or 256 where they are shared, so that there may be as many such values, the coprime-base test is
  // not attempted (unknown).
  Exactness exactness(const Rational& base) const;
  // The same for e^value, algebraic when there are only logarithms: rational or irrational, decided by
  // power_product.
  Exactness exactness_of_exp() const;
  bool is_special() const { return special_.has_value(); }
  bool is_nan() const { return special_ == Exactness::Kind::nan; }
  // The value if it is nothing but a constant.
  std::optional<Rational> rational() const;
  // Whether it is nothing but a rational and logarithms.
  bool has_logs_alone() const;
  // What e^d is multiplied by: a rational and logarithms, for d = 0 those beside all powers.
  LogForm multiplier_of_power(const Rational& d) const;
  std::size_t count_logs() const { return logs_.size(); }
  std::size_t count_powers() const { return powers_.size(); }

 private:
  // What e^d is multiplied by, for a d other than 0.
  struct Multiplier {
    Rational coefficient = 0;
    std::vector<LogTerm> logs;
    // Whether the logarithms are seen to be 0 together.
    bool is_rational() const;
  };

  Exactness special() const { return {*special_, 0}; }
  std::vector<LogTerm> merged_logs() const;
  bool shares_too_many() const;
  Enclosure enclose_tails() const;
  Enclosure enclose_others() const;
  Enclosure enclose_powers() const;
  void add_multiplier(const Rational& d, const Rational& c, const Multiplier& multiplier);
  bool has_no_terms_but_numbers() const;
  bool is_empty() const;
  Exactness exactness_with_powers(const Rational& base) const;
  bool has_a_theorem(const Rational& base) const;

  std::optional<Exactness::Kind> special_;
  Rational constant_ = 0;      // the offsets of the rows included
  std::vector<LogTerm> logs_;  // the ties of the rows included
  struct WeightedLogs {
    Rational weight;
    std::shared_ptr<const SharedLogs> logs;
  };
  std::vector<WeightedLogs> shared_logs_;
  struct WeightedRow {
    Rational weight;
    SoftmaxRow row;  // stands for its tail
  };
  std::vector<WeightedRow> rows_;
  struct SquaredLse {
    Rational weight;
    Rational largest;
    SoftmaxRow row;
  };
  std::vector<SquaredLse> squares_;
  std::map<Rational, Multiplier> powers_;
  struct WeightedNumber {
    Rational weight;
    std::shared_ptr<const RealNumber> number;
  };
  std::vector<WeightedNumber> numbers_;
  bool is_of_one_row_ = true;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOG_FORM_H
