#include "reference/log_form.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace xent::reference {
namespace {

constexpr std::size_t kMaxArguments = 4096;
constexpr std::size_t kMaxSharedArguments = 256;

// c ln q; in base 2 exact powers of two must come out as points.
Enclosure term(const LogTerm& log_term, bool binary) {
  const Enclosure argument(log_term.argument);
  return Enclosure(log_term.coefficient) * (binary ? log2(argument) : log(argument));
}

// Terms of distinct arguments, none 0.
std::vector<LogTerm> merged(std::span<const LogTerm> logs) {
  std::map<Rational, Rational> coefficients;
  for (const LogTerm& log_term : logs) coefficients[log_term.argument] += log_term.coefficient;
  std::vector<LogTerm> terms;
  for (const auto& [argument, coefficient] : coefficients) {
    if (coefficient != 0) terms.push_back({coefficient, argument});
  }
  return terms;
}

// A sum to be: with as many more bits as the terms have, their number adds nothing to the width.
Enclosure wide_zero(std::size_t terms) {
  const PrecisionScope scope(Enclosure().precision() + static_cast<int>(std::bit_width(terms)));
  return {};
}

}  // namespace

namespace {

class SharedForm : public RealNumber {
 public:
  explicit SharedForm(LogForm form) : form_(std::move(form)) {}
  Enclosure enclose() const override {
    return enclosures_.get([this] { return form_.enclose(0); });
  }

 private:
  LogForm form_;
  EnclosureCache enclosures_;
};

}  // namespace

Enclosure SharedLogs::enclose() const {
  return enclosures_.get([this] {
    Enclosure total = wide_zero(terms_.size());
    for (const LogTerm& log_term : terms_) total += term(log_term, false);
    return total;
  });
}

void LogForm::add_log(const Rational& c, const Number& q) {
  if (c == 0) return;
  if (q.is_zero()) return add_infinity(-c.sign());
  const Rational argument = q.rational();
  if (argument != 1) logs_.push_back({c, argument});
}

void LogForm::add_softmax(const Rational& w, SoftmaxRow row) {
  if (w == 0) return;
  constant_ += w * row.offset();
  add_log(w, Number(static_cast<double>(row.ties())));
  if (!row.has_no_tail()) rows_.push_back({w, std::move(row)});
}

void LogForm::add_squared_lse(const Rational& w, const Rational& largest, SoftmaxRow row) {
  if (w == 0) return;
  if (row.has_no_tail() && row.ties() == 1) return add(w * largest * largest);
  squares_.push_back({w, largest, std::move(row)});
}

void LogForm::add_power(const Rational& c, const Rational& d) {
  if (d == 0) return add(c);
  add_multiplier(d, c, {1, {}});
}

void LogForm::add_power_of_log(const Rational& c, const Rational& d, const Number& q) {
  if (d == 0) return add_log(c, q);
  if (c == 0) return;
  if (q.is_zero()) return add_infinity(-c.sign());
  const Rational argument = q.rational();
  if (argument != 1) add_multiplier(d, c, {0, {{1, argument}}});
}

void LogForm::add_multiplier(const Rational& d, const Rational& c, const Multiplier& multiplier) {
  Multiplier& sum = powers_[d];
  sum.coefficient += c * multiplier.coefficient;
  for (const LogTerm& log_term : multiplier.logs)
    sum.logs.push_back({Rational(c * log_term.coefficient), log_term.argument});
  if (sum.coefficient == 0 && sum.logs.empty()) powers_.erase(d);
}

void LogForm::add_number(const Rational& c, std::shared_ptr<const RealNumber> number) {
  if (c != 0) numbers_.push_back({c, std::move(number)});
}

bool LogForm::has_no_terms_but_numbers() const {
  return !special_ && constant_ == 0 && logs_.empty() && shared_logs_.empty() && rows_.empty() &&
         squares_.empty() && powers_.empty();
}

bool LogForm::is_empty() const {
  return has_no_terms_but_numbers() && numbers_.empty();
}

void LogForm::add_infinity(int sign) {
  const auto kind = sign > 0 ? Exactness::Kind::positive_infinity : Exactness::Kind::negative_infinity;
  special_ = special_ && *special_ != kind ? Exactness::Kind::nan : kind;
}

