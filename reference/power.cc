#include "reference/power.h"

namespace xent::reference {

Enclosure Power::enclose() const {
  const std::lock_guard lock(mutex_);
  const int precision = Enclosure().precision();
  auto found = enclosures_.find(precision);
  if (found == enclosures_.end()) found = enclosures_.emplace(precision, exponent_.enclose_exp()).first;
  return found->second;
}

Exactness Power::exactness() const {
  const std::lock_guard lock(mutex_);
  if (!exactness_) exactness_ = exponent_.exactness_of_exp();
  return *exactness_;
}

}  // namespace xent::reference
