// Exact questions about products of rational powers of rationals, answered by factoring into a coprime base
// rather than into primes.
#ifndef XENT_REFERENCE_COPRIME_BASE_H
#define XENT_REFERENCE_COPRIME_BASE_H

#include <optional>
#include <span>
#include <vector>

#include "reference/number.h"

namespace xent::reference {

// coefficient * ln(argument), equivalently argument^coefficient. Domain: argument > 0.
struct LogTerm {
  Rational coefficient;
  Rational argument;
};

// Pairwise coprime integers > 1, none a perfect power, such that every numerator and denominator of the
// arguments is a product of their powers. Source: Bernstein, Factoring into coprimes in essentially linear
// time (2005); this is the quadratic algorithm.
std::vector<Integer> coprime_base(std::span<const LogTerm> terms);

// The r with sum c_i ln q_i = r ln b, if there is a rational one. By unique factorisation over a coprime
// base, the exponent vector of prod q_i^{c_i} must be r times that of b. Otherwise the quotient is
// transcendental (Baker 1966: a quotient of linear forms in logarithms of algebraic numbers is rational or
// transcendental). Domain: b > 0, b != 1.
std::optional<Rational> log_ratio(std::span<const LogTerm> terms, const Rational& base);

// True if sum c_i ln q_i = 0, that is prod q_i^{c_i} = 1.
bool is_zero(std::span<const LogTerm> terms);

// prod q_i^{c_i}, if it is rational. Over a coprime base without perfect powers that is so exactly when every
// exponent is an integer. The value is absent also where an exponent is beyond 10^6: it is not expanded.
struct PowerProduct {
  bool is_rational = false;
  std::optional<Rational> value;
};
PowerProduct power_product(std::span<const LogTerm> terms);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_COPRIME_BASE_H