void LogForm::add(const Rational& c, LogForm other) {
  if (other.special_) {
    if (c == 0 || *other.special_ == Exactness::Kind::nan) return set_nan();
    const int sign = *other.special_ == Exactness::Kind::positive_infinity ? 1 : -1;
    return add_infinity(c > 0 ? sign : -sign);
  }
  if (c == 0) return;
  is_of_one_row_ = is_of_one_row_ && other.is_of_one_row_ && (is_empty() || other.is_empty());
  constant_ += c * other.constant_;
  for (LogTerm& log_term : other.logs_)
    logs_.push_back({Rational(c * log_term.coefficient), log_term.argument});
  for (WeightedLogs& shared : other.shared_logs_)
    shared_logs_.push_back({Rational(c * shared.weight), std::move(shared.logs)});
  for (WeightedRow& row : other.rows_) rows_.push_back({Rational(c * row.weight), std::move(row.row)});
  for (SquaredLse& square : other.squares_)
    squares_.push_back({Rational(c * square.weight), square.largest, std::move(square.row)});
  for (const auto& [d, multiplier] : other.powers_) add_multiplier(d, c, multiplier);
  for (WeightedNumber& number : other.numbers_)
    numbers_.push_back({Rational(c * number.weight), std::move(number.number)});
}

Enclosure LogForm::enclose(const Rational& base) const {
  if (!rows_.empty() && base != 0 && constant_ == 0) {
    // Rows of equal logits may add up to a rational, which the tails of the others must be seen beside.
    if (const auto ratio = log_ratio(merged_logs(), base))
      return Enclosure(*ratio) + (enclose_tails() + enclose_others()) / log(Enclosure(base));
  }
  const bool binary = base == 2 && constant_ == 0 && shared_logs_.empty() && rows_.empty() &&
                      squares_.empty() && powers_.empty() && numbers_.empty();
  Enclosure total = wide_zero(logs_.size());
  total += Enclosure(constant_);
  for (const LogTerm& log_term : logs_) total += term(log_term, binary);
  for (const WeightedLogs& shared : shared_logs_) total += Enclosure(shared.weight) * shared.logs->enclose();
  total += enclose_tails();
  total += enclose_others();
  return base == 0 || binary ? total : total / log(Enclosure(base));
}

Enclosure LogForm::enclose_exp() const {
  const auto power = rational_power();
  return power ? Enclosure(*power) * exp(enclose_remainder()) : exp(enclose(0));
}

std::optional<Rational> LogForm::rational_power() const {
  if (rows_.empty() || constant_ != 0 || !squares_.empty() || !powers_.empty() || !numbers_.empty())
    return std::nullopt;
  const auto logs = merged_logs();
  return logs.size() <= kMaxArguments ? power_product(logs).value : std::nullopt;
}

Enclosure LogForm::enclose_remainder() const {
  return enclose_tails();
}

Enclosure LogForm::enclose_tails() const {
  Enclosure total = wide_zero(rows_.size());
  for (const WeightedRow& row : rows_) total += Enclosure(row.weight) * row.row.enclose_tail();
  return total;
}

bool LogForm::Multiplier::is_rational() const {
  if (logs.empty()) return true;
  const auto merged = reference::merged(logs);
  return merged.empty() || (merged.size() > 1 && merged.size() <= kMaxArguments && is_zero(merged));
}

bool LogForm::has_logs_alone() const {
  return !special_ && shared_logs_.empty() && rows_.empty() && squares_.empty() && powers_.empty() &&
         numbers_.empty();
}

LogForm LogForm::multiplier_of_power(const Rational& d) const {
  LogForm multiplier;
  if (d == 0) {
    multiplier.constant_ = constant_;
    multiplier.logs_ = logs_;
  } else if (const auto found = powers_.find(d); found != powers_.end()) {
    multiplier.constant_ = found->second.coefficient;
    multiplier.logs_ = found->second.logs;
  }
  return multiplier;
}

void LogForm::add_multiple_of_power(const Rational& c, const Rational& d, const LogForm& multiplier) {
  add_power(c * multiplier.constant_, d);
  for (const LogTerm& log_term : multiplier.logs_)
    add_power_of_log(c * log_term.coefficient, d, Number(log_term.argument));
}

std::optional<Rational> LogForm::rational() const {
  const bool is_constant = !special_ && logs_.empty() && shared_logs_.empty() && rows_.empty() &&
                           squares_.empty() && powers_.empty() && numbers_.empty();
  return is_constant ? std::optional(constant_) : std::nullopt;
}

// What no theorem sees apart.
Enclosure LogForm::enclose_others() const {
  Enclosure total = wide_zero(squares_.size() + numbers_.size());
  for (const SquaredLse& term : squares_) {
    const Enclosure lse = Enclosure(term.largest) + log(Enclosure(static_cast<long>(term.row.ties()))) +
                          term.row.enclose_tail();
    total += Enclosure(term.weight) * square(lse);
  }
  for (const WeightedNumber& term : numbers_) total += Enclosure(term.weight) * term.number->enclose();
  return powers_.empty() ? total : total + enclose_powers();
}

