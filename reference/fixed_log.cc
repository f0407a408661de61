#include "reference/fixed_log.h"

#include <array>

namespace xent::reference {
namespace {

constexpr int kIndexBits = 8;
constexpr int kSize = (1 << kIndexBits) + 1;
constexpr int kUnit = -122;

struct Factors {
  std::array<std::uint32_t, kSize> multiplier;  // R in units of 2^-12
  std::array<Uint128, kSize> logarithm;         // -ln R in units of 2^-122, at most 1 too small

  Factors() {
    const PrecisionScope scope(256);
    for (std::uint32_t i = 0; i < kSize; ++i) {
      const std::uint32_t divisor = (1 << kIndexBits) + i;
      multiplier[i] = ((1 << (12 + kIndexBits)) + divisor - 1) / divisor;
      const Rational quotient(4096, multiplier[i]);
      logarithm[i] = static_cast<Uint128>(with_unit(log(Enclosure(quotient)), kUnit).lower);
    }
  }
};

const Factors& factors() {
  static const Factors kFactors;
  return kFactors;
}

// 2^64 - t(x), in units of 2^-64. Domain: x < 2^-7.7, in the same units.
Uint128 one_minus_t(std::uint64_t x) {
  constexpr Uint128 kOne = Uint128{1} << 64;
  auto sum = static_cast<std::uint64_t>(kOne / 8);
  for (std::uint64_t n = 7; n >= 2; --n)
    sum = static_cast<std::uint64_t>(kOne / n) - static_cast<std::uint64_t>(Uint128{x} * sum >> 64);
  return kOne - (Uint128{x} * sum >> 64);
}

// a (1 - t), in units of two of those of a, or at most 2 less.
Uint128 times(Uint128 a, Uint128 one_minus_t) {
  return high_product(a, one_minus_t << 63);
}

FixedInterval around(Uint128 value, Uint128 error, int exponent) {
  return {static_cast<Int128>(value) - static_cast<Int128>(error),
          static_cast<Int128>(value) + static_cast<Int128>(error), exponent};
}

}  // namespace

FixedInterval fixed_log1p(const FixedExp& u) {
  if (u.exponent >= kIndexBits) {
    const int shift = kExpBits - 64 + u.exponent;
    const auto x = shift < 128 ? static_cast<std::uint64_t>(u.significand >> shift) : 0;
    const Uint128 value = times(u.significand, one_minus_t(x));
    return around(value, (value >> 62) + 3 + static_cast<Uint128>(kExpError), 1 - kExpBits - u.exponent);
  }
  const Uint128 v = (Uint128{1} << kLogitBits) + (u.significand >> (kExpBits - kLogitBits + u.exponent));
  const auto index = static_cast<std::size_t>(v >> (kLogitBits - kIndexBits)) - (1 << kIndexBits);
  const Uint128 z = v * factors().multiplier[index] - (Uint128{1} << -kUnit);
  const auto x = static_cast<std::uint64_t>(z >> (-kUnit - 64));
  const Uint128 value = factors().logarithm[index] + 2 * times(z, one_minus_t(x));
  return around(value, (z >> 62) + (Uint128{1} << 27), kUnit);
}

FixedInterval fixed_softplus(Int128 x) {
  const FixedInterval tail = fixed_log1p(fixed_exp(x < 0 ? -x : x));
  if (x <= 0) return tail;
  const FixedInterval above = shifted_to(tail, -kLogitBits);
  return {x - 2 + above.lower, x + 2 + above.upper, -kLogitBits};
}

}  // namespace xent::reference
