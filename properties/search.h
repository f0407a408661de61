// Looks for the inputs that an implementation gets most wrong: hill climbing on the bits of numbers.
#ifndef XENT_PROPERTIES_SEARCH_H
#define XENT_PROPERTIES_SEARCH_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "properties/accuracy_profile.h"
#include "properties/law.h"

namespace xent::properties {

// An input that was measured, and how wrong the implementation was.
struct Start {
  Trial trial;
  double ulps = 0;
  double ratio = 0;  // |error| / bound of the declared grade
};

// What is looked for: the largest errors in what is measured under one name.
struct Quarry {
  const xent_claim* claim;
  std::string name;           // measured_name(); says which random numbers are drawn
  std::vector<Start> starts;  // where climbs begin; behind them, random inputs
};

// How much of it is spent, 1 being all, asked before each input; and whether the run is to end at once, asked
// after each, too: what came of an input that was interrupted is no finding.
struct SearchBudget {
  std::function<double()> spent;
  std::function<bool()> interrupted;
};

// What a search for one quarry came to.
struct Found {
  int climbs = 0;
  std::int64_t tried = 0;               // inputs that met the law's premises
  std::optional<Trial> failing;         // the first that failed; of none, the first that was left undecided
  Outcome outcome;                      // of that, or pass
  std::vector<TrialAccuracy> accuracy;  // of all of them, in the regime `adversarial`

  void add(Found later);
};

// What was found, for each quarry. First the worst starts of each are measured again, in ulps and relative to
// the bound, whatever the budget says: so no search finds less than was known. Then the quarries take turns,
// with a climb each, for ulps and for the ratio in turns: from input to worse input by changes of few bits.
// No turn spends more than what leaves two to each quarry. Domain: law.measures. Deterministic but for the
// budget.
std::vector<Found> search(const Subject& subject, const Law& law, const std::vector<Quarry>& quarries,
                          std::uint64_t seed, const SearchBudget& budget);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SEARCH_H
