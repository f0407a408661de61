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

// Row `row` alone, weighted but before any reduction. Domain: check() accepts the problem; the loss has one
// value a row.
Certified certify_row(const Problem& problem, std::int64_t row, int max_precision = kMaxPrecision);
// The same as a sum can be made of. Domain: that.
LogForm row_form(const Problem& problem, std::int64_t row);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_CERTIFY_H
