#include "reference/fixed_softmax.h"

#include "reference/fixed_exp.h"

namespace xent::reference {
namespace {

// [lower, upper] of a positive number times a factor of either sign, both in their units, in units of 2^128
// of the product. high_product() may be 3 short.
FixedInterval product(Uint128 lower, Uint128 upper, const FixedInterval& factor, int exponent) {
  const auto down = [](Uint128 a, Int128 b) {
    return static_cast<Int128>(high_product(a, static_cast<Uint128>(b)));
  };
  const auto up = [&](Uint128 a, Int128 b) { return down(a, b) + 3; };
  FixedInterval result;
  result.lower = factor.lower >= 0 ? down(lower, factor.lower) : -up(upper, -factor.lower);
  result.upper = factor.upper >= 0 ? up(upper, factor.upper) : -down(lower, -factor.upper);
  result.exponent = exponent + factor.exponent + 128;
  return result;
}

// e^(x - m) 2^exponent, lower and upper end: by fixed_exp.h, or by nothing but its being tiny.
FixedInterval exp_of_logit(Int128 largest, const Number& x, const FixedInterval& factor) {
  const auto fixed = fixed_logit(x);
  if (!fixed || largest - *fixed >= kExpLimit) return product(0, 1, factor, -1731);
  const FixedExp power = fixed_exp(largest - *fixed);
  const auto error = static_cast<Uint128>(kExpError);
  return product(power.significand - error, power.significand + error, factor, -kExpBits - power.exponent);
}

// Says nothing.
constexpr FixedInterval kUnknown{-1, 1, 1 << 20};

}  // namespace

std::vector<FixedInterval> fixed_softmax(const SoftmaxRow& row, const Enclosure& factor) {
  const auto largest = fixed_logit(row.largest());
  if (!largest || row.largest() < kLowestTop) return {};
  const FixedInterval scaled = fixed_interval(factor / exp(row.enclose_log_sum()));
  std::vector<FixedInterval> entries;
  entries.reserve(row.logits().size());
  for (std::size_t c = 0; c < row.logits().size(); ++c) {
    const Number x = row.logits()[c];
    entries.push_back(x.is_finite() ? exp_of_logit(*largest, x, scaled) : FixedInterval{});
  }
  return entries;
}

std::vector<FixedInterval> fixed_log_softmax(const SoftmaxRow& row) {
  const auto largest = fixed_logit(row.largest());
  if (!largest) return {};
  const FixedInterval log_sum = with_unit(row.enclose_log_sum(), -kLogitBits);
  std::vector<FixedInterval> entries;
  entries.reserve(row.logits().size());
  for (std::size_t c = 0; c < row.logits().size(); ++c) {
    const Number x = row.logits()[c];
    const auto fixed = fixed_logit(x);
    if (!fixed || *largest - *fixed >= Int128{1} << 126) {
      entries.push_back(kUnknown);
    } else {
      const Int128 difference = *fixed - *largest;  // within 1 of x - m
      entries.push_back({difference - 1 - log_sum.upper, difference + 1 - log_sum.lower, -kLogitBits});
    }
  }
  return entries;
}

void subtract_scaled(std::vector<FixedInterval>& entries, const NumberRow& logits,
                     std::span<const ClassMass> b, const Enclosure& scale) {
  // Most are equal to the one before.
  Mass last;
  FixedInterval subtrahend;
  for (const auto& [c, mass] : b) {
    const auto index = static_cast<std::size_t>(c);
    if (!logits[index].is_finite()) continue;
    if (!(mass == last)) {
      last = mass;
      subtrahend = fixed_interval(last.enclose() * scale);
    }
    entries[index] = entries[index] - subtrahend;
  }
}

}  // namespace xent::reference
