// The elements that logits may be stored as.
#ifndef XENT_FAST_ELEMENT_H
#define XENT_FAST_ELEMENT_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "hwy/base.h"
#include "reference/xent.h"

namespace xent::fast {

// Calls f with a value of the element type of a format. Domain: binary16, bfloat16 or binary32.
template <class F>
auto with_element(xent_format format, const F& f) {
  if (format == XENT_BINARY16) return f(hwy::float16_t());
  if (format == XENT_BFLOAT16) return f(hwy::bfloat16_t());
  return f(float());
}

// The number that an element stands for, exactly.
inline double to_double(double x) {
  return x;
}
inline double to_double(float x) {
  return static_cast<double>(x);
}
inline double to_double(hwy::bfloat16_t x) {
  return static_cast<double>(hwy::F32FromBF16(x));
}
inline double to_double(hwy::float16_t x) {
  const int sign = x.bits >> 15;
  const int exponent = x.bits >> 10 & 31;
  const int fraction = x.bits & 1023;
  double magnitude;
  if (exponent == 31) {
    magnitude =
        fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else {
    magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  }
  return sign == 0 ? magnitude : -magnitude;
}

// The bfloat16 number nearest to x, ties to even. NaN stays NaN.
inline hwy::bfloat16_t rounded_to_bfloat16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  // A NaN must not be carried over to infinity or to -0.
  const uint32_t rounded = std::isnan(x) ? bits | 0x400000 : bits + 0x7fff + (bits >> 16 & 1);
  return {static_cast<uint16_t>(rounded >> 16)};
}

// The binary16 number nearest to x, ties to even; infinity from 65520 on.
inline hwy::float16_t rounded_to_binary16(double x) {
  const auto sign = static_cast<uint16_t>(std::signbit(x) ? 0x8000 : 0);
  const double magnitude = std::fabs(x);
  if (std::isnan(x)) return {static_cast<uint16_t>(sign | 0x7e00)};
  if (magnitude >= 65520) return {static_cast<uint16_t>(sign | 0x7c00)};
  // In units of the last place, which is 2^-24 for all below 2^-14; a carry moves on to the next exponent.
  const int exponent = magnitude < 0x1p-14 ? -14 : std::ilogb(magnitude);
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  return {static_cast<uint16_t>(sign | (((exponent + 14) << 10) + units))};
}

}  // namespace xent::fast

#endif  // XENT_FAST_ELEMENT_H
