// What the infinities and NaNs of a row of logits mean.
#ifndef XENT_REFERENCE_LOGITS_H
#define XENT_REFERENCE_LOGITS_H

#include <cstdint>
#include <span>

#include "reference/number.h"

namespace xent::reference {

struct LogitRow {
  bool undefined = false;     // a NaN or +inf logit: every value of the row is NaN
  std::int64_t largest = -1;  // index of the first maximum; -1 if all classes are masked (-inf)
};

LogitRow classify(std::span<const Number> logits);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOGITS_H
