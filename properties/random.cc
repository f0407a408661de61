#include "properties/random.h"

#include <algorithm>

namespace xent::properties {

using reference::Bits;
using reference::Format;

// FNV-1a (Fowler, Noll & Vo).
std::uint64_t stream(std::uint64_t seed, const std::string& name) {
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

double rounded_to(const Format& format, double value) {
  const double largest = format.largest();
  const double clamped = std::clamp(value, -largest, largest);
  if (clamped == 0 || format.id == XENT_BINARY64) return clamped;
  if (format.id == XENT_BINARY32) return static_cast<float>(clamped);  // the hardware rounds to nearest even
  const int quantum = reference::ulp_exponent(format, std::ilogb(clamped));
  return std::scalbn(std::nearbyint(std::scalbn(clamped, -quantum)), quantum);
}

double any_float(Random& random, const Format& format) {
  const Bits mask = format.width == 64 ? ~Bits{0} : (Bits{1} << format.width) - 1;
  const Bits fraction = (Bits{1} << (format.precision - 1)) - 1;
  switch (random.below(6)) {
    case 0: {  // a power of two or one of its neighbours, the infinities and the largest numbers included
      const Bits power = (random.bits() & mask) & ~fraction;
      return reference::decode(format, (power + static_cast<Bits>(random.between(-2, 2))) & mask);
    }
    case 1:  // subnormals and zeros
      return reference::decode(format, (random.bits() & mask) & (fraction | (Bits{1} << (format.width - 1))));
    case 2:
      return reference::decode(format, reference::round(reference::Rational(random.between(-16, 16)), format,
                                                        reference::Rounding::nearest_even));
    default:
      return reference::decode(format, random.bits() & mask);
  }
}

double any_finite(Random& random, const Format& format) {
  for (;;) {
    const double value = any_float(random, format);
    if (std::isfinite(value)) return value;
  }
}

}  // namespace xent::properties
