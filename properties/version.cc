#include "properties/version.h"

namespace xent::properties {

const char* version() {
  return XENT_VERSION;
}

}  // namespace xent::properties
