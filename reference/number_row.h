// A row of exact numbers that owns them, in 8 bytes each where all are binary64 values.
#ifndef XENT_REFERENCE_NUMBER_ROW_H
#define XENT_REFERENCE_NUMBER_ROW_H

#include <cstddef>
#include <span>
#include <vector>

#include "reference/number.h"

namespace xent::reference {

// A copy that many values share outlives its problem. Of floats, as nearly all rows are, it costs a third of
// the numbers themselves and nothing to destroy, which is what threads that certify many rows wait for.
class NumberRow {
 public:
  NumberRow() = default;
  explicit NumberRow(std::span<const Number> numbers);

  std::size_t size() const { return doubles_.size() + numbers_.size(); }
  // Domain: i < size().
  Number operator[](std::size_t i) const { return numbers_.empty() ? Number(doubles_[i]) : numbers_[i]; }

 private:
  // One of them is empty.
  std::vector<double> doubles_;
  std::vector<Number> numbers_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_NUMBER_ROW_H
