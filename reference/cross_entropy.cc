#include "reference/cross_entropy.h"

#include "reference/distribution.h"
#include "reference/log_targets.h"

namespace xent::reference {

LogForm cross_entropy(const Row& row) {
  return has_log_targets(row) ? expected_surprisal_of_logs(row, false) : expected_surprisal(row);
}

}  // namespace xent::reference
