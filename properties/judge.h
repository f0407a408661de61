// The judge: puts every law to an implementation and says whether it conforms to its own claims.
#ifndef XENT_PROPERTIES_JUDGE_H
#define XENT_PROPERTIES_JUDGE_H

#include <cstdint>
#include <functional>
#include <string>

#include "properties/evidence.h"
#include "properties/laws.h"
#include "properties/subject.h"

namespace xent::properties {

// Where a run is. Trials differ in length, but every law has some of each kind.
struct Progress {
  const Law* law = nullptr;
  std::size_t laws_done = 0;
  std::size_t laws = 0;
  std::int64_t trials_done = 0;  // those that a law left out after its failure among them
  std::int64_t trials = 0;       // of all laws
  int failures = 0;
  int round = 0;          // from 0 on
  double done = 0;        // of the whole run, between 0 and 1
  bool searches = false;  // all trials are through
};

struct CheckOptions {
  std::string implementation;  // what the user called it, for replay lines; empty: its own name
  Level level = Level::standard;
  std::uint64_t seed = 1;
  std::string only_law;                  // an id; empty: all
  int most_trials = 0;                   // of each law and loss; 0: as many as the level says
  std::int64_t shrink_budget = 1000000;  // numbers judged in making a counter-example small; 0: it stays
  bool stop_at_first_failure = false;    // enough to know that it does not conform
  Shard shard;                           // which trials, if not all
  int jobs = 1;                          // processes that share the trials; 1 unless the shard is the whole
  double search_seconds = 0;             // of looking for inputs that are worse, search.h, behind all trials
  int most_rounds = 1;                   // of a deep run; 0: as many as its time allows
  double budget_seconds = 0;             // of a deep run, which ends its first round all the same
  // Called before each trial.
  std::function<void(const Progress&)> progress;
  // Asked before and after each trial; once it says yes, the run ends where it is.
  std::function<bool()> interrupted;
};

// What is known of a run before its first trial: it is not finished.
Evidence blank_evidence(const CheckOptions& options);

// Deterministic: the same implementation, level and seed give the same evidence, by however many jobs, but
// for what a search finds in its time.
// Domain: validate(implementation) has no error; the level is not deep. Throws what workers.h says if there
// are several jobs.
Evidence gather(const Subject& subject, const CheckOptions& options);

// What is concluded from the evidence of a whole run, of all rounds of a deep one; and the same of an
// implementation in this process.
Report check(const Subject& subject, const CheckOptions& options);
Report check(const xent_implementation& implementation, const CheckOptions& options);

// Judges one trial of one law: what a replay line does.
Outcome replay(const Subject& subject, const Law& law, const Trial& trial);
Outcome replay(const xent_implementation& implementation, const Law& law, const Trial& trial);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_JUDGE_H
