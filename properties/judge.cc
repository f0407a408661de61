#include "properties/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "properties/quarries.h"
#include "properties/search.h"
#include "properties/shrink.h"
#include "properties/version.h"
#include "properties/workers.h"
#include "reference/certify.h"

namespace xent::properties {
namespace {

constexpr int kSmokeTrials = 60;
constexpr int kStandardTrials = 500;
// In making one counter-example small, of waits for what hangs and starts of what has ended. A count, as time
// would make the example depend on the machine.
constexpr int kMostTimesLost = 20;

int trials_of(const Law& law, const CheckOptions& options) {
  const bool smoke = options.level == Level::smoke;
  const int own = smoke ? law.smoke : law.standard;
  const int count = own > 0 ? own : smoke ? kSmokeTrials : kStandardTrials;
  return options.most_trials > 0 ? std::min(count, options.most_trials) : count;
}

std::vector<const xent_claim*> claims_for(const Law& law, const xent_implementation& implementation) {
  std::vector<const xent_claim*> claims;
  for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
    const xent_claim& claim = implementation.claims[i];
    if (reference::find_loss(claim.loss) != nullptr && law.applies(claim, implementation))
      claims.push_back(&claim);
  }
  return claims;
}

// What a law is going to ask.
struct Questions {
  std::vector<const xent_claim*> claims;
  std::string unclaimed;  // why wrong values do not count
  int trials = 0;         // for each claim
};

Questions questions(const Law& law, const xent_implementation& implementation, const CheckOptions& options) {
  Questions asked = {claims_for(law, implementation), "", trials_of(law, options)};
  const auto lacks = [&law](const xent_claim* claim) { return law.not_claimed && law.not_claimed(*claim); };
  // A capability that no claim has is measured all the same.
  if (!asked.claims.empty() && std::all_of(asked.claims.begin(), asked.claims.end(), lacks)) {
    asked.unclaimed = *law.not_claimed(*asked.claims.front());
  } else {
    std::erase_if(asked.claims, lacks);
  }
  return asked;
}

// How many trials of the law are the shard's.
std::int64_t share(const Law& law, const Questions& asked, const Shard& shard) {
  std::int64_t count = 0;
  for (const xent_claim* claim : asked.claims) {
    for (int index = 0; index < asked.trials; ++index)
      count += belongs(shard, law, claim->loss, index) ? 1 : 0;
  }
  return count;
}

// One round of a run; any but a deep run has one.
struct Round {
  int index = 0;
  std::function<bool(const Law&)> leaves_out;  // none: hears all laws
  std::function<bool()> is_enough;             // ends the round where it is
};

// Of one trial.
Outcome judged(const Subject& subject, const Law& law, const Trial& trial, const Recorder& record) {
  const int before = subject.unrecorded();
  Outcome outcome = law.judge(subject, trial, record);
  if (subject.unrecorded() == before) return outcome;
  return Outcome::inadmissible("it raises a question that is not among those that were exported");
}

// Tells whoever asked how far the run is.
class Ticker {
 public:
  Ticker(const CheckOptions& options, std::size_t laws, std::int64_t trials) : options_(options) {
    progress_.laws = laws;
    progress_.trials = trials;
  }

  void begin(const Law& law) { progress_.law = &law; }
  void show() {
    progress_.done = static_cast<double>(progress_.trials_done) / static_cast<double>(progress_.trials);
    if (options_.progress) options_.progress(progress_);
  }
  void tick() {
    show();
    ++progress_.trials_done;
  }
  void fail() { ++progress_.failures; }
  // `trials` of them were the law's share, tried or not.
  void end(std::int64_t trials) {
    ++progress_.laws_done;
    before_ += trials;
    progress_.trials_done = before_;
  }

 private:
  const CheckOptions& options_;
  Progress progress_;
  std::int64_t before_ = 0;  // of the laws that are done
};

// One law put to one implementation.
class Hearing {
 public:
  Hearing(const Subject& subject, const Law& law, const CheckOptions& options, const Round& round,
          Ticker& ticker)
      : subject_(subject), law_(law), options_(options), round_(round), ticker_(ticker) {
    evidence_.law = &law;
  }

