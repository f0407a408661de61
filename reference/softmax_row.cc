#include "reference/softmax_row.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "reference/fixed_exp.h"

namespace xent::reference {
namespace {

// Precisions below this are served in fixed point, whose sums are known to 2^-93 of themselves.
constexpr int kFixedSumPrecision = 128;

Enclosure exp_of_difference(const Number& x, const Number& y) {
  return exp(Enclosure(x) - Enclosure(y));
}

int bits_of(std::int64_t count) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count)));
}

// [0, n e^(x - m)]: what n terms, none above e^(x - m), can add up to.
Enclosure negligible(const Enclosure& largest, std::int64_t count) {
  return Enclosure::hull(Enclosure(0L), largest * Enclosure(static_cast<long>(count)));
}

}  // namespace

SoftmaxRow::SoftmaxRow(std::span<const Number> logits, std::int64_t target)
    : target_(logits[static_cast<std::size_t>(target)]), shared_(std::make_shared<Shared>()) {
  assert(target_.is_finite());
  Shared& row = *shared_;
  row.logits = NumberRow(logits);
  row.largest = row.second = target_;
  for (const Number& x : logits) {
    if (!x.is_finite()) continue;
    if (row.largest < x) {
      row.second = std::exchange(row.largest, x);
      row.others += std::exchange(row.ties, 1);
    } else if (x < row.largest) {
      if (row.others++ == 0 || row.second < x) row.second = x;
    } else {
      ++row.ties;
    }
  }
}

SoftmaxRow SoftmaxRow::of_class(std::int64_t target) const {
  Number x = shared_->logits[static_cast<std::size_t>(target)];
  assert(x.is_finite());
  return {shared_, std::move(x)};
}

bool SoftmaxRow::is_unmasked() const {
  return shared_->ties + shared_->others == static_cast<std::int64_t>(shared_->logits.size());
}

Enclosure SoftmaxRow::enclose_log_sum() const {
  return log(Enclosure(static_cast<long>(ties()))) + enclose_tail();
}

Rational SoftmaxRow::offset() const {
  return largest() == target_ ? Rational(0) : Rational(largest().rational() - target_.rational());
}

Enclosure SoftmaxRow::enclose_tail() const {
  Shared& row = *shared_;
  const std::lock_guard lock(row.mutex);
  const int precision = Enclosure().precision();
  if (row.precision != precision) {
    row.tail = compute_tail(row);
    row.precision = precision;
  }
  return row.tail;
}

Enclosure SoftmaxRow::compute_tail(Shared& row) {
  if (row.others == 0) return Enclosure(0L);
  const Enclosure odds = exp_of_difference(row.second, row.largest);
  // Below every exponent there is: no precision tells more than this.
  if (odds.contains_zero()) return negligible(odds, row.others);
  return log1p(sum_of_others(row) * odds / Enclosure(static_cast<long>(row.ties)));
}

// sum e^(x - second) over all others. In MPFI with as many more bits as their number has: n additions then
// widen the sum by less than one unit of the precision that was asked for.
Enclosure SoftmaxRow::sum_of_others(Shared& row) {
  if (Enclosure().precision() < kFixedSumPrecision) {
    if (const auto sum = fixed_sum_of_exp(row.logits, row.second, row.largest)) return *sum;
  }
  if (row.groups.empty()) row.groups = group_others(row);
  const PrecisionScope wide(Enclosure().precision() + bits_of(row.others));
  Enclosure sum(static_cast<long>(row.groups.front().count));
  std::int64_t remaining = row.others - row.groups.front().count;
  // Terms are summed until all that remain lie below the last bit of a sum that is at least 1.
  for (std::size_t i = 1; i < row.groups.size(); ++i) {
    const Group& group = row.groups[i];
    const Enclosure term = exp_of_difference(group.logit, row.second);
    const long cutoff = -sum.precision() - 8 - bits_of(remaining);
    const Dyadic top = term.upper();
    if (top.exponent + static_cast<long>(mpz_sizeinbase(top.significand.backend().data(), 2)) < cutoff) {
      sum += negligible(term, remaining);
      break;
    }
    sum += group.count == 1 ? term : term * Enclosure(static_cast<long>(group.count));
    remaining -= group.count;
  }
  return sum;
}

std::vector<SoftmaxRow::Group> SoftmaxRow::group_others(const Shared& row) {
  std::vector<Number> others;
  others.reserve(static_cast<std::size_t>(row.others));
  for (std::size_t i = 0; i < row.logits.size(); ++i) {
    if (Number x = row.logits[i]; x.is_finite() && x < row.largest) others.push_back(std::move(x));
  }
  std::sort(others.begin(), others.end(), [](const Number& a, const Number& b) { return b < a; });
  std::vector<Group> groups;
  for (const Number& logit : others) {
    if (groups.empty() || !(groups.back().logit == logit)) groups.push_back({logit, 0});
    ++groups.back().count;
  }
  return groups;
}

}  // namespace xent::reference
