// The second oracle's true values: what each loss is, as a number that can be compared with any other.
#ifndef XENT_GOLDEN_ARB_VALUE_H
#define XENT_GOLDEN_ARB_VALUE_H

#include <map>
#include <vector>

#include "golden/arb_number.h"

namespace xent::arb {

// (R + sum c ln q + sum w T) / ln base, or e to the power of the numerator; or NaN or an infinity. Each T is
// ln(1 + sum e^d) with exact d <= 0, so T > 0, and w > 0.
class Value {
 public:
  Element::Kind special = Element::kFinite;

  void add(const Exact& constant) { constant_ = constant_ + constant; }
  void add_log(const Exact& c, const Exact& q) { logs_.push_back({c, q}); }
  // Adds weight * ln(1 + sum e^d). An empty list adds nothing.
  void add_tail(const Exact& weight, std::vector<Exact> exponents);
  void add_special(Element::Kind kind);
  // Adds weight times another sum. Domain: weight > 0.
  void add(const Exact& weight, const Value& other);
  void divide_by_log_of(const Exact& base);
  void exponentiate();

  // The sign of the value minus a number; 0 if `cap` bits do not tell them apart. The rational part is
  // compared exactly, so R + T against R is decided however small T is. Domain: not special.
  int compare(const Scaled& other, slong cap) const;
  // Domain: not special.
  Ball enclose(slong precision) const;
  // Whether some T has an exponent other than 0. The value is then irrational, in any base and as a power of
  // e (Lindemann-Weierstrass), though perhaps closer to a rational than any precision shows: log2(1 + 1 +
  // e^-10000).
  bool has_exponentials() const;

 private:
  struct Log {
    Exact coefficient;
    Exact argument;
  };
  struct Tail {
    Exact weight;
    std::vector<Exact> exponents;
  };

  Ball tails(slong precision) const;
  // The numerator.
  const Ball& sum(slong precision) const;
  // Sign of R + T - b by the rational part if there is nothing else.
  int compare_rational(const Exact& b, slong cap) const;
  Ball difference(const Scaled& other, slong precision) const;

  Exact constant_;
  std::vector<Log> logs_;
  std::vector<Tail> tails_;
  Exact base_;  // 0: natural
  bool exponentiated_ = false;
  mutable std::map<slong, Ball> tail_cache_;
  mutable std::map<slong, Ball> sum_cache_;
};

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_VALUE_H
