// From an enclosure of a loss to the float nearest to it.
#ifndef XENT_FAST_NEAREST_H
#define XENT_FAST_NEAREST_H

#include <optional>

#include "fast/double_double.h"

namespace xent::fast {

// base + t, where base >= 0 is exact and t > 0 is off by at most error. t.high is 0 where it underflows.
struct Loss {
  DoubleDouble base;
  DoubleDouble t;
  double error;
};

// The float nearest to a loss, ties to even; nullopt where the error leaves it open. Domain: the loss is no
// midpoint of two floats.
std::optional<float> nearest(const Loss& loss);

}  // namespace xent::fast

#endif  // XENT_FAST_NEAREST_H
