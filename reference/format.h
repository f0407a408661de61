// Binary floating-point formats: their parameters, exact decoding, correct rounding in the five IEEE 754
// directions, and the one definition of ulp.
#ifndef XENT_REFERENCE_FORMAT_H
#define XENT_REFERENCE_FORMAT_H

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reference/number.h"
#include "reference/xent.h"

namespace xent::reference {

// A binary interchange format: sign, exponent field, precision - 1 stored significand bits. Those of 16 bits
// and more are IEEE 754's; E5M2 and E4M3 are of the OCP 8-bit Floating Point Specification (2023), without
// saturation: E4M3 has no infinities and one NaN a sign, so that its largest number is 448 and what overflows
// is NaN.
struct Format {
  xent_format id;
  const char* name;
  int width;      // bits in all
  int precision;  // significand bits, the implicit one included
  int emin;       // exponent of the smallest normal number
  int emax;       // exponent of the largest finite number: 2^emax <= max < 2^(emax + 1)
  bool has_infinity;

  int quantum_exponent() const { return emin - precision + 1; }  // exponent of the smallest subnormal
  double unit_roundoff() const;                                  // 2^-precision
  double largest() const;                                        // the largest finite number
  bool operator==(const Format& other) const { return id == other.id; }
};

// The formats results are rounded to, narrowest first. One row adds a format.
std::span<const Format> formats();
// Domain: a format in the catalogue.
const Format& format(xent_format id);
const Format* find_format(std::string_view name);

// IEEE 754-2019 section 4.3.
enum class Rounding { nearest_even, nearest_away, toward_zero, upward, downward };
inline constexpr Rounding kRoundings[] = {Rounding::nearest_even, Rounding::nearest_away,
                                          Rounding::toward_zero, Rounding::upward, Rounding::downward};
const char* name(Rounding direction);

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

inline int bit_width(Uint128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const auto width =
      high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(value));
  return static_cast<int>(width);
}
inline Uint128 magnitude(Int128 value) {
  return value < 0 ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
}

// The bit pattern of a float, in the low `width` bits.
using Bits = std::uint64_t;

// The value of a bit pattern; exact, since every format here is a subset of binary64.
double decode(const Format& format, Bits bits);
// The pattern of a value (NaN: the quiet NaN); nullopt if the format does not have it.
std::optional<Bits> find_bits(const Format& format, double value);
// The same of a value that the format has, or of an infinity, for which E4M3 has NaN.
Bits encode(const Format& format, double value);
// C99 hexadecimal notation, "0x1.6d3c32p-2", "-0x0p+0", "inf", "nan"; read back exactly by strtod and Python.
std::string hexfloat(double value);

// sign * magnitude * 2^exponent, `sticky` saying on which side of it the true value lies: an endpoint of an
// enclosure that the value is proved not to attain. The exponent may be far outside what a machine could
// expand.
struct Dyadic {
  Integer significand;
  std::int64_t exponent = 0;
};
enum class Sticky { below = -1, none = 0, above = 1 };

// The float that `value` (moved infinitesimally as `sticky` says) rounds to. Exact zero gives +0.
// Error: none, this is the definition. Source: IEEE 754-2019, 4.3 and 7.4 (overflow), 3.3 (subnormals).
Bits round(const Dyadic& value, Sticky sticky, const Format& format, Rounding direction);
// The same for value * 2^exponent, some ten times faster.
Bits round_fixed(Int128 value, std::int64_t exponent, Sticky sticky, const Format& format,
                 Rounding direction);
Bits round(const Rational& value, const Format& format, Rounding direction);

// The exponent of one unit in the last place of `format` at a real number whose binary exponent is
// floor(log2 |x|) = binary_exponent: ulp(x) = 2^(max(floor(log2 |x|), emin) - precision + 1). The only
// definition of ulp in this project; at zero and below the normal range it is the smallest subnormal. Source:
// Muller et al., Handbook of Floating-Point Arithmetic (2018), definition 2.6 (Goldberg, extended to reals).
int ulp_exponent(const Format& format, std::int64_t binary_exponent);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_FORMAT_H
