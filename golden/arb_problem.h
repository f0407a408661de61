// The second oracle's reading of a case: the true value of each answer, straight from the line of JSON.
#ifndef XENT_GOLDEN_ARB_PROBLEM_H
#define XENT_GOLDEN_ARB_PROBLEM_H

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "golden/arb_value.h"

namespace xent::arb {

// The values that the problem of a case has. Throws std::runtime_error (and nlohmann's exceptions) for
// anything that is not a case of this oracle: entropy, cross_entropy, kl, nll, softmax_cross_entropy,
// log_sum_exp, sequence, perplexity.
std::vector<Value> values_of(const nlohmann::json& c);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_PROBLEM_H
