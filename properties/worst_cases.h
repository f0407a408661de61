// What a run found, kept as golden cases: inputs that are worth answering again with every change.
#ifndef XENT_PROPERTIES_WORST_CASES_H
#define XENT_PROPERTIES_WORST_CASES_H

#include <string>

#include "properties/evidence.h"

namespace xent::properties {

// Cases with more outputs are left out: each output has its certified answer in every format beside it.
inline constexpr std::int64_t kMostCaseOutputs = 200;

// The input with the largest error of each loss and regime, that of a search among them, then each
// counter-example; certified, for `xent golden verify` and `xent golden bits`. Counter-examples that the
// reference cannot answer, such as labels out of range, are left out.
std::string worst_cases(const Report& report);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_WORST_CASES_H
