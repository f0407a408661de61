#include "reference/expected.h"

namespace xent::reference {

Error refused(const std::string& field, const std::string& value, const std::string& accepted) {
  return Error{field + ": " + value + " is not accepted; accepted: " + accepted};
}

}  // namespace xent::reference
