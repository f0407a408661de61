// What is kept of a run, to be compared with a later one: verdicts, and accuracy by loss and regime.
#ifndef XENT_PROPERTIES_PROFILE_H
#define XENT_PROPERTIES_PROFILE_H

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "properties/evidence.h"
#include "properties/json.h"

namespace xent::properties {

struct ProfiledLaw {
  std::string id;
  std::string verdict;  // word() of a LawVerdict::Kind
  std::int64_t passed = 0;
  std::int64_t failed = 0;
};

struct ProfiledRegime {
  std::int64_t outputs = 0;
  double worst_ulps = 0;
  double worst_ratio = 0;               // error / bound
  std::map<int, std::int64_t> binades;  // outputs by binade() of their ulp error
  std::string worst_case;               // the line of the input with the worst ulp error
};

struct ProfiledLoss {
  std::string loss;
  std::string claimed;
  std::optional<Constants> constants;  // of the bound, if it is made of them
  std::string measured;
  std::map<std::string, ProfiledRegime> regimes;
};

struct Profile {
  std::string xent;            // the version that made the inputs
  std::string implementation;  // as the user named it
  std::string name;
  std::string version;
  Level level = Level::standard;
  std::uint64_t seed = 0;
  bool finished = true;
  std::vector<ProfiledLaw> laws;
  std::vector<ProfiledLoss> losses;
};

// One JSON object, indented: xent_profile (the number of this format), xent, implementation, name, version,
// level, seed, finished, laws, accuracy.
std::string profile_text(const Report& report);
// Status: an error names the key, what was found and what is accepted.
reference::Expected<Profile> read_profile(const std::string& text);

// One loss of a profile or a report.
Json accuracy_json(const LossAccuracy& loss);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PROFILE_H
