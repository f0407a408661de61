// What a claimed bound is made of beside the formula that its grade names.
#ifndef XENT_PROPERTIES_CONSTANTS_H
#define XENT_PROPERTIES_CONSTANTS_H

#include <optional>
#include <string>

#include "properties/declaration.h"

namespace xent::properties {

// In the terms of xent_claim, with what it leaves to its defaults filled in.
struct Constants {
  double exp_error = 0;
  double log_error = 0;
  xent_summation summation = XENT_SEQUENTIAL;
  xent_format compute_format = XENT_NO_FORMAT;  // of none: the input format

  bool operator==(const Constants& other) const = default;
};

// Those of a bound of the grade; none where it counts ulps.
std::optional<Constants> constants_of(const xent_claim& claim, Grade grade);

// Whether bounds with `a` are nowhere above those with `b`.
bool are_no_weaker(const Constants& a, const Constants& b);

// "shifted (exp 2u, log 2u, sequential sums, u of binary32)".
std::string with_constants(const std::string& grade, const std::optional<Constants>& constants);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_CONSTANTS_H
