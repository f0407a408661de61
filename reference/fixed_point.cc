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

std::int64_t bit_width(const Dyadic& x) {
  return x.significand == 0
             ? 0
             : static_cast<std::int64_t>(mpz_sizeinbase(x.significand.backend().data(), 2)) + x.exponent;
}

}  // namespace

Integer integer(Int128 value) {
  const Uint128 magnitude = value < 0 ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
  const Integer result = Integer(static_cast<std::uint64_t>(magnitude >> 64)) << 64 |
                         Integer(static_cast<std::uint64_t>(magnitude));
  return value < 0 ? Integer(-result) : result;
}

Enclosure FixedInterval::enclosure() const {
  return Enclosure::between({integer(lower), exponent}, {integer(upper), exponent});
}

std::optional<Bits> FixedInterval::round(const Format& format, Rounding direction) const {
  const Bits low = reference::round({integer(lower), exponent}, Sticky::none, format, direction);
  const Bits high = reference::round({integer(upper), exponent}, Sticky::none, format, direction);
  return low == high ? std::optional(low) : std::nullopt;
}

FixedInterval fixed_interval(const Enclosure& x) {
  const Dyadic lower = x.lower(), upper = x.upper();
  std::int64_t width = std::max(bit_width(lower), bit_width(upper));
  if (lower.significand == 0) width = bit_width(upper);
  if (upper.significand == 0) width = bit_width(lower);
  const std::int64_t unit = width - 125;
  return {shifted(lower, unit, false), shifted(upper, unit, true), static_cast<int>(unit)};
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
