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

// Where a magnitude lies between the two neighbouring multiples of the quantum.
enum class Remainder { zero, below_half, half, above_half };

struct Truncated {
  Integer quanta;
  Remainder remainder;
};

// magnitude * 2^shift cut to an integer, with the class of what was cut off.
Truncated truncate(const Integer& magnitude, std::int64_t shift) {
  if (shift >= 0) return {Integer(magnitude << static_cast<unsigned long>(shift)), Remainder::zero};
  const std::int64_t drop = -shift;
  if (drop > top_bit(magnitude) + 1) return {0, Remainder::below_half};
  const auto bits = static_cast<unsigned long>(drop);
  Integer quanta = magnitude >> bits;
  const Integer rest = magnitude - (quanta << bits);
  const Integer half = Integer(1) << (bits - 1);
  const Remainder remainder = rest == 0      ? Remainder::zero
                              : rest < half  ? Remainder::below_half
                              : rest == half ? Remainder::half
                                             : Remainder::above_half;
  return {quanta, remainder};
}

// A magnitude approached from below, as one approached from above: one unit less, of units so fine that no
// float and no midpoint (multiples of a quarter of `quantum`, even just below a power of two) lies in
// between.
Dyadic just_below(const Integer& magnitude, std::int64_t exponent, std::int64_t quantum) {
  const std::int64_t finer = std::max<std::int64_t>(0, exponent - quantum + 4);
  return {Integer((magnitude << static_cast<unsigned long>(finer)) - 1), exponent - finer};
}

// Marks a truncated magnitude as lying strictly above what is written.
void nudge_up(Truncated& t) {
  if (t.remainder == Remainder::zero) t.remainder = Remainder::below_half;
  if (t.remainder == Remainder::half) t.remainder = Remainder::above_half;
}

bool rounds_away(const Truncated& t, bool negative, Rounding direction) {
  if (t.remainder == Remainder::zero) return false;
  switch (direction) {
    case Rounding::nearest_even:
      return t.remainder == Remainder::above_half ||
             (t.remainder == Remainder::half && boost::multiprecision::bit_test(t.quanta, 0));
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
Bits assemble(const Format& f, bool negative, const Integer& quanta, std::int64_t exponent,
              Rounding direction) {
  const auto steps = static_cast<Bits>(exponent - f.quantum_exponent());
  const Bits magnitude = quanta.convert_to<Bits>() + (steps << (f.precision - 1));
  if (magnitude >= beyond(f)) return overflow(f, negative, direction);
  return (negative ? sign_bit(f) : 0) | magnitude;
}

// A sticky zero: the value is an infinitesimal of known sign.
Bits round_infinitesimal(const Format& f, Sticky sticky, Rounding direction) {
  const bool negative = sticky == Sticky::below;
  const bool away = direction == (negative ? Rounding::downward : Rounding::upward);
  return (negative ? sign_bit(f) : 0) | (away ? 1 : 0);
}

Sticky outward(Sticky sticky, bool negative) {
  if (!negative || sticky == Sticky::none) return sticky;
  return sticky == Sticky::above ? Sticky::below : Sticky::above;
}

}  // namespace

double Format::unit_roundoff() const {
  return std::ldexp(1.0, -precision);
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

Bits encode(const Format& f, double value) {
  if (std::isnan(value)) return beyond(f) | (Bits{1} << (f.precision - 2));  // quiet
  if (std::isinf(value)) return beyond(f) | (value < 0 ? sign_bit(f) : 0);
  if (value == 0) return std::signbit(value) ? sign_bit(f) : 0;
  const Bits bits = round(Rational(value), f, Rounding::toward_zero);
  assert(decode(f, bits) == value);
  return bits;
}

std::string hexfloat(double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%a", value);
  return std::isnan(value) ? "nan" : buffer;
}

Bits round(const Dyadic& value, Sticky sticky, const Format& f, Rounding direction) {
  if (value.significand == 0) return sticky == Sticky::none ? 0 : round_infinitesimal(f, sticky, direction);
  const bool negative = value.significand < 0;
  const Sticky side = outward(sticky, negative);
  Dyadic magnitude{Integer(abs(value.significand)), value.exponent};
  const auto binary_exponent = [&] { return top_bit(magnitude.significand) + magnitude.exponent; };
  if (binary_exponent() > f.emax + 1) return overflow(f, negative, direction);
  if (side == Sticky::below) {
    magnitude = just_below(magnitude.significand, magnitude.exponent, ulp_exponent(f, binary_exponent()));
  }
  const std::int64_t quantum = ulp_exponent(f, binary_exponent());
  Truncated truncated = truncate(magnitude.significand, magnitude.exponent - quantum);
  if (side != Sticky::none) nudge_up(truncated);
  if (rounds_away(truncated, negative, direction)) truncated.quanta += 1;
  return assemble(f, negative, truncated.quanta, quantum, direction);
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
