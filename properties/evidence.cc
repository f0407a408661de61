#include "properties/evidence.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <iterator>

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;
using reference::refused;

bool by_index(const TrialEvidence& a, const TrialEvidence& b) {
  return a.index < b.index;
}

std::string described(const Evidence& e) {
  return fmt::format("'{}', {} {}, level {}, seed {}, {} parts, by xent {}", e.implementation, e.name,
                     e.version, name(e.level), e.seed, e.shard.count, e.xent);
}

bool same_questions(const LawEvidence& a, const LawEvidence& b) {
  const auto same_trials = [](const ClaimEvidence& x, const ClaimEvidence& y) {
    return x.trials == y.trials;
  };
  return a.law == b.law && a.skipped == b.skipped && a.unclaimed == b.unclaimed &&
         std::equal(a.claims.begin(), a.claims.end(), b.claims.begin(), b.claims.end(), same_trials);
}

std::optional<Error> not_parts_of_one(const std::vector<Evidence>& parts) {
  const Evidence& first = parts.front();
  for (const Evidence& part : parts) {
    if (part.laws.empty()) {
      return Error{
          fmt::format("part: {}/{} is of a run that did not come to its end; accepted: finished parts",
                      part.shard.index, part.shard.count)};
    }
    if (described(part) != described(first)) return refused("part", described(part), described(first));
    if (!std::equal(part.laws.begin(), part.laws.end(), first.laws.begin(), first.laws.end(), same_questions))
      return Error{"part: the laws are not those of the other parts; accepted: parts of one run"};
  }
  std::vector<int> given(static_cast<std::size_t>(first.shard.count));
  for (const Evidence& part : parts) {
    if (++given[static_cast<std::size_t>(part.shard.index - 1)] > 1)
      return refused("part", fmt::format("{}/{} twice", part.shard.index, part.shard.count),
                     "each part once");
  }
  const auto missing = std::find(given.begin(), given.end(), 0);
  if (missing != given.end()) {
    return Error{fmt::format("part: {}/{} is missing; accepted: all parts", missing - given.begin() + 1,
                             given.size())};
  }
  return std::nullopt;
}

