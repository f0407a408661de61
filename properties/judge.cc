#include "properties/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "properties/accuracy_profile.h"
#include "properties/shrink.h"
#include "reference/certify.h"

namespace xent::properties {
namespace {

constexpr int kSmokeTrials = 60;
constexpr int kStandardTrials = 500;
// In making one counter-example small, on waiting for what hangs and on starting what has ended.
constexpr double kMostSecondsLost = 5;

int trials_of(const Law& law, Level level) {
  const int own = level == Level::smoke ? law.smoke : law.standard;
  return own > 0 ? own : level == Level::smoke ? kSmokeTrials : kStandardTrials;
}

// FNV-1a (Fowler, Noll & Vo): every law and loss draws from its own stream, so that adding one leaves the
// others'.
std::uint64_t stream(std::uint64_t seed, const std::string& text) {
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
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

// One law put to one implementation.
class Hearing {
 public:
  Hearing(const Subject& subject, const Law& law, const CheckOptions& options, AccuracyProfile& profile)
      : subject_(subject), options_(options), profile_(profile) {
    verdict_.law = &law;
  }

  LawVerdict hear() {
    const Law& law = *verdict_.law;
    const auto claims = claims_for(law, subject_.implementation());
    if (claims.empty()) return skipped("the implementation declares nothing that the law is about");
    if (law.is_about_layouts && !subject_.has_layouts())
      return skipped("the implementation is handed no memory, but text");
    const auto lacks = [&law](const xent_claim* claim) { return law.not_claimed && law.not_claimed(*claim); };
    // A capability that no claim has is measured all the same.
    const bool is_unclaimed = std::all_of(claims.begin(), claims.end(), lacks);
    if (is_unclaimed) unclaimed_ = law.not_claimed(*claims.front());
    for (const xent_claim* claim : claims) {
      if (!is_unclaimed && lacks(claim)) continue;
      put(*claim);
      if (!verdict_.failures.empty() && options_.stop_at_first_failure) break;
    }
    return concluded();
  }

 private:
  void put(const xent_claim& claim) {
    const Law& law = *verdict_.law;
    int count = trials_of(law, options_.level);
    if (options_.most_trials > 0) count = std::min(count, options_.most_trials);
    for (int index = 0; index < count; ++index) {
      const std::string name = fmt::format("{}/{}/{}", law.id, claim.loss, index);
      Random random{rc::Random(stream(options_.seed, name))};
      Trial trial = law.generate(random, claim, index, count);
      trial.problem.conventions = subject_.implementation().conventions;
      const Outcome outcome = law.judge(subject_, trial, profile_.recorder());
      note(trial, outcome);
      if (outcome.kind == Outcome::Kind::fail && !unclaimed_) return;
    }
  }

  void note(const Trial& trial, const Outcome& outcome) {
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
        if (!unclaimed_) verdict_.failures.push_back(shrunk(trial, outcome));
        break;
    }
  }

  Failure shrunk(const Trial& trial, const Outcome& outcome) const {
    const Law& law = *verdict_.law;
    const double lost = subject_.seconds_lost();
    std::string message;
    const auto fails = [&](const Trial& t) {
      if (subject_.seconds_lost() - lost > kMostSecondsLost) return false;
      Outcome again = law.judge(subject_, t, [](const Trial&, const Measurement&) {});
      if (again.kind != Outcome::Kind::fail) return false;
      message = std::move(again.message);
      return true;
    };
    // An implementation whose failures come and go may not fail again; its first failure is then shown as it
    // was.
    if (!fails(trial)) {
      return {
          trial,
          outcome.message + "; failed once, but not when repeated: the result depends on more than the input",
          0};
    }
    Shrunk smallest = shrink(trial, fails, options_.shrink_budget);
    return {smallest.trial, message, smallest.steps};
  }

  LawVerdict skipped(std::string reason) {
    verdict_.kind = LawVerdict::Kind::skip;
    verdict_.reason = std::move(reason);
    return verdict_;
  }

  LawVerdict concluded() {
    if (unclaimed_) {
      const int counted = verdict_.passed + verdict_.failed;
      return skipped(
          fmt::format("{}; measured: {} of {} inputs keep it", *unclaimed_, verdict_.passed, counted));
    }
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

  const Subject& subject_;
  const CheckOptions& options_;
  AccuracyProfile& profile_;
  LawVerdict verdict_;
  std::optional<std::string> unclaimed_;
  std::string inadmissible_;  // why the last such input was
};

}  // namespace

bool Report::conforms() const {
  const auto tested = [](const LawVerdict& v) { return v.kind == LawVerdict::Kind::pass; };
  const auto bad = [](const LawVerdict& v) {
    return v.kind == LawVerdict::Kind::fail || v.kind == LawVerdict::Kind::undecided;
  };
  return std::any_of(laws.begin(), laws.end(), tested) && std::none_of(laws.begin(), laws.end(), bad);
}

Report check(const xent_implementation& implementation, const CheckOptions& options) {
  return check(Subject(implementation), options);
}

Report check(const Subject& subject, const CheckOptions& options) {
  const xent_implementation& implementation = subject.implementation();
  Report report;
  report.name = implementation.name;
  report.version = implementation.version == nullptr ? "" : implementation.version;
  report.seed = options.seed;
  report.level = options.level;
  AccuracyProfile profile(implementation);
  const auto laws = all_laws();
  for (std::size_t i = 0; i < laws.size(); ++i) {
    if (!options.only_law.empty() && options.only_law != laws[i].id) continue;
    if (options.progress) options.progress(laws[i], i, laws.size());
    report.laws.push_back(Hearing(subject, laws[i], options, profile).hear());
    if (options.stop_at_first_failure && report.laws.back().kind == LawVerdict::Kind::fail) break;
  }
  report.accuracy = profile.summary();
  return report;
}

Outcome replay(const Subject& subject, const Law& law, const Trial& trial) {
  return law.judge(subject, trial, [](const Trial&, const Measurement&) {});
}

Outcome replay(const xent_implementation& implementation, const Law& law, const Trial& trial) {
  return replay(Subject(implementation), law, trial);
}

}  // namespace xent::properties
