// What the infinities and NaNs of a row of logits mean.
#ifndef XENT_REFERENCE_LOGITS_H
#define XENT_REFERENCE_LOGITS_H

#include <cstdint>
#include <span>

#include "reference/number.h"

namespace xent::reference {

struct LogitRow {
  bool has_nan = false;
  bool has_positive_infinity = false;
  std::int64_t largest = -1;  // index of the first maximum; -1 if all classes are masked (-inf)

  // Whether every value of the row is NaN: +inf is a number once it is capped.
  bool is_undefined(const Number& softcap) const {
    return has_nan || (has_positive_infinity && softcap.is_zero());
  }
};

LogitRow classify(std::span<const Number> logits);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOGITS_H
