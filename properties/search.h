// Looks for the inputs that an implementation gets most wrong: hill climbing on the bits of numbers.
#ifndef XENT_PROPERTIES_SEARCH_H
#define XENT_PROPERTIES_SEARCH_H

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "properties/accuracy_profile.h"
#include "properties/law.h"

namespace xent::properties {

// What a search about one claim came to.
struct Found {
  std::int64_t tried = 0;               // inputs that met the law's premises
  std::optional<Trial> failing;         // the first that the law did not let pass
  Outcome outcome;                      // of that, or pass
  std::vector<TrialAccuracy> accuracy;  // of all of them, in the regime `adversarial`
};

// Climbs from random inputs of the law to worse and worse ones by changes of few bits, for the largest error
// in ulps and for the largest error relative to the bound in turns, starting anew where neither grows, until
// `goes_on`, which is asked before each input, says no, or the law fails. Domain: law.measures.
Found search(const Subject& subject, const Law& law, const xent_claim& claim, Random& random,
             const std::function<bool()>& goes_on);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SEARCH_H
