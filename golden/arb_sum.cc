#include "golden/arb_sum.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace xent::arb {
namespace {

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
  std::string key = factor->key();
  terms_[Key{Exact(), std::move(key)}] = {Exact(1), {std::move(factor)}};
}

Sum Sum::power_of_e(const Exact& x) {
  Sum result;
  result.add_term({x, ""}, Exact(1), {});
  return result;
}

void Sum::add_term(const Key& key, const Exact& weight, const std::vector<FactorPointer>& factors) {
  if (weight.sign() == 0) return;
  if (factors.empty() && key.exponent.sign() == 0) {
    constant_ = constant_ + weight;
    return;
  }
  const auto [at, is_new] = terms_.try_emplace(key, Term{weight, factors});
  if (is_new) return;
  at->second.weight = at->second.weight + weight;
  if (at->second.weight.sign() == 0) terms_.erase(at);
}

void Sum::add(const Exact& weight, const Sum& other) {
  constant_ = constant_ + weight * other.constant_;
  for (const auto& [key, term] : other.terms_) add_term(key, weight * term.weight, term.factors);
}

namespace {

// The joined keys of a and b: a b and b a are one.
std::string joined(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a + b;
  const auto [first, second] = std::minmax(a, b);
  std::string result = first;
  return result.append(" * ").append(second);
}

}  // namespace

Sum operator*(const Sum& a, const Sum& b) {
  Sum product;
  product.add(b.constant_, a);
  for (const auto& [key, term] : b.terms_) {
    product.add_term(key, a.constant_ * term.weight, term.factors);
    for (const auto& [other_key, other] : a.terms_) {
      std::vector<FactorPointer> factors = other.factors;
      factors.insert(factors.end(), term.factors.begin(), term.factors.end());
      product.add_term({key.exponent + other_key.exponent, joined(key.factors, other_key.factors)},
                       term.weight * other.weight, factors);
    }
  }
  return product;
}

std::optional<Exact> ratio(const Sum& a, const Sum& b) {
  Exact quotient;
  if (a.terms_.size() != b.terms_.size() && !a.is_zero()) return std::nullopt;
  if (b.constant_.sign() != 0) {
    quotient = a.constant_ / b.constant_;
  } else {
    const auto& [key, term] = *b.terms_.begin();
    const auto found = a.terms_.find(key);
    if (found != a.terms_.end()) quotient = found->second.weight / term.weight;
  }
  Sum rest = a;
  rest.add(-quotient, b);
  return rest.is_zero() ? std::optional(quotient) : std::nullopt;
}

bool Sum::is_of_powers() const {
  return std::all_of(terms_.begin(), terms_.end(),
                     [](const auto& term) { return term.first.factors.empty(); });
}

Sum::Leading Sum::leading() const {
  if (is_rational()) return {Exact(), constant_};
  const auto& [key, term] = *terms_.rbegin();
  const bool rational_leads = constant_.sign() != 0 && key.exponent.sign() < 0;
  return rational_leads ? Leading{Exact(), constant_} : Leading{key.exponent, term.weight};
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
    if (key.exponent.sign() != 0)
      arb_mul(product.get(), product.get(), exp_of(key.exponent, precision).get(), precision);
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
  std::string result = constant_.text();
  for (const auto& [key, term] : terms_)
    result += " + " + term.weight.text() + " * e^" + key.exponent.text() + " * " + key.factors;
  return result;
}

bool Sum::has_exponentials(const Terms::value_type& term) {
  const auto& factors = term.second.factors;
  return term.first.exponent.sign() != 0 ||
         std::any_of(factors.begin(), factors.end(),
                     [](const FactorPointer& factor) { return factor->has_exponentials(); });
}

bool Sum::has_exponentials() const {
  return std::any_of(terms_.begin(), terms_.end(),
                     [](const auto& term) { return Sum::has_exponentials(term); });
}

// Of a rational.
bool Sum::is_one_logarithm(const Terms::value_type& term) {
  return term.second.factors.size() == 1 && !has_exponentials(term);
}

bool Sum::is_log_of_rational() const {
  return constant_.sign() == 0 && std::all_of(terms_.begin(), terms_.end(), [](const auto& term) {
           return is_one_logarithm(term) && fmpz_is_one(fmpq_denref(term.second.weight.get())) != 0;
         });
}

bool Sum::is_of_log_sums() const {
  int sign = 0;
  for (const auto& term : terms_) {
    if (is_one_logarithm(term)) continue;
    const auto& factors = term.second.factors;
    const bool is_log_sum =
        term.first.exponent.sign() == 0 && factors.size() == 1 && factors[0]->is_log_sum();
    if (!is_log_sum || sign == -term.second.sign()) return false;
    sign = term.second.sign();
  }
  return sign != 0;
}

bool Sum::is_of_one_share() const {
  if (terms_.size() != 1) return false;
  const auto& [key, term] = *terms_.begin();
  return key.exponent.sign() == 0 && term.factors.size() == 1 && term.factors[0]->is_share();
}

Ball Whole::enclose(slong precision) const {
  const auto found = cache_.find(precision);
  if (found != cache_.end()) return found->second;
  Ball result;
  for (slong bits = precision + 32; bits <= kSignCap + precision; bits *= 2) {
    result = sum_.enclose(bits);
    if (arb_rel_accuracy_bits(result.get()) >= precision) break;
  }
  return cache_[precision] = result;
}

std::string Whole::key() const {
  return "whole " + std::to_string(reinterpret_cast<std::uintptr_t>(this));
}

namespace {

bool is_short(const Sum& sum) {
  constexpr std::size_t kFew = 32;
  return sum.size() <= kFew;
}

}  // namespace

Sum shortened(const Sum& sum) {
  return is_short(sum) ? sum : Sum(std::make_shared<Whole>(sum));
}

Sum shortened(const std::shared_ptr<const Whole>& whole) {
  return is_short(whole->sum()) ? whole->sum() : Sum(whole);
}

Division divide(const Sum& a, const Sum& b) {
  constexpr int kSteps = 2;
  Division division{{}, a};
  const Sum::Leading divisor = b.leading();
  for (int step = 0; step < kSteps && !division.rest.is_zero(); ++step) {
    const Sum::Leading dividend = division.rest.leading();
    const Sum term =
        Sum(dividend.weight / divisor.weight) * Sum::power_of_e(dividend.exponent - divisor.exponent);
    division.quotient.add(Exact(1), term);
    division.rest.add(Exact(-1), term * b);
  }
  return division;
}

}  // namespace xent::arb
