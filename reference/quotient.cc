#include "reference/quotient.h"

namespace xent::reference {
namespace {

class Quotient : public RealNumber {
 public:
  Quotient(LogForm dividend, std::shared_ptr<const SharedExpSum> divisor)
      : dividend_(std::move(dividend)), divisor_(std::move(divisor)) {}
  Enclosure enclose() const override { return dividend_.enclose(0) / divisor_->enclose(); }
  bool is_not_zero() const override { return dividend_.exactness(0).excludes_zero(); }

 private:
  LogForm dividend_;
  std::shared_ptr<const SharedExpSum> divisor_;
};

// The only quotient that has a theorem: what one power of e is multiplied by above, divided by what it is
// below, where that is the same for all of them. A quadratic number of logarithms is not compared.
std::optional<LogForm> common_quotient(const LogForm& dividend, const ExpSum& divisor) {
  constexpr std::size_t kMaxComparisons = 1 << 16;
  const auto& [first, factor] = *divisor.terms().begin();
  LogForm ratio;
  ratio.add(1 / factor, dividend.multiplier_of_power(first));
  const std::size_t powers = divisor.terms().size();
  const bool is_zero_alone = ratio.rational() == Rational(0);
  const bool lacks_powers = !is_zero_alone && dividend.count_powers() + 1 < powers;
  if (lacks_powers || ratio.count_logs() * powers > kMaxComparisons) return std::nullopt;
  LogForm rest = dividend;
  if (!is_zero_alone) {
    for (const auto& [d, c] : divisor.terms()) rest.add_multiple_of_power(-c, d, ratio);
  }
  const Exactness exactness = rest.exactness(0);
  const bool is_zero = exactness.kind == Exactness::Kind::rational && exactness.value == 0;
  return is_zero ? std::optional(std::move(ratio)) : std::nullopt;
}

}  // namespace

LogForm quotient(LogForm dividend, std::shared_ptr<const SharedExpSum> divisor) {
  LogForm result;
  if (dividend.is_special()) {
    result.add(divisor->sum().sign(), std::move(dividend));
  } else if (auto common = common_quotient(dividend, divisor->sum())) {
    return *std::move(common);
  } else {
    result.add_number(1, std::make_shared<Quotient>(std::move(dividend), std::move(divisor)));
  }
  return result;
}

}  // namespace xent::reference
