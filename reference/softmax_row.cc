#include "reference/softmax_row.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace xent::reference {
namespace {

Enclosure exp_of_difference(const Number& x, const Number& y) {
  return exp(Enclosure(x) - Enclosure(y));
}

// [0, n e^(x - m)]: what n terms, none above e^(x - m), can add up to.
Enclosure negligible(const Enclosure& largest, std::int64_t count) {
  return Enclosure::hull(Enclosure(0L), largest * Enclosure(static_cast<long>(count)));
}

}  // namespace

SoftmaxRow::SoftmaxRow(std::span<const Number> logits, std::int64_t target)
    : target_(logits[static_cast<std::size_t>(target)]) {
  assert(target_.is_finite());
  std::vector<Number> others;
  others.reserve(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (static_cast<std::int64_t>(i) != target && logits[i].is_finite()) others.push_back(logits[i]);
  }
  std::sort(others.begin(), others.end(), [](const Number& a, const Number& b) { return b < a; });
  for (const Number& logit : others) {
    if (others_.empty() || !(others_.back().logit == logit)) others_.push_back({logit, 0});
    ++others_.back().count;
  }
}

std::int64_t SoftmaxRow::equal_logits() const {
  if (others_.empty()) return 1;
  return others_.size() == 1 && others_.front().logit == target_ ? others_.front().count + 1 : 0;
}

Rational SoftmaxRow::offset() const {
  if (others_.empty() || !(target_ < others_.front().logit)) return 0;
  return others_.front().logit.rational() - target_.rational();
}

Enclosure SoftmaxRow::enclose_tail() const {
  if (others_.empty()) return Enclosure(0L);
  const Number& m = others_.front().logit;
  std::int64_t remaining = 0;
  for (const Group& group : others_) remaining += group.count;
  const bool target_below = target_ < m;
  const Enclosure odds = target_below ? exp_of_difference(target_, m) : exp_of_difference(m, target_);
  // e^d below every exponent there is: no precision tells more than this.
  if (!target_below && odds.contains_zero()) return negligible(odds, remaining);
  Enclosure rest(static_cast<long>(others_.front().count - 1));
  remaining -= others_.front().count;
  // Terms are summed until all that remain lie below the last bit of a sum that is at least 1.
  for (std::size_t i = 1; i < others_.size(); ++i) {
    const Enclosure term = exp_of_difference(others_[i].logit, m);
    const long cutoff =
        -rest.precision() - 8 - static_cast<long>(std::bit_width(static_cast<std::uint64_t>(remaining)));
    const Dyadic top = term.upper();
    if (top.exponent + static_cast<long>(mpz_sizeinbase(top.significand.backend().data(), 2)) < cutoff) {
      rest += negligible(term, remaining);
      break;
    }
    rest += others_[i].count == 1 ? term : term * Enclosure(static_cast<long>(others_[i].count));
    remaining -= others_[i].count;
  }
  return target_below ? log1p(rest + odds) : log1p((Enclosure(1L) + rest) * odds);
}

}  // namespace xent::reference
