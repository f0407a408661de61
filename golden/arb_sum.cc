#include "golden/arb_sum.h"

#include <algorithm>
#include <utility>

namespace xent::arb {
namespace {

constexpr slong kFirstBits = 128;
constexpr ulong kPrimes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                             43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};

class Logarithm : public Factor {
 public:
  explicit Logarithm(Exact q) : q_(std::move(q)) {}

  Ball enclose(slong precision) const override {
    const Exact rest = q_ - Exact(1);
    const bool near = (rest * rest).compare(Exact(1) / Exact(4)) < 0;
    Ball result(near ? rest : q_, precision + 32);
    near ? arb_log1p(result.get(), result.get(), precision) : arb_log(result.get(), result.get(), precision);
    return result;
  }
  int sign() const override { return q_.compare(Exact(1)); }
  std::string key() const override { return "ln " + q_.text(); }
  bool has_exponentials() const override { return false; }

 private:
  Exact q_;
};

class PowerOfE : public Factor {
 public:
  explicit PowerOfE(Exact x) : x_(std::move(x)) {}

  Ball enclose(slong precision) const override { return exp_of(x_, precision); }
  int sign() const override { return 1; }
  std::string key() const override { return "e^" + x_.text(); }

 private:
  Exact x_;
};

slong whole_bits(const Exact& x) {
  const auto bits = static_cast<slong>(fmpz_bits(fmpq_numref(x.get()))) -
                    static_cast<slong>(fmpz_bits(fmpq_denref(x.get())));
  return std::max(bits, slong{0});
}

// Takes the power of p out of n.
slong valuation(fmpz* n, ulong p) {
  fmpz_t prime;
  fmpz_init_set_ui(prime, p);
  const slong result = fmpz_remove(n, n, prime);
  fmpz_clear(prime);
  return result;
}

}  // namespace

FactorPointer logarithm(const Exact& q) {
  return std::make_shared<Logarithm>(q);
}

FactorPointer power_of_e(const Exact& x) {
  return std::make_shared<PowerOfE>(x);
}

Sum logarithms(const Exact& q) {
  Sum result;
  Exact rest = q;
  for (const ulong p : kPrimes) {
    const slong exponent = valuation(fmpq_numref(rest.get()), p) - valuation(fmpq_denref(rest.get()), p);
    if (exponent != 0) result.add(Exact(exponent), Sum(logarithm(Exact(static_cast<slong>(p)))));
  }
  if (rest.compare(Exact(1)) != 0) result.add(Exact(1), Sum(logarithm(rest)));
  return result;
}

Ball exp_of(const Exact& x, slong precision) {
  // The argument needs its integer part on top of the bits of the result.
  Ball result(x, precision + whole_bits(x) + 8);
  arb_exp(result.get(), result.get(), precision);
  return result;
}

Sum::Sum(FactorPointer factor) {
  const std::string key = factor->key();
  terms_[key] = {Exact(1), {std::move(factor)}};
}

void Sum::add_term(const std::string& key, const Exact& weight, const std::vector<FactorPointer>& factors) {
  if (weight.sign() == 0) return;
  const auto [at, is_new] = terms_.try_emplace(key, Term{weight, factors});
  if (is_new) return;
  at->second.weight = at->second.weight + weight;
  if (at->second.weight.sign() == 0) terms_.erase(at);
}

void Sum::add(const Exact& weight, const Sum& other) {
  constant_ = constant_ + weight * other.constant_;
  for (const auto& [key, term] : other.terms_) add_term(key, weight * term.weight, term.factors);
}

Sum operator*(const Sum& a, const Sum& b) {
  Sum product;
  product.add(b.constant_, a);
  for (const auto& [key, term] : b.terms_) {
    product.add_term(key, a.constant_ * term.weight, term.factors);
    for (const auto& [other_key, other] : a.terms_) {
      std::vector<FactorPointer> factors = other.factors;
      factors.insert(factors.end(), term.factors.begin(), term.factors.end());
      const auto [first, second] = std::minmax(key, other_key);  // a b and b a are one
      std::string product_key = first;
      product_key.append(" * ").append(second);
      product.add_term(product_key, term.weight * other.weight, factors);
    }
  }
  return product;
}

int Sum::Term::sign() const {
  int sign = weight.sign();
  for (const FactorPointer& factor : factors) sign *= factor->sign();
  return sign;
}

int Sum::common_sign() const {
  const int sign = terms_.begin()->second.sign();
  const bool common = std::all_of(terms_.begin(), terms_.end(),
                                  [sign](const auto& term) { return term.second.sign() == sign; });
  return common ? sign : 0;
}

Ball Sum::terms(slong precision) const {
  Ball total;
  for (const auto& [key, term] : terms_) {
    Ball product(term.weight, precision);
    for (const FactorPointer& factor : term.factors)
      arb_mul(product.get(), product.get(), factor->enclose(precision).get(), precision);
    arb_add(total.get(), total.get(), product.get(), precision);
  }
  return total;
}

Ball Sum::enclose(slong precision) const {
  Ball result = terms(precision);
  arb_add(result.get(), result.get(), Ball(constant_, precision).get(), precision);
  return result;
}

int Sum::compare(const Exact& b, slong cap) const {
  const Exact rest = constant_ - b;
  if (terms_.empty()) return rest.sign();
  const int sign = common_sign();
  if (sign != 0 && rest.sign() * sign >= 0) return sign;
  for (slong precision = kFirstBits; precision <= cap; precision *= 2) {
    Ball result(rest, precision);
    arb_add(result.get(), result.get(), terms(precision).get(), precision);
    if (result.sign() != 0) return result.sign();
  }
  return 0;
}

std::string Sum::key() const {
  std::string key = constant_.text();
  for (const auto& [name, term] : terms_) key += " + " + term.weight.text() + " * " + name;
  return key;
}

bool Sum::has_exponentials() const {
  return std::any_of(terms_.begin(), terms_.end(), [](const auto& term) {
    return std::any_of(term.second.factors.begin(), term.second.factors.end(),
                       [](const FactorPointer& factor) { return factor->has_exponentials(); });
  });
}

bool Sum::is_log_of_rational() const {
  return constant_.sign() == 0 && std::all_of(terms_.begin(), terms_.end(), [](const auto& term) {
           const Term& t = term.second;
           return t.factors.size() == 1 && !t.factors[0]->has_exponentials() &&
                  fmpz_is_one(fmpq_denref(t.weight.get())) != 0;
         });
}

bool Sum::is_of_log_sums() const {
  int sign = 0;
  for (const auto& [key, term] : terms_) {
    const bool is_log =
        term.factors.size() == 1 && (term.factors[0]->is_log_sum() || !term.factors[0]->has_exponentials());
    if (!is_log) return false;
    if (!term.factors[0]->has_exponentials()) continue;
    if (sign == -term.sign()) return false;
    sign = term.sign();
  }
  return sign != 0;
}

bool Sum::is_of_one_share() const {
  if (terms_.size() != 1) return false;
  const Term& term = terms_.begin()->second;
  return term.factors.size() == 1 && term.factors[0]->is_share();
}

}  // namespace xent::arb