void add(LawEvidence& whole, LawEvidence& part) {
  whole.finished = whole.finished && part.finished;
  for (std::size_t i = 0; i < whole.claims.size(); ++i) {
    std::vector<TrialEvidence>& seen = whole.claims[i].seen;
    std::vector<TrialEvidence>& more = part.claims[i].seen;
    seen.insert(seen.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
}

}  // namespace

void Course::add(const TrialEvidence& trial) {
  // Of what is not claimed, all that counts is kept as a counter-example.
  const bool counts = law_.unclaimed.empty() || trial.failure;
  if (trial.outcome.kind != Outcome::Kind::fail || !counts) return;
  failed_ = true;
  unanswered_ += trial.accuracy.empty() ? 1 : 0;
}

bool Course::is_over() const {
  constexpr int kMostUnanswered = 20;
  return failed_ && (!law_.law->measures || unanswered_ >= kMostUnanswered);
}

const char* name(Level level) {
  switch (level) {
    case Level::smoke:
      return "smoke";
    case Level::standard:
      return "standard";
    case Level::deep:
      return "deep";
  }
  return "";
}

std::optional<Level> level_named(const std::string& wanted) {
  for (const Level level : {Level::smoke, Level::standard}) {
    if (wanted == name(level)) return level;
  }
  return std::nullopt;
}

bool Report::conforms() const {
  const auto tested = [](const LawVerdict& v) { return v.kind == LawVerdict::Kind::pass; };
  const auto fine = [](const LawVerdict& v) {
    return v.kind == LawVerdict::Kind::pass || v.kind == LawVerdict::Kind::skip;
  };
  return finished && std::any_of(laws.begin(), laws.end(), tested) &&
         std::all_of(laws.begin(), laws.end(), fine);
}

bool Report::failed() const {
  const auto bad = [](const LawVerdict& v) { return v.kind == LawVerdict::Kind::fail; };
  return std::any_of(laws.begin(), laws.end(), bad);
}

Report conclude(const Evidence& evidence) {
  Conclusions conclusions;
  conclusions.add(evidence);
  return conclusions.report();
}

void Conclusions::add(const Evidence& round) {
  const int rounds = laws_.empty() ? 1 : head_.rounds + 1;
  head_.xent = round.xent;
  head_.implementation = round.implementation;
  head_.name = round.name;
  head_.version = round.version;
  head_.seed = round.seed;
  head_.level = round.level;
  head_.rounds = rounds;
  head_.finished = head_.finished && round.finished;
  for (const LawEvidence& evidence : round.laws) {
    auto law = std::find_if(laws_.begin(), laws_.end(),
                            [&](const OfLaw& known) { return known.verdict.law == evidence.law; });
    if (law == laws_.end()) {
      laws_.emplace_back().verdict.law = evidence.law;
      law = std::prev(laws_.end());
    }
    add(evidence, *law);
  }
}

void Conclusions::add(const LawEvidence& evidence, OfLaw& law) {
  law.skipped = evidence.skipped;
  law.unclaimed = evidence.unclaimed;
  law.finished = law.finished && evidence.finished;
  for (const ClaimEvidence& claim : evidence.claims) {
    law.trials += claim.trials;
    Course course(evidence);
    for (const TrialEvidence& trial : claim.seen) {
      if (course.is_over()) break;
      for (const TrialAccuracy& accuracy : trial.accuracy) profile_.add(accuracy);
      count(trial.outcome, law);
      if (trial.failure && !course.failed()) law.verdict.failures.push_back(*trial.failure);
      course.add(trial);
    }
  }
}

void Conclusions::count(const Outcome& outcome, OfLaw& law) {
  switch (outcome.kind) {
    case Outcome::Kind::pass:
      ++law.verdict.passed;
      break;
    case Outcome::Kind::inadmissible:
      ++law.verdict.inadmissible;
      law.inadmissible = outcome.message;
      break;
    case Outcome::Kind::undecided:
      ++law.verdict.undecided;
      break;
    case Outcome::Kind::fail:
      ++law.verdict.failed;
      break;
  }
}

LawVerdict Conclusions::concluded(const OfLaw& law) {
  using Kind = LawVerdict::Kind;
  LawVerdict verdict = law.verdict;
  const int seen = verdict.passed + verdict.failed + verdict.undecided + verdict.inadmissible;
  if (!law.skipped.empty()) {
    verdict.kind = Kind::skip;
    verdict.reason = law.skipped;
  } else if (!law.finished) {
    verdict.kind = verdict.failures.empty() ? Kind::cut_short : Kind::fail;
    verdict.reason = fmt::format("interrupted after {} of {} inputs", seen, law.trials);
  } else if (!law.unclaimed.empty()) {
    // What is not claimed cannot fail, but by a failure that breaks the contract.
    verdict.kind = verdict.failures.empty() ? Kind::skip : Kind::fail;
    verdict.reason = fmt::format("{}; measured: {} of {} inputs keep it", law.unclaimed, verdict.passed,
                                 verdict.passed + verdict.failed);
  } else if (verdict.failed > 0) {
    verdict.kind = Kind::fail;
  } else if (verdict.passed == 0 && verdict.undecided == 0) {
    verdict.kind = Kind::skip;
    verdict.reason = fmt::format("tested nothing: none of {} inputs meets the premises; the last: {}",
                                 verdict.inadmissible, law.inadmissible);
  } else if (verdict.undecided > 0) {
    verdict.kind = Kind::undecided;
  }
  return verdict;
}

bool Conclusions::has_failed(const Law& law) const {
  return std::any_of(laws_.begin(), laws_.end(), [&law](const OfLaw& known) {
    return known.verdict.law == &law && !known.verdict.failures.empty();
  });
}

Report Conclusions::report() const {
  Report report = head_;
  for (const OfLaw& law : laws_) report.laws.push_back(concluded(law));
  report.accuracy = profile_.summary();
  return report;
}

bool belongs(const Shard& shard, const Law& law, const std::string& loss, int index) {
  // Each part gets one of every `count` neighbours; which one is drawn for each such block, since some
  // generators repeat with a period of their own.
  const std::string block = fmt::format("{}/{}/{}", law.id, loss, index / shard.count);
  const auto turn = XXH3_64bits(block.data(), block.size()) % static_cast<unsigned>(shard.count);
  return (static_cast<unsigned>(index) + turn) % static_cast<unsigned>(shard.count) ==
         static_cast<unsigned>(shard.index - 1);
}

Expected<Evidence> join(std::vector<Evidence> parts) {
  if (parts.empty()) return Error{"part: none; accepted: all parts of a run"};
  if (auto error = not_parts_of_one(parts)) return *error;
  Evidence whole = std::move(parts.front());
  whole.shard = {};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    whole.finished = whole.finished && parts[i].finished;
    for (std::size_t k = 0; k < whole.laws.size(); ++k) add(whole.laws[k], parts[i].laws[k]);
  }
  for (LawEvidence& law : whole.laws) {
    for (ClaimEvidence& claim : law.claims) std::sort(claim.seen.begin(), claim.seen.end(), by_index);
  }
  return whole;
}

}  // namespace xent::properties
