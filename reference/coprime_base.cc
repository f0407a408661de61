#include "reference/coprime_base.h"

#include <algorithm>

namespace xent::reference {
namespace {

// Whatever base the terms have, a prime's own exponent in prod q_i^{c_i} must be what is asked of all
// members: nearly every inexact case is found here, in linear time.
constexpr int kSmallPrimes[] = {2, 3, 5, 7};

// The g with n = g^k for the largest k: roots of prime degree are taken as long as there are any.
Integer perfect_power_root(Integer n) {
  Integer root;
  Integer degree = 2;
  while (n > 1 && mpz_perfect_power_p(n.backend().data()) != 0) {
    while (mpz_root(root.backend().data(), n.backend().data(), degree.convert_to<unsigned long>()) == 0)
      mpz_nextprime(degree.backend().data(), degree.backend().data());
    n = root;
  }
  return n;
}

// Splits until the new number and all members are pairwise coprime. Each split divides out a common factor,
// so the product of the work and the base shrinks and the loop ends.
void insert(std::vector<Integer>& base, const Integer& number) {
  std::vector<Integer> work = {perfect_power_root(number)};
  while (!work.empty()) {
    const Integer next = std::move(work.back());
    work.pop_back();
    if (next == 1) continue;
    const auto shares = [&next](const Integer& member) { return gcd(next, member) != 1; };
    const auto member = std::find_if(base.begin(), base.end(), shares);
    if (member == base.end()) {
      base.push_back(next);
      continue;
    }
    if (*member == next) continue;
    const Integer common = gcd(next, *member);
    const Integer rest = *member / common;
    base.erase(member);
    for (const Integer& part : {common, rest, Integer(next / common)})
      work.push_back(perfect_power_root(part));
  }
}

long valuation(const Integer& number, const Integer& member) {
  Integer rest;
  return static_cast<long>(
      mpz_remove(rest.backend().data(), number.backend().data(), member.backend().data()));
}

long valuation(const Rational& q, const Integer& member) {
  return valuation(Integer(numerator(q)), member) - valuation(Integer(denominator(q)), member);
}

// The exponent of one member of the base in prod q_i^{c_i}.
Rational exponent(std::span<const LogTerm> terms, const Integer& member) {
  Rational total = 0;
  for (const LogTerm& term : terms) total += term.coefficient * valuation(term.argument, member);
  return total;
}

}  // namespace

std::vector<Integer> coprime_base(std::span<const LogTerm> terms) {
  std::vector<Integer> base;
  for (const LogTerm& term : terms) {
    insert(base, Integer(numerator(term.argument)));
    insert(base, Integer(denominator(term.argument)));
  }
  return base;
}

std::optional<Rational> log_ratio(std::span<const LogTerm> terms, const Rational& base) {
  for (const int prime : kSmallPrimes) {
    if (valuation(base, prime) == 0 && exponent(terms, prime) != 0) return std::nullopt;
  }
  std::vector<LogTerm> all(terms.begin(), terms.end());
  all.push_back({0, base});
  std::optional<Rational> ratio;
  for (const Integer& member : coprime_base(all)) {
    const Rational have = exponent(terms, member);
    const long per_base = valuation(base, member);
    if (per_base == 0) {
      if (have != 0) return std::nullopt;
      continue;
    }
    const Rational candidate = have / per_base;
    if (ratio && *ratio != candidate) return std::nullopt;
    ratio = candidate;
  }
  return ratio;
}

bool is_zero(std::span<const LogTerm> terms) {
  for (const int prime : kSmallPrimes) {
    if (exponent(terms, prime) != 0) return false;
  }
  const auto base = coprime_base(terms);
  return std::all_of(base.begin(), base.end(),
                     [&](const Integer& member) { return exponent(terms, member) == 0; });
}

PowerProduct power_product(std::span<const LogTerm> terms) {
  constexpr long kMaxExponent = 1000000;
  for (const int prime : kSmallPrimes) {
    if (denominator(exponent(terms, prime)) != 1) return {};
  }
  std::vector<std::pair<Integer, Integer>> factors;
  for (const Integer& member : coprime_base(terms)) {
    const Rational power = exponent(terms, member);
    if (denominator(power) != 1) return {};
    if (power != 0) factors.emplace_back(member, numerator(power));
  }
  PowerProduct product{true, Rational(1)};
  for (const auto& [member, power] : factors) {
    if (abs(power) > kMaxExponent) return {true, std::nullopt};
    const Integer factor = boost::multiprecision::pow(member, abs(power).convert_to<unsigned>());
    *product.value = power > 0 ? Rational(*product.value * factor) : Rational(*product.value / factor);
  }
  return product;
}

}  // namespace xent::reference
