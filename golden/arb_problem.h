// The second oracle's reading of a case: the true value of each answer, straight from the line of JSON.
#ifndef XENT_GOLDEN_ARB_PROBLEM_H
#define XENT_GOLDEN_ARB_PROBLEM_H

#include <nlohmann/json.hpp>
#include <vector>

#include "golden/arb_value.h"

namespace xent::arb {

// The values that the problem of a case has: of the loss, or of the derivatives that are wanted. Throws
// std::runtime_error (and nlohmann's exceptions), naming the key, for anything that this oracle does not
// know.
std::vector<Value> values_of(const nlohmann::json& c);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_PROBLEM_H
