// Making a failing trial small: fewer rows, fewer classes, fewer options, rounder numbers.
#ifndef XENT_PROPERTIES_SHRINK_H
#define XENT_PROPERTIES_SHRINK_H

#include <functional>

#include "properties/trial.h"

namespace xent::properties {

struct Shrunk {
  Trial trial;
  std::size_t steps = 0;  // simplifications that kept the failure
};

// A trial from which no single simplification still fails, or the best found by the time that `budget`
// numbers, over all trials tried, have been judged. Deterministic. Domain: still_fails(trial).
Shrunk shrink(const Trial& trial, const std::function<bool(const Trial&)>& still_fails, std::int64_t budget);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SHRINK_H
