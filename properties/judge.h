// The judge: puts every law to an implementation and says whether it conforms to its own claims.
#ifndef XENT_PROPERTIES_JUDGE_H
#define XENT_PROPERTIES_JUDGE_H

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "properties/laws.h"
#include "properties/subject.h"

namespace xent::properties {

// How many trials each law gets: smoke for every build, standard before a release.
enum class Level { smoke, standard };

struct CheckOptions {
  Level level = Level::standard;
  std::uint64_t seed = 1;
  std::string only_law;                  // an id; empty: all
  int most_trials = 0;                   // of each law and loss; 0: as many as the level says
  std::int64_t shrink_budget = 1000000;  // numbers judged in making a counter-example small
  bool stop_at_first_failure = false;    // enough to know that it does not conform
  // Called before each law, with its position: for progress.
  std::function<void(const Law&, std::size_t done, std::size_t total)> progress;
};

// A counter-example, shrunk.
struct Failure {
  Trial trial;
  std::string message;
  std::size_t shrink_steps = 0;
};

struct LawVerdict {
  enum class Kind { pass, fail, skip, undecided };
  const Law* law = nullptr;
  Kind kind = Kind::pass;
  int passed = 0;  // trials that counted and held
  int failed = 0;
  int inadmissible = 0;  // did not meet the law's premises
  int undecided = 0;
  std::string reason;             // of a skip, or of a failure without a counter-example
  std::vector<Failure> failures;  // the first of each loss that failed
};

// The accuracy seen in one regime: both axes, and the input that was worst.
struct RegimeAccuracy {
  int outputs = 0;
  double worst_ulps = 0;
  double worst_ratio = 0;  // |error| / bound of the declared grade, for grades with such a bound
  double true_value = 0;   // of the worst
  double computed = 0;
  Trial worst;
};

// What was measured of one loss.
struct LossAccuracy {
  std::string loss;
  std::string claimed_grade;
  std::string measured_grade;  // the strongest that no measurement contradicts
  std::map<Regime, RegimeAccuracy> regimes;
};

struct Report {
  std::string name;
  std::string version;
  std::uint64_t seed = 0;
  Level level = Level::standard;
  std::vector<LawVerdict> laws;
  std::vector<LossAccuracy> accuracy;

  // Every law that applies holds, none is undecided, and at least one was tested.
  bool conforms() const;
};

// Deterministic: the same implementation, level and seed give the same report.
// (What ends its process again and again may be shrunk less on a slow machine.)
// Domain: validate(implementation) has no error.
Report check(const Subject& subject, const CheckOptions& options);
// The same of an implementation in this process.
Report check(const xent_implementation& implementation, const CheckOptions& options);

// Judges one trial of one law: what a replay line does.
Outcome replay(const Subject& subject, const Law& law, const Trial& trial);
Outcome replay(const xent_implementation& implementation, const Law& law, const Trial& trial);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_JUDGE_H