  LawEvidence hear(const Questions& asked) {
    if (law_.is_about_layouts && !subject_.has_layouts()) {
      evidence_.skipped = "the implementation is handed no memory, but text";
      return std::move(evidence_);
    }
    if (const auto why = law_.unheard ? law_.unheard() : std::nullopt) {
      evidence_.skipped = *why;
      return std::move(evidence_);
    }
    if (asked.claims.empty()) evidence_.skipped = "the implementation declares nothing that the law is about";
    evidence_.unclaimed = asked.unclaimed;
    evidence_.claims.resize(asked.claims.size());
    for (ClaimEvidence& claim : evidence_.claims) claim.trials = asked.trials;
    for (std::size_t i = 0; i < asked.claims.size() && evidence_.finished; ++i) {
      put(*asked.claims[i], evidence_.claims[i]);
      if (failed(evidence_.claims[i]) && options_.stop_at_first_failure) break;
    }
    return std::move(evidence_);
  }

  // Looks for worse inputs than those of the trials that were heard; what it finds is one trial more of each
  // claim, which is all that is returned.
  LawEvidence seek(const Questions& asked, const LawEvidence& heard) {
    using Clock = std::chrono::steady_clock;
    evidence_.skipped = heard.skipped;
    evidence_.unclaimed = heard.unclaimed;
    for (const ClaimEvidence& claim : heard.claims) evidence_.claims.push_back({claim.trials, {}});
    const std::vector<Quarry> sought = quarries(asked, heard);
    const auto start = Clock::now();
    const auto spent = [&] {
      ticker_.show();
      return std::chrono::duration<double>(Clock::now() - start).count() / options_.search_seconds;
    };
    std::vector<Found> found =
        search(subject_, law_, sought, options_.seed, {spent, [this] { return interrupted(); }});
    for (std::size_t i = 0; i < asked.claims.size(); ++i) {
      Found of_claim;
      for (std::size_t k = 0; k < sought.size(); ++k) {
        if (sought[k].claim == asked.claims[i]) of_claim.add(std::move(found[k]));
      }
      add_found(std::move(of_claim), failed(heard.claims[i]), evidence_.claims[i]);
    }
    return std::move(evidence_);
  }

  static bool failed(const ClaimEvidence& claim) {
    return std::any_of(claim.seen.begin(), claim.seen.end(),
                       [](const TrialEvidence& trial) { return trial.failure.has_value(); });
  }

 private:
  bool interrupted() {
    if (options_.interrupted && options_.interrupted()) evidence_.finished = false;
    return !evidence_.finished;
  }

  void put(const xent_claim& claim, ClaimEvidence& evidence) {
    worst_.clear();
    Course course(evidence_);
    for (int index = 0; index < evidence.trials; ++index) {
      if (!belongs(options_.shard, law_, claim.loss, index)) continue;
      if (interrupted() || (round_.is_enough && round_.is_enough())) return;
      ticker_.tick();
      std::optional<TrialEvidence> trial = tried(claim, index, evidence.trials, !course.failed());
      if (!trial) return;
      course.add(*trial);
      if (trial->failure) ticker_.fail();
      evidence.seen.push_back(std::move(*trial));
      if (course.is_over() || (course.failed() && options_.stop_at_first_failure)) return;
    }
  }

  // The trial with that index.
  Trial input(const xent_claim& claim, int index, int count) const {
    // Rounds go on where the one before ended; what sweeps begins anew.
    const std::string name = fmt::format("{}/{}/{}", law_.id, claim.loss, round_.index * count + index);
    Random random{rc::Random(stream(options_.seed, name))};
    Trial trial = law_.generate(random, claim, index, count);
    trial.problem.conventions = subject_.implementation().conventions;
    return trial;
  }

  // What searches start from, of the claims that are this part's.
  std::vector<Quarry> quarries(const Questions& asked, const LawEvidence& heard) const {
    std::vector<Quarry> all;
    for (std::size_t i = 0; i < asked.claims.size(); ++i) {
      if (static_cast<int>(i) % options_.shard.count != options_.shard.index - 1) continue;
      const xent_claim& claim = *asked.claims[i];
      for (Quarry& quarry :
           quarries_of(claim, heard.claims[i], [&](int index) { return input(claim, index, asked.trials); }))
        all.push_back(std::move(quarry));
    }
    return all;
  }

