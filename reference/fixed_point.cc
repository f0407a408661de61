#include "reference/fixed_point.h"

#include <bit>
#include <cmath>

namespace xent::reference {
namespace {

std::optional<Int128> to_int128(const Integer& value) {
  if (mpz_sizeinbase(value.backend().data(), 2) > 126) return std::nullopt;
  const Integer magnitude = abs(value);
  const auto high = Integer(magnitude >> 64).convert_to<std::uint64_t>();
  const auto low = Integer(magnitude & Integer(~std::uint64_t{0})).convert_to<std::uint64_t>();
  const auto result = static_cast<Int128>(Uint128{high} << 64 | low);
  return value < 0 ? -result : result;
}

// Domain: |x| < kLogitLimit.
Int128 fixed_double(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const auto field = static_cast<int>(bits >> 52 & 0x7ff);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const auto magnitude = static_cast<Int128>(field == 0 ? fraction : fraction | std::uint64_t{1} << 52);
  const Int128 significand = std::signbit(x) ? -magnitude : magnitude;
  const int shift = std::max(field, 1) - 1075 + kLogitBits;
  // An arithmetic shift is a floor.
  return shift >= 0 ? significand * (Int128{1} << shift) : significand >> std::min(-shift, 127);
}

// floor(significand 2^(exponent - unit)), or ceil.
Int128 shifted(const Dyadic& x, std::int64_t unit, bool up) {
  const std::int64_t shift = x.exponent - unit;
  Integer value;
  if (shift >= 0) {
    value = x.significand << static_cast<unsigned long>(shift);
  } else {
    (up ? mpz_cdiv_q_2exp : mpz_fdiv_q_2exp)(value.backend().data(), x.significand.backend().data(),
                                             static_cast<mp_bitcnt_t>(-shift));
  }
  return *to_int128(value);
}

// A k with |x| <= 2^k.
std::int64_t top_exponent(const Dyadic& x) {
  constexpr std::int64_t kLeast = -100000;
  if (x.significand == 0) return kLeast;
  return std::max(kLeast,
                  static_cast<std::int64_t>(mpz_sizeinbase(x.significand.backend().data(), 2)) + x.exponent);
}

int top_exponent(const FixedInterval& x) {
  return x.exponent + std::max(bit_width(magnitude(x.lower)), bit_width(magnitude(x.upper)));
}

// floor(value 2^shift), or ceil. Domain: the result has at most 126 bits.
Int128 shifted(Int128 value, int shift, bool up) {
  if (shift >= 0) return value == 0 ? 0 : value * (Int128{1} << shift);
  const Int128 towards = up ? -value : value;
  const Int128 floor = towards >> std::min(-shift, 127);
  return up ? -floor : floor;
}

}  // namespace

Integer integer(Int128 value) {
  const Uint128 size = magnitude(value);
  const Integer result =
      Integer(static_cast<std::uint64_t>(size >> 64)) << 64 | Integer(static_cast<std::uint64_t>(size));
  return value < 0 ? Integer(-result) : result;
}

Enclosure FixedInterval::enclosure() const {
  return Enclosure::between({integer(lower), exponent}, {integer(upper), exponent});
}

std::optional<Bits> FixedInterval::round(const Format& format, Rounding direction) const {
  const Bits low = round_fixed(lower, exponent, Sticky::none, format, direction);
  const Bits high = round_fixed(upper, exponent, Sticky::none, format, direction);
  return low == high ? std::optional(low) : std::nullopt;
}

FixedInterval fixed_interval(const Enclosure& x) {
  const Dyadic lower = x.lower(), upper = x.upper();
  return with_unit(x, static_cast<int>(std::max(top_exponent(lower), top_exponent(upper)) - 125));
}

FixedInterval with_unit(const Enclosure& x, int exponent) {
  return {shifted(x.lower(), exponent, false), shifted(x.upper(), exponent, true), exponent};
}

FixedInterval shifted_to(const FixedInterval& x, int exponent) {
  const int shift = x.exponent - exponent;
  return {shifted(x.lower, shift, false), shifted(x.upper, shift, true), exponent};
}

FixedInterval operator-(const FixedInterval& a, const FixedInterval& b) {
  const int exponent = std::max(top_exponent(a), top_exponent(b)) - 124;
  const FixedInterval minuend = shifted_to(a, exponent);
  const FixedInterval subtrahend = shifted_to(b, exponent);
  return {minuend.lower - subtrahend.upper, minuend.upper - subtrahend.lower, exponent};
}

std::optional<Int128> fixed_logit(const Number& x) {
  if (x.is_double()) {
    const double value = x.as_double();
    return std::abs(value) < kLogitLimit ? std::optional(fixed_double(value)) : std::nullopt;
  }
  const Rational value = x.rational();
  Integer scaled = numerator(value) << kLogitBits;
  mpz_fdiv_q(scaled.backend().data(), scaled.backend().data(), denominator(value).backend().data());
  return to_int128(scaled);
}

}  // namespace xent::reference
