#include "reference/log_form.h"

#include <map>

namespace xent::reference {
namespace {

constexpr std::size_t kMaxArguments = 4096;

// c ln q; in base 2 exact powers of two must come out as points.
Enclosure term(const LogTerm& log_term, bool binary) {
  const Enclosure argument(log_term.argument);
  return Enclosure(log_term.coefficient) * (binary ? log2(argument) : log(argument));
}

}  // namespace

void LogForm::add_log(const Rational& c, const Number& q) {
  if (c == 0) return;
  if (q.is_zero()) return add_infinity(-c.sign());
  const Rational argument = q.rational();
  if (argument != 1) logs_.push_back({c, argument});
}

void LogForm::add_softmax(const Rational& w, SoftmaxRow row) {
  if (w == 0) return;
  const std::int64_t equal = row.equal_logits();
  if (equal > 0) return add_log(w, Number(static_cast<double>(equal)));
  constant_ += w * row.offset();
  rows_.push_back({w, std::move(row)});
}

void LogForm::add_infinity(int sign) {
  const auto kind = sign > 0 ? Exactness::Kind::positive_infinity : Exactness::Kind::negative_infinity;
  special_ = special_ && *special_ != kind ? Exactness::Kind::nan : kind;
}

void LogForm::add(const Rational& c, LogForm other) {
  if (other.special_) {
    if (c == 0 || *other.special_ == Exactness::Kind::nan) return set_nan();
    return add_infinity(*other.special_ == Exactness::Kind::positive_infinity ? 1 : -1);
  }
  if (c == 0) return;
  constant_ += c * other.constant_;
  for (LogTerm& log_term : other.logs_)
    logs_.push_back({Rational(c * log_term.coefficient), log_term.argument});
  for (WeightedRow& row : other.rows_) rows_.push_back({Rational(c * row.weight), std::move(row.row)});
}

Enclosure LogForm::enclose(const Rational& base) const {
  if (!rows_.empty() && base != 0 && constant_ == 0) {
    // Rows of equal logits may add up to a rational, which the tails of the others must be seen beside.
    if (const auto ratio = log_ratio(merged_logs(), base))
      return Enclosure(*ratio) + enclose_tails() / log(Enclosure(base));
  }
  const bool binary = base == 2 && constant_ == 0 && rows_.empty();
  Enclosure total(constant_);
  for (const LogTerm& log_term : logs_) total += term(log_term, binary);
  total += enclose_tails();
  return base == 0 || binary ? total : total / log(Enclosure(base));
}

Enclosure LogForm::enclose_exp() const {
  if (!rows_.empty() && constant_ == 0) {
    const PowerProduct product = power_product(merged_logs());
    if (product.value) return Enclosure(*product.value) * exp(enclose_tails());
  }
  return exp(enclose(0));
}

Enclosure LogForm::enclose_tails() const {
  Enclosure total;
  for (const WeightedRow& row : rows_) total += Enclosure(row.weight) * row.row.enclose_tail();
  return total;
}

std::vector<LogTerm> LogForm::merged_logs() const {
  std::map<Rational, Rational> coefficients;
  for (const LogTerm& log_term : logs_) coefficients[log_term.argument] += log_term.coefficient;
  std::vector<LogTerm> merged;
  for (const auto& [argument, coefficient] : coefficients) {
    if (coefficient != 0) merged.push_back({coefficient, argument});
  }
  return merged;
}

Exactness LogForm::exactness(const Rational& base) const {
  if (special_) return special();
  if (!rows_.empty()) return Exactness::irrational();
  const auto logs = merged_logs();
  if (base != 0 && constant_ != 0) return Exactness::irrational();
  if (logs.size() > kMaxArguments) return {};
  if (base == 0) return is_zero(logs) ? Exactness::rational(constant_) : Exactness::irrational();
  const auto ratio = log_ratio(logs, base);
  return ratio ? Exactness::rational(*ratio) : Exactness::irrational();
}

Exactness LogForm::exactness_of_exp() const {
  if (special_) {
    return *special_ == Exactness::Kind::negative_infinity ? Exactness::rational(0) : special();
  }
  if (!rows_.empty() || constant_ != 0) return Exactness::irrational();
  const auto logs = merged_logs();
  if (logs.size() > kMaxArguments) return {};
  const PowerProduct product = power_product(logs);
  if (!product.is_rational) return Exactness::irrational();
  return product.value ? Exactness::rational(*product.value) : Exactness{};
}

}  // namespace xent::reference