  // One trial more of a claim.
  void add_found(Found found, bool has_failed, ClaimEvidence& evidence) {
    if (found.tried == 0) return;
    TrialEvidence trial;
    trial.index = evidence.trials;
    trial.outcome = std::move(found.outcome);
    trial.accuracy = std::move(found.accuracy);
    if (counts(trial.outcome) && !has_failed) {
      trial.failure = shrunk(*found.failing, trial.outcome.message);
      ticker_.fail();
    }
    evidence.seen.push_back(std::move(trial));
  }

  // Nothing if the run was interrupted meanwhile: the signal that ends it may have ended the implementation's
  // process first, and that is no finding.
  std::optional<TrialEvidence> tried(const xent_claim& claim, int index, int count, bool would_be_first) {
    const Trial trial = input(claim, index, count);
    TrialMeter meter(subject_.implementation());
    TrialEvidence evidence;
    evidence.index = index;
    evidence.outcome = judged(subject_, law_, trial, meter.recorder());
    if (interrupted()) return std::nullopt;
    evidence.accuracy = meter.take();
    for (TrialAccuracy& accuracy : evidence.accuracy) forget_unless_worst(accuracy);
    if (would_be_first && counts(evidence.outcome))
      evidence.failure = shrunk(trial, evidence.outcome.message);
    return evidence;
  }

  // Whether the outcome is a failure that counts against the implementation.
  bool counts(const Outcome& outcome) const {
    return outcome.kind == Outcome::Kind::fail && (evidence_.unclaimed.empty() || outcome.breaks_contract);
  }

  void forget_unless_worst(TrialAccuracy& accuracy) {
    const auto [known, is_first] =
        worst_.try_emplace({accuracy.loss, accuracy.regime}, accuracy.seen.worst_ulps);
    if (is_first) return;
    if (accuracy.seen.worst_ulps > known->second) {
      known->second = accuracy.seen.worst_ulps;
    } else {
      accuracy.seen.worst = {};
    }
  }

  // As small as an interruption and kMostTimesLost leave room for.
  Failure shrunk(const Trial& trial, std::string message) {
    if (options_.shrink_budget == 0) return {trial, std::move(message), 0};
    const int lost = subject_.times_lost();
    const auto fails = [&](const Trial& smaller) {
      if (interrupted() || subject_.times_lost() - lost > kMostTimesLost) return false;
      Outcome outcome = judged(subject_, law_, smaller, {});
      if (!counts(outcome) || interrupted()) return false;
      message = std::move(outcome.message);
      return true;
    };
    if (fails(trial)) {
      const std::string as_found = message;
      const Shrunk smallest = shrink(trial, fails, options_.shrink_budget);
      if (fails_by_itself(smallest.trial)) return {smallest.trial, message, smallest.steps};
      if (fails_by_itself(trial)) return {trial, as_found, 0};
      message += "; only after other calls: asked first, it is answered rightly";
      return {smallest.trial, message, smallest.steps};
    }
    if (interrupted()) return {trial, message, 0};
    // An implementation whose failures come and go may not fail again; its first failure is then shown as it
    // was.
    return {trial,
            message + "; failed once, but not when repeated: the result depends on more than the input", 0};
  }

  // As whoever replays it will ask: in a process that has answered nothing yet. What runs in this one has no
  // other.
  bool fails_by_itself(const Trial& trial) {
    const auto own = subject_.again(options_.interrupted);
    return !own || counts(judged(*own, law_, trial, {})) || interrupted();
  }

