// Intervals of 128-bit integers: the arithmetic of the first rung, where a row has too many classes to meet
// MPFI one by one. Integers round nothing by themselves: every error is the floor of a shift or of a product,
// and is counted where it is made.
#ifndef XENT_REFERENCE_FIXED_POINT_H
#define XENT_REFERENCE_FIXED_POINT_H

#include <cstdint>
#include <optional>

#include "reference/enclosure.h"
#include "reference/format.h"
#include "reference/number.h"

namespace xent::reference {

Integer integer(Int128 value);

// The real numbers from lower * 2^exponent to upper * 2^exponent. Domain: lower <= upper.
struct FixedInterval {
  Int128 lower = 0;
  Int128 upper = 0;
  int exponent = 0;

  Enclosure enclosure() const;
  // The float that all numbers inside round to; none if there are two.
  std::optional<Bits> round(const Format& format, Rounding direction) const;
};

FixedInterval operator-(const FixedInterval& a, const FixedInterval& b);

// An enclosure as integers of at most 125 bits. Domain: finite ends.
FixedInterval fixed_interval(const Enclosure& x);
// The same in units of 2^exponent. Domain: below 2^125 of them.
FixedInterval with_unit(const Enclosure& x, int exponent);
FixedInterval shifted_to(const FixedInterval& x, int exponent);

// floor(a * b / 2^128), or less by at most 2: the product of the lower halves is left out.
inline Uint128 high_product(Uint128 a, Uint128 b) {
  const auto a0 = static_cast<std::uint64_t>(a), a1 = static_cast<std::uint64_t>(a >> 64);
  const auto b0 = static_cast<std::uint64_t>(b), b1 = static_cast<std::uint64_t>(b >> 64);
  return Uint128{a1} * b1 + (Uint128{a1} * b0 >> 64) + (Uint128{a0} * b1 >> 64);
}

// A logit as an integer: floor(x 2^kLogitBits). Nothing for |x| >= 2^16, which few rows have.
inline constexpr int kLogitBits = 110;
inline constexpr double kLogitLimit = 65536;
std::optional<Int128> fixed_logit(const Number& x);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_FIXED_POINT_H
