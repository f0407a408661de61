#include "reference/exp_sum.h"

#include <algorithm>
#include <bit>

namespace xent::reference {
namespace {

ExpSum shifted(const ExpSum& sum, const Rational& s) {
  ExpSum result;
  for (const auto& [d, c] : sum.terms()) result.add_power(c, d + s);
  return result;
}

ExpSum product(const ExpSum& a, const ExpSum& b) {
  ExpSum result;
  for (const auto& [da, ca] : a.terms()) {
    for (const auto& [db, cb] : b.terms()) result.add_power(ca * cb, da + db);
  }
  return result;
}

// Whether e^s a and the product of b and c have the same first and last terms.
bool have_same_ends(const ExpSum& a, const Rational& s, const ExpSum& b, const ExpSum& c) {
  const auto agree = [&](const auto& of_a, const auto& of_b, const auto& of_c) {
    return of_a.first + s == of_b.first + of_c.first && of_a.second == of_b.second * of_c.second;
  };
  return agree(*a.terms().begin(), *b.terms().begin(), *c.terms().begin()) &&
         agree(*a.terms().rbegin(), *b.terms().rbegin(), *c.terms().rbegin());
}

}  // namespace

void ExpSum::add_power(const Rational& c, const Rational& d) {
  if (c == 0) return;
  const auto [term, is_new] = terms_.try_emplace(d, c);
  if (is_new) return;
  term->second += c;
  if (term->second == 0) terms_.erase(term);
}

void ExpSum::add(const Rational& c, const Mass& mass) {
  add_power(c * mass.rational(), 0);
  if (mass.power()) add_power(c * mass.power()->coefficient, mass.power()->exponent);
}

std::optional<Rational> ExpSum::rational() const {
  if (terms_.empty()) return Rational(0);
  const auto& [d, c] = *terms_.begin();
  return terms_.size() == 1 && d == 0 ? std::optional(c) : std::nullopt;
}

// Beside its last power no sum is too small for the exponents there are.
int ExpSum::sign() const {
  if (terms_.empty()) return 0;
  const auto& [last, factor] = *terms_.rbegin();
  const int sign = factor.sign();
  if (std::all_of(terms_.begin(), terms_.end(), [&](const auto& term) { return term.second.sign() == sign; }))
    return sign;
  const ExpSum beside_last = shifted(*this, -last);
  for (int bits = 64;; bits *= 2) {
    const PrecisionScope scope(bits);
    const Enclosure value = beside_last.enclose();
    if (!value.contains_zero()) return value.upper_double() > 0 ? 1 : -1;
  }
}

Enclosure ExpSum::enclose() const {
  const PrecisionScope wide(Enclosure().precision() + static_cast<int>(std::bit_width(terms_.size())));
  Enclosure total;
  for (const auto& [d, c] : terms_) total += Enclosure(c) * exp(Enclosure(d));
  return total;
}

Enclosure SharedExpSum::enclose() const {
  return enclosures_.get([this] { return sum_.enclose(); });
}

// Of mass + r, r is what the first or the last terms leave it to be.
std::optional<Rational> ExpRatio::rational_difference(const Rational& s, const Mass& mass) const {
  if (a_.is_zero()) return mass.is_rational() ? std::optional<Rational>(-mass.rational()) : std::nullopt;
  const bool power_is_last = !mass.power() || mass.power()->exponent > 0;
  const auto& [da, ca] = power_is_last ? *a_.terms().begin() : *a_.terms().rbegin();
  const auto& [db, cb] = power_is_last ? *b_.terms().begin() : *b_.terms().rbegin();
  const Rational r = da + s == db ? Rational(ca / cb) : Rational(0);
  ExpSum factor(r);
  if (mass.power()) factor.add_power(mass.power()->coefficient, mass.power()->exponent);
  if (factor.is_zero() || !have_same_ends(a_, s, factor, b_)) return std::nullopt;
  return is_product(s, factor) ? std::optional<Rational>(r - mass.rational()) : std::nullopt;
}

// Few factors have the right ends, but for those that differ in a power of e alone.
bool ExpRatio::is_product(const Rational& s, const ExpSum& factor) const {
  const bool is_power = factor.terms().size() == 1;
  const Rational excess = is_power ? factor.terms().begin()->first : Rational(0);
  const Rational shift = s - excess;
  const ExpSum rest = shifted(factor, -excess);
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = products_.try_emplace({shift, rest.terms()});
  if (is_new) found->second = shifted(a_, shift) == product(rest, b_);
  return found->second;
}

}  // namespace xent::reference