  const Subject& subject_;
  const Law& law_;
  const CheckOptions& options_;
  const Round& round_;
  Ticker& ticker_;
  LawEvidence evidence_;
  std::map<std::pair<std::string, Regime>, double> worst_;  // ulps, of the claim so far
};

std::vector<const Law*> laws_to_hear(const CheckOptions& options, const Round& round) {
  std::vector<const Law*> laws;
  for (const Law& law : all_laws()) {
    const bool is_left_out = round.leaves_out && round.leaves_out(law);
    if ((options.only_law.empty() || options.only_law == law.id) && !is_left_out) laws.push_back(&law);
  }
  return laws;
}

// Evidence of no law.
Evidence heading(const xent_implementation& implementation, const CheckOptions& options) {
  Evidence evidence = blank_evidence(options);
  if (options.implementation.empty()) evidence.implementation = implementation.name;
  evidence.name = implementation.name;
  evidence.version = implementation.version == nullptr ? "" : implementation.version;
  evidence.finished = true;
  return evidence;
}

bool has_failed(const LawEvidence& heard) {
  return std::any_of(heard.claims.begin(), heard.claims.end(), Hearing::failed);
}

// The part of the round that the options name.
Evidence gather_here(const Subject& subject, const CheckOptions& options, const Round& round) {
  const xent_implementation& implementation = subject.implementation();
  Evidence evidence = heading(implementation, options);
  const std::vector<const Law*> laws = laws_to_hear(options, round);
  std::vector<Questions> asked;
  std::vector<std::int64_t> trials;
  for (const Law* law : laws) {
    asked.push_back(questions(*law, implementation, options));
    trials.push_back(share(*law, asked.back(), options.shard));
  }
  Ticker ticker(options, laws.size(), std::accumulate(trials.begin(), trials.end(), std::int64_t{0}));
  for (std::size_t i = 0; i < laws.size(); ++i) {
    ticker.begin(*laws[i]);
    evidence.laws.push_back(Hearing(subject, *laws[i], options, round, ticker).hear(asked[i]));
    const LawEvidence& heard = evidence.laws.back();
    evidence.finished = evidence.finished && heard.finished;
    ticker.end(trials[i]);
    if (options.stop_at_first_failure && has_failed(heard)) break;
  }
  return evidence;
}

// The same in this process, or by several.
Evidence gather_by(const Subject& subject, const CheckOptions& options,
                   const std::function<Evidence(const Subject&, const CheckOptions&)>& gather_part) {
  if (options.jobs == 1) return gather_part(subject, options);
  return gather_in_processes(options, [&](const CheckOptions& part) {
    const auto own = subject.again(part.interrupted);
    // One that was interrupted at its start asks nothing more.
    if (!own && !(part.interrupted && part.interrupted()))
      throw std::runtime_error("--jobs: it does not run twice at a time: " + own.error().message);
    return gather_part(own ? *own : subject, part);
  });
}

// Whether there is something to search for: a law that measures, put to an implementation.
bool is_sought(const LawEvidence& heard) {
  return heard.law->measures && !heard.claims.empty();
}

// What searches find beyond the evidence of whole trials.
Evidence seek_here(const Subject& subject, const CheckOptions& options, const Evidence& whole) {
  const Round first;
  Ticker ticker(options, whole.laws.size(), 1);
  Evidence found = heading(subject.implementation(), options);
  for (const LawEvidence& heard : whole.laws) {
    if (!is_sought(heard)) continue;
    ticker.begin(*heard.law);
    const Questions asked = questions(*heard.law, subject.implementation(), options);
    found.laws.push_back(Hearing(subject, *heard.law, options, first, ticker).seek(asked, heard));
    found.finished = found.finished && found.laws.back().finished;
  }
  return found;
}

void add_found(Evidence& whole, Evidence found) {
  whole.finished = whole.finished && found.finished;
  for (LawEvidence& more : found.laws) {
    LawEvidence& law = *std::find_if(whole.laws.begin(), whole.laws.end(),
                                     [&](const LawEvidence& heard) { return heard.law == more.law; });
    law.finished = law.finished && more.finished;
    for (std::size_t i = 0; i < more.claims.size(); ++i) {
      for (TrialEvidence& trial : more.claims[i].seen) law.claims[i].seen.push_back(std::move(trial));
    }
  }
}

// How much of a round is done where a search, whose time is known, follows trials, whose time is guessed from
// those that are through.
class Timetable {
 public:
  explicit Timetable(const CheckOptions& options) : options_(options) {}

  CheckOptions of_trials() {
    CheckOptions trials = options_;
    if (!options_.progress || options_.search_seconds == 0) return trials;
    trials.progress = [this](Progress progress) {
      last_ = progress;
      const double whole = spent() / progress.done + options_.search_seconds;
      if (progress.done > 0) progress.done = spent() / whole;
      options_.progress(progress);
    };
    return trials;
  }

