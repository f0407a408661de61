// Where a search begins: the worst of the inputs that were measured before it.
#ifndef XENT_PROPERTIES_QUARRIES_H
#define XENT_PROPERTIES_QUARRIES_H

#include <functional>
#include <vector>

#include "properties/evidence.h"
#include "properties/search.h"

namespace xent::properties {

// A quarry for each name that the claim's trials were measured under, whose starts are those that were worst
// in a regime, in ulps or relative to the bound; where nothing was measured, one without starts. `input`
// makes the trial with an index again.
std::vector<Quarry> quarries_of(const xent_claim& claim, const ClaimEvidence& evidence,
                                const std::function<Trial(int index)>& input);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_QUARRIES_H
