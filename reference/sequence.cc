#include "reference/sequence.h"

#include "reference/nll.h"
#include "reference/softmax_cross_entropy.h"

namespace xent::reference {

LogForm sequence(const Problem& problem, std::int64_t row) {
  return problem.input_space == XENT_LOGITS ? softmax_cross_entropy(problem, row) : nll(problem, row);
}

}  // namespace xent::reference
