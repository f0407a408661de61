// What a run of the judge saw, trial by trial, and what is concluded from it.
//
// A trial is named by its law, the claim it is about and its index, and its input is a function of these and
// the seed. So evidence may be gathered in parts, on several machines, and a report is a function of the
// evidence: of parts put together it is the report of one run, to the byte.
#ifndef XENT_PROPERTIES_EVIDENCE_H
#define XENT_PROPERTIES_EVIDENCE_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/accuracy_profile.h"
#include "properties/law.h"
#include "reference/expected.h"

namespace xent::properties {

// How many trials each law gets: smoke for every build, standard before a release; deep is one standard run
// after another, each with inputs of its own.
enum class Level { smoke, standard, deep };
const char* name(Level level);
// A level whose inputs are always the same, so that what is measured can be compared; nothing for other
// names.
std::optional<Level> level_named(const std::string& wanted);

// More machines than anyone has.
inline constexpr int kMostShards = 10000;

// The part `index` of `count`, from 1 on; together the parts are one run.
struct Shard {
  int index = 1;
  int count = 1;

  bool is_whole() const { return count == 1; }
};

// A counter-example, shrunk.
struct Failure {
  Trial trial;
  std::string message;
  std::size_t shrink_steps = 0;
};

struct TrialEvidence {
  int index = 0;
  Outcome outcome;
  std::optional<Failure> failure;  // of the first trial that counts against the implementation
  // The input is kept with those that are worse than all before them in this part of their claim: only these
  // can be the worst of a run.
  std::vector<TrialAccuracy> accuracy;
};

// The trials of one law about one claim, as far as they count; within one part those behind are not tried,
// those of other parts are left out.
struct ClaimEvidence {
  int trials = 0;                   // of the whole run
  std::vector<TrialEvidence> seen;  // by index, rising
};

struct LawEvidence {
  const Law* law = nullptr;
  std::string skipped;    // why nothing is asked of the implementation; empty: something is
  std::string unclaimed;  // why wrong values do not count; empty: they do
  std::vector<ClaimEvidence> claims;
  bool finished = true;  // false: interrupted
};

// How long trials about one claim count: to the first failure that counts against the implementation. A law
// that measures goes on, for what it measures, unless the implementation keeps failing without an answer,
// which may take long.
class Course {
 public:
  explicit Course(const LawEvidence& law) : law_(law) {}

  void add(const TrialEvidence& trial);
  bool is_over() const;
  bool failed() const { return failed_; }

 private:
  const LawEvidence& law_;
  bool failed_ = false;
  int unanswered_ = 0;
};

struct Evidence {
  std::string xent;            // the version that made the inputs
  std::string implementation;  // as the user named it
  std::string name;
  std::string version;
  std::uint64_t seed = 0;
  Level level = Level::standard;
  Shard shard;
  bool finished = true;           // false: interrupted
  std::vector<LawEvidence> laws;  // in the order of the catalogue
};

struct LawVerdict {
  // cut_short: nothing failed, but the run was interrupted before the law's inputs were through.
  // skip: nothing was asked, or none of what was asked met the law's premises.
  enum class Kind { pass, fail, skip, undecided, cut_short };
  static constexpr Kind kKinds[] = {Kind::pass, Kind::fail, Kind::skip, Kind::undecided, Kind::cut_short};
  const Law* law = nullptr;
  Kind kind = Kind::pass;
  int passed = 0;  // trials that counted and held
  int failed = 0;
  int inadmissible = 0;  // did not meet the law's premises
  int undecided = 0;
  std::string reason;  // of a skip, of a failure without a counter-example or of a law that is not claimed
  std::vector<Failure> failures;  // the first of each claim that failed
};

struct Report {
  std::string xent;            // the version that made the inputs
  std::string implementation;  // as the user named it, so that replay lines work
  std::string name;
  std::string version;
  std::uint64_t seed = 0;
  Level level = Level::standard;
  int rounds = 1;        // that were begun; other than 1 only if deep
  bool finished = true;  // false: interrupted
  std::vector<LawVerdict> laws;
  std::vector<LossAccuracy> accuracy;

  // The run was finished, every law that applies holds, none is undecided, and at least one was tested.
  bool conforms() const;
  // Some law failed: no further input can make it conform.
  bool failed() const;
};

// Domain: the evidence of a whole run.
Report conclude(const Evidence& evidence);

// The same of many rounds, each of which can be forgotten when it was counted.
class Conclusions {
 public:
  // Domain: rounds of one run. A law may be left out once it has failed.
  void add(const Evidence& round);
  bool has_failed(const Law& law) const;
  Report report() const;

 private:
  struct OfLaw {
    LawVerdict verdict;  // what was counted
    std::string skipped;
    std::string unclaimed;
    std::string inadmissible;  // why the last such input was
    int trials = 0;            // that were to be
    bool finished = true;
  };

  static void count(const Outcome& outcome, OfLaw& law);
  static LawVerdict concluded(const OfLaw& law);
  void add(const LawEvidence& evidence, OfLaw& law);

  Report head_;  // without laws and accuracy
  std::vector<OfLaw> laws_;
  AccuracyProfile profile_;
};

// Whether the trial belongs to the part. Any number of consecutive trials of a claim, of which some kinds
// come in turns and take long, is spread evenly.
bool belongs(const Shard& shard, const Law& law, const std::string& loss, int index);

// The parts of one run as the evidence of the whole. Status: an error says which part is missing, given
// twice, or of another run.
reference::Expected<Evidence> join(std::vector<Evidence> parts);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_EVIDENCE_H
