// Problems in, proved values out: what the whole library is for.
#ifndef XENT_REFERENCE_CERTIFY_H
#define XENT_REFERENCE_CERTIFY_H

#include <vector>

#include "reference/certified.h"
#include "reference/losses.h"

namespace xent::reference {

// The true values of what the problem wants: of the loss one a row for reduction none, otherwise one; of
// softmax and log_softmax, and of gradients, one for each class of each row. Rows that are ignored have the
// value 0. Status: the error of check().
// The threads share the rows; what is proved does not depend on them.
Expected<std::vector<Certified>> certify(const Problem& problem, int max_precision = kMaxPrecision,
                                         int threads = 1);

// What is certified, in all: numbers that are floats, and options that need no theorem to factor them.
struct Size {
  std::int64_t logits = 0;
  std::int64_t probabilities = 0;
  std::int64_t derivatives = 0;  // by probabilities
  std::int64_t rows = 0;
};
struct Cost {
  double seconds;  // on a core of 2020 or later
  double bytes;
};
// What certify() and one rounding of each value take at most, on one thread, problem and process included:
// some five times what is measured. The tests hold hostile problems to it: 10^6 classes, 10^6 rows, exponents
// at both ends, masked rows, 10^5 probabilities below every normal number, or different ones. More than
// kMaxElements elements are refused at once.
constexpr Cost stated_cost(const Size& size) {
  const auto logits = static_cast<double>(size.logits);
  const auto probabilities = static_cast<double>(size.probabilities);
  const auto derivatives = static_cast<double>(size.derivatives);
  const auto rows = static_cast<double>(size.rows);
  return {1 + 1e-6 * logits + 30e-6 * probabilities + 60e-6 * derivatives + 30e-6 * rows,
          0x1p26 + 128 * logits + 512 * probabilities + 4096 * derivatives + 1024 * rows};
}

// Row `row` alone, weighted but before any reduction. Domain: check() accepts the problem; the loss has one
// value a row.
Certified certify_row(const Problem& problem, std::int64_t row, int max_precision = kMaxPrecision);
// The same as a sum can be made of. Domain: that.
LogForm row_form(const Problem& problem, std::int64_t row);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_CERTIFY_H
