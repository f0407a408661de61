#include "reference/logits.h"

namespace xent::reference {

LogitRow classify(std::span<const Number> logits) {
  LogitRow row;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const Number& x = logits[i];
    if (x.is_nan() || (x.is_infinite() && x.sign() > 0)) row.undefined = true;
    if (!x.is_finite()) continue;
    if (row.largest < 0 || logits[static_cast<std::size_t>(row.largest)] < x)
      row.largest = static_cast<std::int64_t>(i);
  }
  return row;
}

}  // namespace xent::reference
