// The second oracle's real numbers: sums of a rational and of products of a power of e and of factors that
// are known to a relative accuracy, so that 1 - e^-10^6 and r + e^-10^6 are told from 1 and r.
#ifndef XENT_GOLDEN_ARB_SUM_H
#define XENT_GOLDEN_ARB_SUM_H

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "golden/arb_number.h"

namespace xent::arb {

// Bits enough to see the sign of anything that is not 0 but by a coincidence beyond measure.
constexpr slong kSignCap = slong{1} << 18;
// Bits that tell most numbers apart.
constexpr slong kFirstBits = 128;

// A real number that is not 0. At p bits an enclosure has about p correct bits, however small the number.
class Factor {
 public:
  virtual ~Factor() = default;
  virtual Ball enclose(slong precision) const = 0;
  // The sign; 0: not known without computing.
  virtual int sign() const = 0;
  // Equal keys: equal numbers.
  virtual std::string key() const = 0;
  // Whether a power of e with an exponent other than 0 is in it.
  virtual bool has_exponentials() const { return true; }
  // Whether it is ln(1 + sum q e^d), all d being rational and all q positive and rational.
  virtual bool is_log_sum() const { return false; }
  // Whether it is e^d / (1 + sum e^d) with rational d, or a rational less such a thing; not a rational
  // itself.
  virtual bool is_share() const { return false; }
  // Whether it is a rational by what it is made of; false: not known.
  virtual bool is_rational() const { return false; }
};
using FactorPointer = std::shared_ptr<const Factor>;

// ln q. Domain: q > 0, q != 1.
FactorPointer logarithm(const Exact& q);

class Sum;

// ln q, with the logarithms of the first primes apart: over the rationals these are independent, so relations
// such as ln 4 = 2 ln 2 cancel exactly. Domain: q > 0.
class Sum;
Sum logarithms(const Exact& q);

// e^x. Domain: of moderate size above, however far below 0.
Ball exp_of(const Exact& x, slong precision);

class Sum {
 public:
  Sum() = default;
  Sum(const Exact& constant)
      : constant_(constant) {}  // NOLINT(google-explicit-constructor): a rational is a sum
  explicit Sum(FactorPointer factor);
  // e^x.
  static Sum power_of_e(const Exact& x);

  void add(const Exact& weight, const Sum& other);
  friend Sum operator*(const Sum& a, const Sum& b);
  // a / b, if that is a rational by what both are made of: the powers of e are linearly independent over the
  // rationals (Lindemann and Weierstrass), so that it is for sums of them if and only if their multipliers
  // are proportional. Domain: b is not 0.
  friend std::optional<Exact> ratio(const Sum& a, const Sum& b);

  const Exact& constant() const { return constant_; }
  bool is_rational() const { return terms_.empty(); }
  bool is_zero() const { return is_rational() && constant_.sign() == 0; }
  // Whether it is a sum of rational multiples of powers of e, so that it is 0 only if it has no terms.
  bool is_of_powers() const;
  std::size_t size() const { return terms_.size(); }
  // The greatest exponent of its powers of e, 0 being that of the rational, and what multiplies that power.
  struct Leading {
    Exact exponent;
    Exact weight;
  };
  // Domain: a sum of powers of e, not 0.
  Leading leading() const;
  int sign() const { return compare(Exact(), kSignCap); }
  // Sign of the sum minus b, 0 if `cap` bits do not tell it. The rational part is compared exactly.
  int compare(const Exact& b, slong cap) const;
  Ball enclose(slong precision) const;
  std::string key() const;

  bool has_exponentials() const;
  // Whether it is made of whole multiples of logarithms of rationals alone, so that e to it is a rational.
  bool is_log_of_rational() const;
  // Whether all but rationals and logarithms of rationals are multiples, of one sign, of ln(1 + sum q e^d)
  // with some d other than 0: by the theorem of Lindemann and Weierstrass the sum is irrational, in any base
  // and as a power of e.
  bool is_of_log_sums() const;
  // Whether it is a rational and a multiple of one e^d / (1 + sum e^d): irrational by the same theorem.
  bool is_of_one_share() const;

 private:
  // weight * e^exponent * factors; the keys of the factors are joined. No two terms are alike in both.
  struct Key {
    Exact exponent;
    std::string factors;
    bool operator<(const Key& other) const {
      const int order = exponent.compare(other.exponent);
      return order != 0 ? order < 0 : factors < other.factors;
    }
  };
  struct Term {
    Exact weight;
    std::vector<FactorPointer> factors;
    int sign() const;
  };
  using Terms = std::map<Key, Term>;

  static bool has_exponentials(const Terms::value_type& term);
  static bool is_one_logarithm(const Terms::value_type& term);
  void add_term(const Key& key, const Exact& weight, const std::vector<FactorPointer>& factors);
  // The sign that all terms have; 0: they differ, or one is not known.
  int common_sign() const;
  Ball terms(slong precision) const;

  Exact constant_;
  Terms terms_;
};

// A sum that is not 0, as one factor.
class Whole : public Factor {
 public:
  // Domain: not 0.
  explicit Whole(Sum sum) : sum_(std::move(sum)), sign_(sum_.sign()) {}
  const Sum& sum() const { return sum_; }
  // However much cancels, up to the cap.
  Ball enclose(slong precision) const override;
  int sign() const override { return sign_; }
  std::string key() const override;

 private:
  Sum sum_;
  int sign_;
  mutable std::map<slong, Ball> cache_;
};

// The same number in a few terms: a long sum as one factor, lest sums times each of many classes are
// quadratic. Domain: a sum of powers of e.
Sum shortened(const Sum& sum);
Sum shortened(const std::shared_ptr<const Whole>& whole);

// a = quotient b + rest.
struct Division {
  Sum quotient;
  Sum rest;
};
// Long division of sums of powers of e, from the greatest exponents on: two steps, which is as many terms as
// a mass a + b e^l has. Domain: b is not 0.
Division divide(const Sum& a, const Sum& b);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_SUM_H
