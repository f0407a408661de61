#ifndef XENT_REFERENCE_ENCLOSURE_CACHE_H
#define XENT_REFERENCE_ENCLOSURE_CACHE_H

#include <map>
#include <mutex>

#include "reference/enclosure.h"

namespace xent::reference {

// Enclosures of one number that is part of many values, from any thread: one for each precision.
class EnclosureCache {
 public:
  // The enclosure at the current precision, which enclose() computes if there is none.
  template <typename Enclose>
  Enclosure get(const Enclose& enclose) const {
    const std::lock_guard lock(mutex_);
    const int precision = Enclosure().precision();
    auto found = enclosures_.find(precision);
    if (found == enclosures_.end()) found = enclosures_.emplace(precision, enclose()).first;
    return found->second;
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  mutable std::map<int, Enclosure> enclosures_;
};

}  // namespace xent::reference

#endif  // XENT_REFERENCE_ENCLOSURE_CACHE_H
