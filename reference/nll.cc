#include "reference/nll.h"

#include "reference/distribution.h"

namespace xent::reference {

LogForm nll(const Row& row) {
  return expected_surprisal(row);
}

}  // namespace xent::reference
