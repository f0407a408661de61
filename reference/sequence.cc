#include "reference/sequence.h"

#include "reference/distribution.h"
#include "reference/nll.h"
#include "reference/softmax_cross_entropy.h"

namespace xent::reference {

LogForm sequence(const Row& row) {
  return row.problem().input_space == XENT_LOGITS ? softmax_cross_entropy(row) : nll(row);
}

Quantities sequence_gradient(const Row& row, const Factors& factors) {
  return row.problem().input_space == XENT_LOGITS ? softmax_cross_entropy_gradient(row, factors)
                                                  : expected_surprisal_gradient(row, factors);
}

}  // namespace xent::reference
