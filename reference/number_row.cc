#include "reference/number_row.h"

#include <algorithm>

namespace xent::reference {

NumberRow::NumberRow(std::span<const Number> numbers) {
  if (std::all_of(numbers.begin(), numbers.end(), [](const Number& x) { return x.is_double(); })) {
    doubles_.reserve(numbers.size());
    for (const Number& x : numbers) doubles_.push_back(x.as_double());
  } else {
    numbers_.assign(numbers.begin(), numbers.end());
  }
}

}  // namespace xent::reference