  CheckOptions of_search() {
    CheckOptions search = options_;
    if (!options_.progress) return search;
    search.progress = [this, before = spent()](Progress progress) {
      progress.searches = true;
      progress.laws_done = last_.laws_done;
      progress.laws = last_.laws;
      progress.trials = progress.trials_done = last_.trials;
      progress.failures += last_.failures;
      progress.done = std::min(spent() / (before + options_.search_seconds), 1.0);
      options_.progress(progress);
    };
    return search;
  }

 private:
  using Clock = std::chrono::steady_clock;
  double spent() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  const CheckOptions& options_;
  Clock::time_point start_ = Clock::now();
  Progress last_;  // of the trials
};

bool searches(const CheckOptions& options, const Evidence& whole) {
  const bool is_enough =
      options.stop_at_first_failure && std::any_of(whole.laws.begin(), whole.laws.end(), has_failed);
  return options.search_seconds > 0 && whole.finished && !is_enough &&
         std::any_of(whole.laws.begin(), whole.laws.end(), is_sought);
}

// Searches begin where all trials are through: they start from the worst of them, whichever process tried it.
Evidence gather_round(const Subject& subject, const CheckOptions& options, const Round& round) {
  if (laws_to_hear(options, round).empty()) return gather_here(subject, options, round);
  Timetable timetable(options);
  Evidence whole = gather_by(
      subject, timetable.of_trials(),
      [&](const Subject& asked, const CheckOptions& part) { return gather_here(asked, part, round); });
  if (!searches(options, whole)) return whole;
  add_found(whole,
            gather_by(subject, timetable.of_search(), [&](const Subject& asked, const CheckOptions& part) {
              return seek_here(asked, part, whole);
            }));
  return whole;
}

// How much of a deep run is done.
class Depth {
 public:
  explicit Depth(const CheckOptions& options) : options_(options) {}

  bool is_out_of_time() const { return options_.most_rounds == 0 && spent() >= 1; }
  bool has_round(int index) const {
    return index == 0 || (options_.most_rounds == 0 ? spent() < 1 : index < options_.most_rounds);
  }
  // Of which the round, in turn, has done so much.
  double done(int round, double of_round) const {
    return options_.most_rounds == 0 ? std::min(spent(), 1.0) : (round + of_round) / options_.most_rounds;
  }

 private:
  using Clock = std::chrono::steady_clock;
  double spent() const {
    return std::chrono::duration<double>(Clock::now() - start_).count() / options_.budget_seconds;
  }

  const CheckOptions& options_;
  Clock::time_point start_ = Clock::now();
};

Report check_deeply(const Subject& subject, const CheckOptions& options) {
  const Depth depth(options);
  Conclusions conclusions;
  CheckOptions of_round = options;
  of_round.level = Level::standard;
  for (Round round; depth.has_round(round.index); ++round.index) {
    if (options.progress) {
      of_round.progress = [&](Progress progress) {
        progress.round = round.index;
        progress.done = depth.done(round.index, progress.done);
        options.progress(progress);
      };
    }
    if (round.index > 0) {
      of_round.search_seconds = 0;
      round.leaves_out = [&](const Law& law) { return conclusions.has_failed(law); };
      round.is_enough = [&] { return depth.is_out_of_time(); };
    }
    Evidence evidence = gather_round(subject, of_round, round);
    evidence.level = options.level;
    if (evidence.laws.empty()) break;  // all that is asked has failed
    conclusions.add(evidence);
    if (!evidence.finished) break;
  }
  return conclusions.report();
}

}  // namespace

Evidence blank_evidence(const CheckOptions& options) {
  Evidence evidence;
  evidence.xent = version();
  evidence.implementation = options.implementation;
  evidence.seed = options.seed;
  evidence.level = options.level;
  evidence.shard = options.shard;
  evidence.finished = false;
  return evidence;
}

Evidence gather(const Subject& subject, const CheckOptions& options) {
  return gather_round(subject, options, {});
}

Report check(const Subject& subject, const CheckOptions& options) {
  return options.level == Level::deep ? check_deeply(subject, options) : conclude(gather(subject, options));
}

Report check(const xent_implementation& implementation, const CheckOptions& options) {
  return check(Subject(implementation), options);
}

Outcome replay(const Subject& subject, const Law& law, const Trial& trial) {
  return judged(subject, law, trial, {});
}

Outcome replay(const xent_implementation& implementation, const Law& law, const Trial& trial) {
  return replay(Subject(implementation), law, trial);
}

}  // namespace xent::properties
