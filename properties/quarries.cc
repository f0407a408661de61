#include "properties/quarries.h"

#include <map>
#include <set>
#include <string>

namespace xent::properties {
namespace {

struct Measured {
  int index;
  double ulps;
  double ratio;
};

// The worst trials of one name and regime.
struct Worst {
  Measured by_ulps;
  Measured by_ratio;

  explicit Worst(const Measured& first) : by_ulps(first), by_ratio(first) {}
  void add(const Measured& later) {
    if (later.ulps > by_ulps.ulps) by_ulps = later;
    if (later.ratio > by_ratio.ratio) by_ratio = later;
  }
};

using WorstByRegime = std::map<Regime, Worst>;

std::map<std::string, WorstByRegime> worst_by_name(const ClaimEvidence& evidence) {
  std::map<std::string, WorstByRegime> worst;
  for (const TrialEvidence& trial : evidence.seen) {
    for (const TrialAccuracy& accuracy : trial.accuracy) {
      const Measured measured = {trial.index, accuracy.seen.worst_ulps, accuracy.seen.worst_ratio};
      const auto [known, is_first] = worst[accuracy.loss].try_emplace(accuracy.regime, measured);
      if (!is_first) known->second.add(measured);
    }
  }
  return worst;
}

std::vector<Start> starts_of(const WorstByRegime& worst, const std::function<Trial(int index)>& input) {
  std::vector<Start> starts;
  std::set<int> taken;
  for (const auto& [regime, of_regime] : worst) {
    for (const Measured& measured : {of_regime.by_ulps, of_regime.by_ratio}) {
      if (taken.insert(measured.index).second)
        starts.push_back({input(measured.index), measured.ulps, measured.ratio});
    }
  }
  return starts;
}

}  // namespace

std::vector<Quarry> quarries_of(const xent_claim& claim, const ClaimEvidence& evidence,
                                const std::function<Trial(int index)>& input) {
  std::vector<Quarry> quarries;
  for (const auto& [name, worst] : worst_by_name(evidence))
    quarries.push_back({&claim, name, starts_of(worst, input)});
  if (quarries.empty()) quarries.push_back({&claim, claim.loss, {}});
  return quarries;
}

}  // namespace xent::properties
