#include "golden/arb_value.h"

#include <algorithm>
#include <utility>

namespace xent::arb {
namespace {

constexpr slong kFirstPrecision = 128;

Ball log_of(const Exact& q, slong precision) {
  Ball result(q, precision + 32);
  arb_log(result.get(), result.get(), precision);
  return result;
}

// ln(1 + sum e^d).
Ball log_one_plus_exps(const std::vector<Exact>& exponents, slong precision) {
  Ball total;
  for (const Exact& d : exponents) {
    // The argument needs its integer part on top of the bits of the result.
    const slong whole = static_cast<slong>(fmpz_bits(fmpq_numref(d.get())));
    Ball term(d, precision + whole + 8);
    arb_exp(term.get(), term.get(), precision);
    arb_add(total.get(), total.get(), term.get(), precision);
  }
  arb_log1p(total.get(), total.get(), precision);
  return total;
}

void add_product(Ball& total, const Exact& weight, const Ball& term, slong precision) {
  const Ball w(weight, precision);
  arb_addmul(total.get(), w.get(), term.get(), precision);
}

}  // namespace

void Value::add_tail(const Exact& weight, std::vector<Exact> exponents) {
  if (weight.sign() != 0 && !exponents.empty()) tails_.push_back({weight, std::move(exponents)});
}

void Value::add_special(Element::Kind kind) {
  if (special == Element::kFinite || special == kind) {
    special = kind;
  } else {
    special = Element::kNaN;
  }
}

void Value::add(const Exact& weight, const Value& other) {
  if (other.special != Element::kFinite) return add_special(other.special);
  constant_ = constant_ + weight * other.constant_;
  for (const Log& log : other.logs_) logs_.push_back({weight * log.coefficient, log.argument});
  for (const Tail& tail : other.tails_) tails_.push_back({weight * tail.weight, tail.exponents});
}

void Value::divide_by_log_of(const Exact& base) {
  base_ = base;
  if (base.compare(Exact(1)) > 0) return;
  if (special == Element::kPlusInfinity) {
    special = Element::kMinusInfinity;
  } else if (special == Element::kMinusInfinity) {
    special = Element::kPlusInfinity;
  }
}

void Value::exponentiate() {
  exponentiated_ = true;
  if (special != Element::kMinusInfinity) return;
  special = Element::kFinite;  // e^-inf: the rational 0, which is not exponentiated any more
  constant_ = Exact(0);
  logs_.clear();
  tails_.clear();
  exponentiated_ = false;
}

Ball Value::tails(slong precision) const {
  const auto found = tail_cache_.find(precision);
  if (found != tail_cache_.end()) return found->second;
  Ball total;
  for (const Tail& tail : tails_)
    add_product(total, tail.weight, log_one_plus_exps(tail.exponents, precision), precision);
  return tail_cache_[precision] = total;
}

const Ball& Value::sum(slong precision) const {
  const auto found = sum_cache_.find(precision);
  if (found != sum_cache_.end()) return found->second;
  Ball total(constant_, precision);
  for (const Log& log : logs_)
    add_product(total, log.coefficient, log_of(log.argument, precision), precision);
  arb_add(total.get(), total.get(), tails(precision).get(), precision);
  return sum_cache_[precision] = total;
}

Ball Value::enclose(slong precision) const {
  Ball result = sum(precision);
  if (exponentiated_) {
    arb_exp(result.get(), result.get(), precision);
  } else if (base_.sign() != 0) {
    arb_div(result.get(), result.get(), log_of(base_, precision).get(), precision);
  }
  return result;
}

int Value::compare_rational(const Exact& b, slong cap) const {
  const Exact rest = constant_ - b;
  if (tails_.empty()) return rest.sign();
  if (rest.sign() >= 0) return 1;
  for (slong precision = kFirstPrecision; precision <= cap; precision *= 2) {
    Ball result(rest, precision);
    arb_add(result.get(), result.get(), tails(precision).get(), precision);
    if (result.sign() != 0) return result.sign();
  }
  return 0;
}

// The sum minus b ln base, or minus ln b: its sign is that of the value minus b, up to the sign of ln base.
Ball Value::difference(const Scaled& other, slong precision) const {
  Ball b = other.enclose(precision);
  if (exponentiated_) {
    arb_log(b.get(), b.get(), precision);
  } else if (base_.sign() != 0) {
    arb_mul(b.get(), b.get(), log_of(base_, precision).get(), precision);
  }
  Ball result;
  arb_sub(result.get(), sum(precision).get(), b.get(), precision);
  return result;
}

int Value::compare(const Scaled& other, slong cap) const {
  if (exponentiated_ && other.coefficient.sign() <= 0) return 1;
  const int direction = base_.sign() != 0 && base_.compare(Exact(1)) < 0 ? -1 : 1;
  if (const auto exact = other.expanded(); exact && logs_.empty()) {
    if (exponentiated_ && exact->compare(Exact(1)) == 0) return compare_rational(Exact(0), cap);
    if (!exponentiated_ && (base_.sign() == 0 || exact->sign() == 0))
      return direction * compare_rational(*exact, cap);
  }
  for (slong precision = kFirstPrecision; precision <= cap; precision *= 2) {
    const Ball result = difference(other, precision);
    if (result.sign() != 0) return direction * result.sign();
  }
  return 0;
}

bool Value::has_exponentials() const {
  return std::any_of(tails_.begin(), tails_.end(), [](const Tail& tail) {
    return std::any_of(tail.exponents.begin(), tail.exponents.end(),
                       [](const Exact& d) { return d.sign() != 0; });
  });
}

}  // namespace xent::arb
