#include "reference/format.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <limits>

namespace xent::reference {
namespace {

constexpr std::array<Format, 6> kFormats = {{
    {XENT_FP8_E5M2, "fp8_e5m2", 8, 3, -14, 15, true},
    {XENT_FP8_E4M3, "fp8_e4m3", 8, 4, -6, 8, false},
    {XENT_BINARY16, "binary16", 16, 11, -14, 15, true},
    {XENT_BFLOAT16, "bfloat16", 16, 8, -126, 127, true},
    {XENT_BINARY32, "binary32", 32, 24, -126, 127, true},
    {XENT_BINARY64, "binary64", 64, 53, -1022, 1023, true},
}};

Bits sign_bit(const Format& f) {
  return Bits{1} << (f.width - 1);
}
// The first magnitude that is not a finite number: infinity, or the NaN of a format without one.
Bits beyond(const Format& f) {
  return f.has_infinity ? sign_bit(f) - (Bits{1} << (f.precision - 1)) : sign_bit(f) - 1;
}

// floor(log2 |significand|) for a nonzero integer.
std::int64_t top_bit(const Integer& magnitude) {
  return static_cast<std::int64_t>(mpz_sizeinbase(magnitude.backend().data(), 2)) - 1;
}

// A positive number in [significand, significand + 1) * 2^exponent, equal to the lower end if it is exact.
// The significand has kBits bits, far more than any format, or one less, so that floats and the midpoints
// between them are significands.
struct Magnitude {
  static constexpr int kBits = 100;
  Uint128 significand;
  std::int64_t exponent;
  bool is_exact;
};

Magnitude magnitude_of(Uint128 value, std::int64_t exponent) {
  const int shift = Magnitude::kBits - bit_width(value);
  if (shift >= 0) return {value << shift, exponent - shift, true};
  return {value >> -shift, exponent - shift, (value & ((Uint128{1} << -shift) - 1)) == 0};
}

Magnitude magnitude_of(const Integer& value, std::int64_t exponent) {
  const std::int64_t shift = Magnitude::kBits - 1 - top_bit(value);
  Integer significand;
  if (shift >= 0) {
    significand = value << static_cast<unsigned long>(shift);
  } else {
    significand = value >> static_cast<unsigned long>(-shift);
  }
  const auto high = Integer(significand >> 64).convert_to<std::uint64_t>();
  const auto low = Integer(significand & Integer(~std::uint64_t{0})).convert_to<std::uint64_t>();
  const bool is_exact =
      shift >= 0 || mpz_divisible_2exp_p(value.backend().data(), static_cast<mp_bitcnt_t>(-shift)) != 0;
  return {Uint128{high} << 64 | low, exponent - shift, is_exact};
}

// The same number, moved by an infinitesimal.
Magnitude moved(Magnitude magnitude, Sticky side) {
  if (!magnitude.is_exact || side == Sticky::none) return magnitude;
  if (side == Sticky::below) --magnitude.significand;
  magnitude.is_exact = false;
  return magnitude;
}

std::int64_t binary_exponent(const Magnitude& m) {
  return m.exponent + bit_width(m.significand) - 1;
}

// Where a magnitude lies between the two neighbouring multiples of the quantum.
enum class Remainder { zero, below_half, half, above_half };

struct Truncated {
  Bits quanta;
  Remainder remainder;
};

// A magnitude cut to a multiple of 2^quantum, with the class of what was cut off. Domain: quantum above the
// exponent.
Truncated truncate(const Magnitude& m, std::int64_t quantum) {
  const std::int64_t drop = quantum - m.exponent;
  if (drop > Magnitude::kBits) return {0, Remainder::below_half};
  const Uint128 half = Uint128{1} << (drop - 1);
  const Uint128 rest = m.significand & (2 * half - 1);
  const auto quanta = static_cast<Bits>(m.significand >> drop);
  if (rest == 0 && m.is_exact) return {quanta, Remainder::zero};
  if (rest == half && m.is_exact) return {quanta, Remainder::half};
  return {quanta, rest < half ? Remainder::below_half : Remainder::above_half};
}

bool rounds_away(const Truncated& t, bool negative, Rounding direction) {
  if (t.remainder == Remainder::zero) return false;
  switch (direction) {
    case Rounding::nearest_even:
      return t.remainder == Remainder::above_half || (t.remainder == Remainder::half && t.quanta % 2 != 0);
    case Rounding::nearest_away:
      return t.remainder == Remainder::above_half || t.remainder == Remainder::half;
    case Rounding::toward_zero:
      return false;
    case Rounding::upward:
      return !negative;
    case Rounding::downward:
      return negative;
  }
  return false;
}

Bits overflow(const Format& f, bool negative, Rounding direction) {
  const bool away = direction == Rounding::nearest_even || direction == Rounding::nearest_away ||
                    (direction == Rounding::upward && !negative) ||
                    (direction == Rounding::downward && negative);
  return (negative ? sign_bit(f) : 0) | (away ? beyond(f) : beyond(f) - 1);
}

// The pattern of quanta * 2^exponent, quanta <= 2^precision: in this layout the magnitudes of a format are
// consecutive integers, so a carry out of the significand lands in the exponent by itself.
Bits assemble(const Format& f, bool negative, Bits quanta, std::int64_t exponent, Rounding direction) {
  const auto steps = static_cast<Bits>(exponent - f.quantum_exponent());
  const Bits magnitude = quanta + (steps << (f.precision - 1));
  if (magnitude >= beyond(f)) return overflow(f, negative, direction);
  return (negative ? sign_bit(f) : 0) | magnitude;
}

// A sticky zero: the value is an infinitesimal of known sign.
Bits round_infinitesimal(const Format& f, Sticky sticky, Rounding direction) {
  const bool negative = sticky == Sticky::below;
  const bool away = direction == (negative ? Rounding::downward : Rounding::upward);
  return (negative ? sign_bit(f) : 0) | (away ? 1 : 0);
}

Bits round(const Magnitude& magnitude, bool negative, const Format& f, Rounding direction) {
  const std::int64_t exponent = binary_exponent(magnitude);
  if (exponent > f.emax + 1) return overflow(f, negative, direction);
  const std::int64_t quantum = ulp_exponent(f, exponent);
  Truncated truncated = truncate(magnitude, quantum);
  if (rounds_away(truncated, negative, direction)) truncated.quanta += 1;
  return assemble(f, negative, truncated.quanta, quantum, direction);
}

Sticky outward(Sticky sticky, bool negative) {
  if (!negative || sticky == Sticky::none) return sticky;
  return sticky == Sticky::above ? Sticky::below : Sticky::above;
}

}  // namespace

double Format::unit_roundoff() const {
  return std::ldexp(1.0, -precision);
}

double Format::largest() const {
  // NaN takes the place of the last one where there is no infinity.
  return std::ldexp(2 - std::ldexp(has_infinity ? 1.0 : 2.0, 1 - precision), emax);
}

std::span<const Format> formats() {
  return kFormats;
}

const Format& format(xent_format id) {
  const auto found =
      std::find_if(kFormats.begin(), kFormats.end(), [id](const Format& f) { return f.id == id; });
  assert(found != kFormats.end());
  return *found;
}

const Format* find_format(std::string_view name) {
  const auto found =
      std::find_if(kFormats.begin(), kFormats.end(), [name](const Format& f) { return f.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

const char* name(Rounding direction) {
  constexpr const char* kNames[] = {"nearest_even", "nearest_away", "toward_zero", "upward", "downward"};
  return kNames[static_cast<int>(direction)];
}

double decode(const Format& f, Bits bits) {
  const bool negative = (bits & sign_bit(f)) != 0;
  const Bits magnitude = bits & (sign_bit(f) - 1);
  if (magnitude > beyond(f)) return std::numeric_limits<double>::quiet_NaN();
  const double sign = negative ? -1.0 : 1.0;
  if (magnitude == beyond(f))
    return f.has_infinity ? sign * HUGE_VAL : std::numeric_limits<double>::quiet_NaN();
  const Bits fraction_mask = (Bits{1} << (f.precision - 1)) - 1;
  const auto exponent_field = static_cast<int>(magnitude >> (f.precision - 1));
  const Bits significand = (magnitude & fraction_mask) | (exponent_field > 0 ? fraction_mask + 1 : 0);
  return sign *
         std::ldexp(static_cast<double>(significand), f.quantum_exponent() + std::max(exponent_field - 1, 0));
}

std::optional<Bits> find_bits(const Format& f, double value) {
  if (std::isnan(value)) return beyond(f) | (Bits{1} << (f.precision - 2));  // quiet
  const Bits sign = std::signbit(value) ? sign_bit(f) : 0;
  if (std::isinf(value)) return f.has_infinity ? std::optional(sign | beyond(f)) : std::nullopt;
  if (f.id == XENT_BINARY64) return std::bit_cast<Bits>(value);
  if (value == 0) return sign;
  // |value| = significand * 2^(exponent - 52), normal, as whatever is subnormal in binary64 is far below the
  // other formats.
  const Bits bits = std::bit_cast<Bits>(value);
  const auto exponent = static_cast<int>((bits >> 52) & 0x7ff) - 1023;
  const Bits significand = (bits & 0xfffffffffffff) | 0x10000000000000;
  if (exponent > f.emax) return std::nullopt;
  const int quantum = std::max(exponent, f.emin) - f.precision + 1;
  const int dropped = quantum - (exponent - 52);
  if (dropped > 52 || (significand & ((Bits{1} << dropped) - 1)) != 0) return std::nullopt;
  const auto steps = static_cast<Bits>(quantum - f.quantum_exponent());
  const Bits magnitude = (significand >> dropped) + (steps << (f.precision - 1));
  return magnitude < beyond(f) ? std::optional(sign | magnitude) : std::nullopt;
}

Bits encode(const Format& f, double value) {
  if (std::isinf(value)) return beyond(f) | (value < 0 ? sign_bit(f) : 0);
  const auto bits = find_bits(f, value);
  assert(bits.has_value());
  return *bits;
}

std::string hexfloat(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%a", value);
  return std::isnan(value) ? "nan" : buffer;
}

Bits round(const Dyadic& value, Sticky sticky, const Format& f, Rounding direction) {
  if (value.significand == 0) return sticky == Sticky::none ? 0 : round_infinitesimal(f, sticky, direction);
  const bool negative = value.significand < 0;
  const Magnitude magnitude = magnitude_of(Integer(abs(value.significand)), value.exponent);
  return round(moved(magnitude, outward(sticky, negative)), negative, f, direction);
}

Bits round_fixed(Int128 value, std::int64_t exponent, Sticky sticky, const Format& f, Rounding direction) {
  if (value == 0) return sticky == Sticky::none ? 0 : round_infinitesimal(f, sticky, direction);
  const bool negative = value < 0;
  const Magnitude size = magnitude_of(magnitude(value), exponent);
  return round(moved(size, outward(sticky, negative)), negative, f, direction);
}

Bits round(const Rational& value, const Format& f, Rounding direction) {
  const Integer num = numerator(value);
  const Integer den = denominator(value);
  if (num == 0) return 0;
  // A quotient with more bits than any format needs, and a sticky bit for what the division left over.
  const std::int64_t shift =
      std::max<std::int64_t>(0, f.precision + 2 + top_bit(den) - top_bit(abs(num)) + 1);
  const Integer scaled = abs(num) << static_cast<unsigned long>(shift);
  Dyadic quotient{Integer(scaled / den), -shift};
  Sticky sticky = scaled % den == 0 ? Sticky::none : Sticky::above;
  if (num < 0) quotient.significand = -quotient.significand;
  return round(quotient, outward(sticky, num < 0), f, direction);
}

int ulp_exponent(const Format& f, std::int64_t binary_exponent) {
  const std::int64_t top = std::clamp<std::int64_t>(binary_exponent, f.emin, f.emax);
  return static_cast<int>(top - f.precision + 1);
}

}  // namespace xent::reference
