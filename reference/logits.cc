#include "reference/logits.h"

namespace xent::reference {

LogitRow classify(std::span<const Number> logits) {
  LogitRow row;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const Number& x = logits[i];
    row.has_nan = row.has_nan || x.is_nan();
    row.has_positive_infinity = row.has_positive_infinity || (x.is_infinite() && x.sign() > 0);
    if (!x.is_finite()) continue;
    if (row.largest < 0 || logits[static_cast<std::size_t>(row.largest)] < x)
      row.largest = static_cast<std::int64_t>(i);
  }
  return row;
}

}  // namespace xent::reference
