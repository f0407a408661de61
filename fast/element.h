// The elements that logits may be stored as.
#ifndef XENT_FAST_ELEMENT_H
#define XENT_FAST_ELEMENT_H

#include <cmath>
#include <cstdint>
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

}  // namespace xent::fast

#endif  // XENT_FAST_ELEMENT_H
