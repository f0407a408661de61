// Sums of powers of e with rational exponents, on which Lindemann and Weierstrass decide everything.
#ifndef XENT_REFERENCE_EXP_SUM_H
#define XENT_REFERENCE_EXP_SUM_H

#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "reference/class_mass.h"
#include "reference/enclosure_cache.h"

namespace xent::reference {

// sum c_d e^d over distinct rational d, no c_d being 0. Equal as numbers only if equal term by term, and
// rational only if no d but 0 is left (Lindemann-Weierstrass).
class ExpSum {
 public:
  ExpSum() = default;
  ExpSum(const Rational& c) {
    add_power(c, 0);
  }  // NOLINT(google-explicit-constructor): a rational is such a sum
  // Adds c e^d.
  void add_power(const Rational& c, const Rational& d);
  // Adds c times a mass.
  void add(const Rational& c, const Mass& mass);

  bool is_zero() const { return terms_.empty(); }
  // The value, if it is rational.
  std::optional<Rational> rational() const;
  // By exponent.
  const std::map<Rational, Rational>& terms() const { return terms_; }
  bool operator==(const ExpSum&) const = default;

  // -1, 0 or 1.
  int sign() const;
  // At the current precision.
  Enclosure enclose() const;

 private:
  std::map<Rational, Rational> terms_;
};

// Such a sum that is part of many values, from any thread.
class SharedExpSum {
 public:
  explicit SharedExpSum(ExpSum sum) : sum_(std::move(sum)) {}
  const ExpSum& sum() const { return sum_; }
  // At the current precision.
  Enclosure enclose() const;

 private:
  ExpSum sum_;
  EnclosureCache enclosures_;
};

// What is rational of many values e^s a / b - mass, b not being 0; from any thread.
class ExpRatio {
 public:
  ExpRatio(ExpSum a, ExpSum b) : a_(std::move(a)), b_(std::move(b)) {}
  // That value, if it is rational: if e^s a = (mass + it) b, term by term.
  std::optional<Rational> rational_difference(const Rational& s, const Mass& mass) const;

 private:
  bool is_product(const Rational& s, const ExpSum& factor) const;

  ExpSum a_;
  ExpSum b_;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::map<std::pair<Rational, std::map<Rational, Rational>>, bool> products_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_EXP_SUM_H