Enclosure LogForm::enclose_powers() const {
  Enclosure total = wide_zero(powers_.size());
  for (const auto& [d, multiplier] : powers_) {
    Enclosure factor(multiplier.coefficient);
    for (const LogTerm& log_term : multiplier.logs) factor += term(log_term, false);
    total += factor * exp(Enclosure(d));
  }
  return total;
}

// By theorem 5.
Exactness LogForm::exactness_with_powers(const Rational& base) const {
  const auto is_zero = [](const auto& power) {
    return power.second.coefficient == 0 && power.second.is_rational();
  };
  if (std::all_of(powers_.begin(), powers_.end(), is_zero)) {
    LogForm rest = *this;
    rest.powers_.clear();
    return rest.exactness(base);
  }
  const bool has_others =
      !logs_.empty() || !shared_logs_.empty() || !rows_.empty() || !squares_.empty() || !numbers_.empty();
  const bool are_rational = std::all_of(powers_.begin(), powers_.end(),
                                        [](const auto& power) { return power.second.is_rational(); });
  if (has_others || !are_rational) return {};
  return base == 0 ? Exactness::irrational() : Exactness::not_zero();
}

// Whether the value is one that theorem 3 or 4 speaks of, if it has more than logarithms. Domain: no powers.
bool LogForm::has_a_theorem(const Rational& base) const {
  if (!numbers_.empty()) return false;
  if (!squares_.empty()) return is_of_one_row_ && squares_.size() == 1 && base == 0;
  return std::all_of(rows_.begin(), rows_.end(), [&](const WeightedRow& row) {
    return row.weight.sign() == rows_.front().weight.sign();
  });
}

std::vector<LogTerm> LogForm::merged_logs() const {
  std::vector<LogTerm> logs = logs_;
  for (const WeightedLogs& shared : shared_logs_) {
    for (const LogTerm& log_term : shared.logs->terms())
      logs.push_back({Rational(shared.weight * log_term.coefficient), log_term.argument});
  }
  return merged(logs);
}

bool LogForm::shares_too_many() const {
  return std::any_of(shared_logs_.begin(), shared_logs_.end(), [](const WeightedLogs& shared) {
    return shared.logs->terms().size() > kMaxSharedArguments;
  });
}

void LogForm::share() {
  std::vector<LogTerm> merged = merged_logs();
  logs_.clear();
  shared_logs_.clear();
  if (!merged.empty()) shared_logs_.push_back({1, std::make_shared<const SharedLogs>(std::move(merged))});
  if (powers_.size() <= kMaxSharedArguments) return;
  LogForm powers;
  powers.powers_ = std::exchange(powers_, {});
  add_number(1, std::make_shared<const SharedForm>(std::move(powers)));
}

Exactness LogForm::exactness(const Rational& base) const {
  if (special_) return special();
  if (has_no_terms_but_numbers() && numbers_.size() == 1 && numbers_.front().number->is_not_zero())
    return Exactness::not_zero();
  if (!powers_.empty()) return exactness_with_powers(base);
  if (!has_a_theorem(base)) return {};
  if (!rows_.empty() || !squares_.empty()) return Exactness::irrational();
  if (base != 0 && constant_ != 0) return Exactness::irrational();
  if (shares_too_many()) return {};
  const auto logs = merged_logs();
  if (logs.size() > kMaxArguments) return {};
  if (base == 0) return is_zero(logs) ? Exactness::rational(constant_) : Exactness::irrational();
  const auto ratio = log_ratio(logs, base);
  return ratio ? Exactness::rational(*ratio) : Exactness::irrational();
}

Exactness LogForm::exactness_of_exp() const {
  if (special_) {
    return *special_ == Exactness::Kind::negative_infinity ? Exactness::rational(0) : special();
  }
  if (!squares_.empty() || !powers_.empty() || !has_a_theorem(0)) return {};
  if (!rows_.empty() || constant_ != 0) return Exactness::irrational();
  if (shares_too_many()) return {};
  const auto logs = merged_logs();
  if (logs.size() > kMaxArguments) return {};
  const PowerProduct product = power_product(logs);
  if (!product.is_rational) return Exactness::irrational();
  return product.value ? Exactness::rational(*product.value) : Exactness{};
}

}  // namespace xent::reference
