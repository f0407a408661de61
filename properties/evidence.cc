#include "properties/evidence.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;
using reference::refused;

// What the trials of one law amount to.
class Conclusion {
 public:
  Conclusion(const LawEvidence& evidence, AccuracyProfile& profile) : evidence_(evidence), profile_(profile) {
    verdict_.law = evidence.law;
  }

  LawVerdict verdict() {
    if (!evidence_.skipped.empty()) return skipped(evidence_.skipped);
    for (const ClaimEvidence& claim : evidence_.claims) count(claim);
    if (!evidence_.finished) return cut_short();
    if (!evidence_.unclaimed.empty()) return measured();
    if (verdict_.failed > 0) {
      verdict_.kind = LawVerdict::Kind::fail;
    } else if (verdict_.passed == 0 && verdict_.undecided == 0) {
      verdict_.kind = LawVerdict::Kind::fail;
      verdict_.reason = fmt::format("tested nothing: none of {} inputs meets the premises; the last: {}",
                                    verdict_.inadmissible, inadmissible_);
    } else if (verdict_.undecided > 0) {
      verdict_.kind = LawVerdict::Kind::undecided;
    }
    return verdict_;
  }

 private:
  void count(const ClaimEvidence& claim) {
    Course course(evidence_);
    for (const TrialEvidence& trial : claim.seen) {
      if (course.is_over()) return;
      for (const TrialAccuracy& accuracy : trial.accuracy) profile_.add(accuracy);
      count(trial.outcome);
      if (trial.failure && !course.failed()) verdict_.failures.push_back(*trial.failure);
      course.add(trial);
    }
  }

  void count(const Outcome& outcome) {
    switch (outcome.kind) {
      case Outcome::Kind::pass:
        ++verdict_.passed;
        break;
      case Outcome::Kind::inadmissible:
        ++verdict_.inadmissible;
        inadmissible_ = outcome.message;
        break;
      case Outcome::Kind::undecided:
        ++verdict_.undecided;
        break;
      case Outcome::Kind::fail:
        ++verdict_.failed;
        break;
    }
  }

  // What is not claimed cannot fail, but by a failure that breaks the contract.
  LawVerdict measured() {
    verdict_.kind = verdict_.failures.empty() ? LawVerdict::Kind::skip : LawVerdict::Kind::fail;
    verdict_.reason = fmt::format("{}; measured: {} of {} inputs keep it", evidence_.unclaimed,
                                  verdict_.passed, verdict_.passed + verdict_.failed);
    return verdict_;
  }

  LawVerdict skipped(std::string reason) {
    verdict_.kind = LawVerdict::Kind::skip;
    verdict_.reason = std::move(reason);
    return verdict_;
  }

  LawVerdict cut_short() {
    int trials = 0;
    for (const ClaimEvidence& claim : evidence_.claims) trials += claim.trials;
    const int seen = verdict_.passed + verdict_.failed + verdict_.undecided + verdict_.inadmissible;
    verdict_.kind = verdict_.failures.empty() ? LawVerdict::Kind::cut_short : LawVerdict::Kind::fail;
    verdict_.reason = fmt::format("interrupted after {} of {} inputs", seen, trials);
    return verdict_;
  }

  const LawEvidence& evidence_;
  AccuracyProfile& profile_;
  LawVerdict verdict_;
  std::string inadmissible_;  // why the last such input was
};

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
  return level == Level::smoke ? "smoke" : "standard";
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
  Report report;
  report.xent = evidence.xent;
  report.implementation = evidence.implementation;
  report.name = evidence.name;
  report.version = evidence.version;
  report.seed = evidence.seed;
  report.level = evidence.level;
  report.finished = evidence.finished;
  AccuracyProfile profile;
  for (const LawEvidence& law : evidence.laws) report.laws.push_back(Conclusion(law, profile).verdict());
  report.accuracy = profile.summary();
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
