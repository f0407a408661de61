// What a law is: a sentence about losses, inputs that test it, and a judgement of one input.
#ifndef XENT_PROPERTIES_LAW_H
#define XENT_PROPERTIES_LAW_H

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "properties/declaration.h"
#include "properties/random.h"
#include "properties/subject.h"
#include "properties/trial.h"

namespace xent::properties {

// What one trial says of one law.
struct Outcome {
  enum class Kind {
    pass,
    fail,
    inadmissible,  // the input does not meet the law's premises; it does not count
    undecided,     // the reference could not separate the answer from the bound at its precision cap
  };
  Kind kind = Kind::pass;
  std::string message;  // why not pass: the values, the bound, by how much
  // A failure of another kind than a wrong value: no answer, the end of the process, memory misused.
  bool breaks_contract = false;

  static Outcome pass() { return {}; }
  static Outcome fail(std::string message) { return {Kind::fail, std::move(message)}; }
  static Outcome breach(std::string message) { return {Kind::fail, std::move(message), true}; }
  static Outcome inadmissible(std::string why) { return {Kind::inadmissible, std::move(why)}; }
  static Outcome undecided(std::string why) { return {Kind::undecided, std::move(why)}; }
};

// One error of one output, on both axes; see error.h.
struct Measurement {
  // Real-valued; an upper bound of the error over the enclosure. Infinite where one of the two is infinite or
  // NaN and the other is not.
  double ulps = 0;
  double true_value = 0;  // for showing
  double computed = 0;
  std::vector<double> ratio_by_grade;  // |error| / bound, by Grade, for those with an absolute bound
};

// Receives the measurements of laws that compare with the true value; empty: a law may stop at what fails.
using Recorder = std::function<void(const Trial&, const Measurement&)>;

struct Law {
  const char* id;
  const char* statement;  // the sentence, as mathematics
  const char* tolerance;  // how far the two sides may differ, and why
  const char* source;

  // The claims (losses) of an implementation that the law is about; with none of them it is skipped.
  bool (*applies)(const xent_claim& claim, const xent_implementation& implementation);
  // Input number `index` of `count` for the claim. Laws that sweep (every C) use the index.
  Trial (*generate)(Random& random, const xent_claim& claim, int index, int count);
  // Judges one trial. Total: any trial at all, also a shrunk or a replayed one, gives an outcome.
  Outcome (*judge)(const Subject& subject, const Trial& trial, const Recorder& record);

  // Whether it measures accuracy; such a law goes on after a failure, for what it measures.
  bool measures = false;
  int smoke = 0;  // trials for each claim; 0: the default of the level
  int standard = 0;
  // Set when the law is a capability that only some grades claim: returns why this claim does not. No claim
  // is needed for an answer as such: failures that break the contract count all the same.
  std::optional<std::string> (*not_claimed)(const xent_claim& claim) = nullptr;
  bool is_about_layouts = false;  // says nothing of what is handed no memory
  // Why it cannot be heard on this machine; null: it can on any.
  std::optional<std::string> (*unheard)() = nullptr;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_LAW_H
