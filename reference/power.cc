#include "reference/power.h"

namespace xent::reference {

Enclosure Power::enclose() const {
  return enclosures_.get([this] { return exponent_.enclose_exp(); });
}

Exactness Power::exactness() const {
  const std::lock_guard lock(mutex_);
  if (!exactness_) exactness_ = exponent_.exactness_of_exp();
  return *exactness_;
}

}  // namespace xent::reference
