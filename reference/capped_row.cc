#include "reference/capped_row.h"

#include <algorithm>

namespace xent::reference {
namespace {

class Lazy final : public RealNumber {
 public:
  explicit Lazy(std::function<Enclosure()> enclose, bool is_not_zero = false)
      : enclose_(std::move(enclose)), is_not_zero_(is_not_zero) {}
  Enclosure enclose() const override { return enclose_(); }
  bool is_not_zero() const override { return is_not_zero_; }

 private:
  std::function<Enclosure()> enclose_;
  bool is_not_zero_;
};

std::shared_ptr<const RealNumber> number(std::function<Enclosure()> enclose, bool is_not_zero = false) {
  return std::make_shared<const Lazy>(std::move(enclose), is_not_zero);
}

// The derivative of tanh, 1 / cosh^2, without the cancellation of 1 - tanh^2.
Enclosure squared_sech(const Enclosure& z) {
  return Enclosure(4L) / square(exp(z) + exp(-z));
}

}  // namespace

CappedRow::CappedRow(std::span<const Number> logits, const Number& cap) {
  const auto largest = std::max_element(logits.begin(), logits.end());
  logits_ = std::make_shared<const Logits>(Logits{
      {logits.begin(), logits.end()}, cap.rational(), static_cast<std::size_t>(largest - logits.begin())});
}

std::int64_t CappedRow::equal_logits() const {
  const auto& x = logits_->x;
  const bool equal = std::all_of(x.begin(), x.end(), [&](const Number& other) { return other == x.front(); });
  return equal ? static_cast<std::int64_t>(x.size()) : 0;
}

Enclosure CappedRow::ratio(const Logits& logits, std::size_t c) {
  return Enclosure(logits.x[c]) / Enclosure(logits.cap);
}

Enclosure CappedRow::Evaluated::gap(std::size_t c) const {
  return c == largest ? Enclosure() : y[largest] - y[c];
}

Enclosure CappedRow::Evaluated::lse() const {
  return y[largest] + tail;
}

CappedRow::Evaluated CappedRow::evaluate(const Logits& logits) {
  Evaluated result;
  result.largest = logits.largest;
  const Enclosure cap(logits.cap);
  for (std::size_t c = 0; c < logits.x.size(); ++c) {
    const Number& x = logits.x[c];
    result.y.push_back(x.is_finite() ? cap * tanh(ratio(logits, c)) : x.sign() > 0 ? cap : -cap);
  }
  Enclosure others;
  for (std::size_t c = 0; c < result.y.size(); ++c) {
    if (c != logits.largest) others += exp(-result.gap(c));
  }
  result.tail = log1p(others);
  return result;
}

std::shared_ptr<const RealNumber> CappedRow::loss(std::vector<ClassMass> masses) const {
  return number([logits = logits_, masses = std::move(masses)] {
    const Evaluated row = evaluate(*logits);
    Enclosure total;
    for (const auto& [c, mass] : masses) {
      total += mass.enclose() * (row.gap(static_cast<std::size_t>(c)) + row.tail);
    }
    return total;
  });
}

std::shared_ptr<const RealNumber> CappedRow::lse() const {
  return number([logits = logits_] { return evaluate(*logits).lse(); });
}

std::shared_ptr<const RealNumber> CappedRow::squared_lse() const {
  return number([lse = lse()] { return square(lse->enclose()); });
}

// The difference is 0 neither where nothing is subtracted nor where all is, p being below 1. p - 1 keeps its
// relative accuracy where p is nearly 1.
std::shared_ptr<const RealNumber> CappedRow::loss_derivative(std::int64_t c, ExpSum factor, Mass mass) const {
  const auto index = static_cast<std::size_t>(c);
  ExpSum others = factor;
  others.add(-1, mass);
  const bool vanishes = logits_->x[index].is_infinite() || factor.is_zero();
  const bool is_not_zero = !vanishes && (mass.is_zero() || (others.is_zero() && logits_->x.size() > 1));
  const auto enclose = [logits = logits_, index, factor = std::move(factor), others = std::move(others),
                        mass = std::move(mass)] {
    if (logits->x[index].is_infinite()) return Enclosure();
    const Evaluated row = evaluate(*logits);
    const Enclosure slope = squared_sech(ratio(*logits, index));
    if (index == row.largest) return (others.enclose() + factor.enclose() * expm1(-row.tail)) * slope;
    return (exp(-row.gap(index) - row.tail) * factor.enclose() - mass.enclose()) * slope;
  };
  return number(enclose, is_not_zero);
}

std::shared_ptr<const RealNumber> CappedRow::squared_lse_derivative(std::int64_t c, Rational z) const {
  return number([logits = logits_, index = static_cast<std::size_t>(c), z = std::move(z)] {
    if (logits->x[index].is_infinite()) return Enclosure();
    const Evaluated row = evaluate(*logits);
    return Enclosure(z) * row.lse() * exp(-row.gap(index) - row.tail) * squared_sech(ratio(*logits, index));
  });
}

}  // namespace xent::reference
