#include "reference/softmax_row.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <iterator>

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
    : target_(logits[static_cast<std::size_t>(target)]), tail_(std::make_shared<Tail>()) {
  assert(target_.is_finite());
  std::vector<Number> finite;
  finite.reserve(logits.size());
  std::copy_if(logits.begin(), logits.end(), std::back_inserter(finite),
               [](const Number& x) { return x.is_finite(); });
  std::sort(finite.begin(), finite.end(), [](const Number& a, const Number& b) { return b < a; });
  std::vector<Group> groups;
  for (const Number& logit : finite) {
    if (groups.empty() || !(groups.back().logit == logit)) groups.push_back({logit, 0});
    ++groups.back().count;
  }
  groups_ = std::make_shared<const std::vector<Group>>(std::move(groups));
}

Rational SoftmaxRow::offset() const {
  return groups_->front().logit == target_ ? Rational(0)
                                           : Rational(groups_->front().logit.rational() - target_.rational());
}

Enclosure SoftmaxRow::enclose_tail() const {
  const std::lock_guard lock(tail_->mutex);
  const int precision = Enclosure().precision();
  if (tail_->precision != precision) {
    tail_->enclosure = compute_tail();
    tail_->precision = precision;
  }
  return tail_->enclosure;
}

Enclosure SoftmaxRow::compute_tail() const {
  if (has_no_tail()) return Enclosure(0L);
  const std::vector<Group>& groups = *groups_;
  const Number& second = groups[1].logit;
  std::int64_t remaining = 0;
  for (std::size_t i = 1; i < groups.size(); ++i) remaining += groups[i].count;
  const Enclosure ties(static_cast<long>(groups.front().count));
  const Enclosure odds = exp_of_difference(second, groups.front().logit);
  // Below every exponent there is: no precision tells more than this.
  if (odds.contains_zero()) return negligible(odds, remaining);
  Enclosure sum(static_cast<long>(groups[1].count));  // of e^(x - second)
  remaining -= groups[1].count;
  // Terms are summed until all that remain lie below the last bit of a sum that is at least 1.
  for (std::size_t i = 2; i < groups.size(); ++i) {
    const Enclosure term = exp_of_difference(groups[i].logit, second);
    const long cutoff =
        -sum.precision() - 8 - static_cast<long>(std::bit_width(static_cast<std::uint64_t>(remaining)));
    const Dyadic top = term.upper();
    if (top.exponent + static_cast<long>(mpz_sizeinbase(top.significand.backend().data(), 2)) < cutoff) {
      sum += negligible(term, remaining);
      break;
    }
    sum += groups[i].count == 1 ? term : term * Enclosure(static_cast<long>(groups[i].count));
    remaining -= groups[i].count;
  }
  return log1p(sum * odds / ties);
}

}  // namespace xent::reference
