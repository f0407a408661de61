// The second oracle's real numbers: sums of a rational and of products of factors that are known to a
// relative accuracy, so that 1 - e^-10^6 and r + e^-10^6 are told from 1 and r.
#ifndef XENT_GOLDEN_ARB_SUM_H
#define XENT_GOLDEN_ARB_SUM_H

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "golden/arb_number.h"

namespace xent::arb {

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
};
using FactorPointer = std::shared_ptr<const Factor>;

// ln q. Domain: q > 0, q != 1.
FactorPointer logarithm(const Exact& q);

class Sum;

// ln q, with the logarithms of the first primes apart: over the rationals these are independent, so relations
// such as ln 4 = 2 ln 2 cancel exactly. Domain: q > 0.
class Sum;
Sum logarithms(const Exact& q);

// e^x as a factor. Domain: x != 0.
FactorPointer power_of_e(const Exact& x);

// e^x. Domain: of moderate size above, however far below 0.
Ball exp_of(const Exact& x, slong precision);

class Sum {
 public:
  Sum() = default;
  Sum(const Exact& constant)
      : constant_(constant) {}  // NOLINT(google-explicit-constructor): a rational is a sum
  explicit Sum(FactorPointer factor);

  void add(const Exact& weight, const Sum& other);
  friend Sum operator*(const Sum& a, const Sum& b);

  const Exact& constant() const { return constant_; }
  bool is_rational() const { return terms_.empty(); }
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
  struct Term {
    Exact weight;
    std::vector<FactorPointer> factors;
    int sign() const;
  };

  void add_term(const std::string& key, const Exact& weight, const std::vector<FactorPointer>& factors);
  // The sign that all terms have; 0: they differ, or one is not known.
  int common_sign() const;
  Ball terms(slong precision) const;

  Exact constant_;
  std::map<std::string, Term> terms_;
};

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_SUM_H
