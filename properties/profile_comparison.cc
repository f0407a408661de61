#include "properties/profile_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;
using reference::refused;

using Kind = Change::Kind;

// Half an ulp: what lies below is the nearest float.
constexpr int kHalf = -1;

template <typename T>
const T* find(const std::vector<T>& list, std::string T::*key, const std::string& wanted) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const T& x) { return x.*key == wanted; });
  return found == list.end() ? nullptr : &*found;
}

// Rises with what the verdict promises.
int rank(const std::string& verdict) {
  constexpr LawVerdict::Kind kRising[] = {LawVerdict::Kind::fail, LawVerdict::Kind::undecided,
                                          LawVerdict::Kind::skip, LawVerdict::Kind::pass};
  const auto found = std::find_if(std::begin(kRising), std::end(kRising),
                                  [&](LawVerdict::Kind kind) { return verdict == word(kind); });
  return static_cast<int>(found - std::begin(kRising));
}

// Number of outputs whose error is at least 2^binade ulps.
std::int64_t tail(const ProfiledRegime& regime, int binade) {
  std::int64_t outputs = 0;
  for (auto at = regime.binades.lower_bound(binade); at != regime.binades.end(); ++at) outputs += at->second;
  return outputs;
}

// In per cent.
double share(const ProfiledRegime& regime, int binade) {
  return 100.0 * static_cast<double>(tail(regime, binade)) / static_cast<double>(regime.outputs);
}

std::optional<Kind> direction(double before, double after, double factor) {
  if (after > before * factor) return Kind::worse;
  if (before > after * factor) return Kind::better;
  return std::nullopt;
}

class Comparer {
 public:
  Comparer(const Profile& before, const Profile& after, const Tolerance& tolerance)
      : before_(before), after_(after), tolerance_(tolerance) {}

  Comparison compared() {
    for (const ProfiledLaw& law : before_.laws) compare(law);
    for (const ProfiledLaw& law : after_.laws) {
      if (find(before_.laws, &ProfiledLaw::id, law.id) == nullptr)
        note(law.verdict == word(LawVerdict::Kind::fail) ? Kind::worse : Kind::other, "law " + law.id,
             "new: " + law.verdict);
    }
    for (const ProfiledLoss& loss : before_.losses) compare(loss);
    for (const ProfiledLoss& loss : after_.losses) {
      if (find(before_.losses, &ProfiledLoss::loss, loss.loss) == nullptr)
        note(Kind::other, loss.loss, "new: claims " + loss.claimed + ", measured " + loss.measured);
    }
    return std::move(result_);
  }

 private:
  void note(Kind kind, const std::string& where, const std::string& what, const std::string& replay = "") {
    result_.changes.push_back({kind, where, what, replay});
  }

  // What has given rise to no change since there were `changes` is unchanged.
  void count_unchanged(std::size_t changes) {
    result_.unchanged += result_.changes.size() == changes ? 1 : 0;
  }

  void compare(const ProfiledLaw& before) {
    const std::string where = "law " + before.id;
    const ProfiledLaw* after = find(after_.laws, &ProfiledLaw::id, before.id);
    if (after == nullptr) return note(Kind::worse, where, before.verdict + " -> not put");
    const std::size_t changes = result_.changes.size();
    if (before.verdict != after->verdict) {
      const bool is_better = rank(after->verdict) > rank(before.verdict);
      // A promise withdrawn is no repair.
      const bool is_withdrawn = is_better && after->verdict == word(LawVerdict::Kind::skip);
      note(is_withdrawn ? Kind::other
           : is_better  ? Kind::better
                        : Kind::worse,
           where, before.verdict + " -> " + after->verdict);
    } else if (before.verdict == word(LawVerdict::Kind::skip)) {
      compare_measured(before, *after);
    } else if (before.verdict == word(LawVerdict::Kind::pass)) {
      if (before.passed != after->passed)
        note(Kind::other, where, fmt::format("inputs {} -> {}", before.passed, after->passed));
    } else {
      compare_not_passed(before, *after);
    }
    count_unchanged(changes);
  }

  // A law ends at the first failure of each claim, so that of the same inputs fewer pass where it comes
  // earlier.
  void compare_not_passed(const ProfiledLaw& before, const ProfiledLaw& after) {
    if (before.passed == after.passed && before.failed == after.failed) return;
    const bool is_worse = after.failed > before.failed || after.passed < before.passed;
    note(is_worse ? Kind::worse : Kind::better, "law " + before.id,
         fmt::format("{}: {} passed, {} failed -> {} passed, {} failed", before.verdict, before.passed,
                     before.failed, after.passed, after.failed));
  }

  void compare_measured(const ProfiledLaw& before, const ProfiledLaw& after) {
    if (before.passed == after.passed && before.failed == after.failed) return;
    const auto part = [](const ProfiledLaw& law) {
      const auto all = static_cast<double>(law.passed + law.failed);
      return all > 0 ? static_cast<double>(law.passed) / all : 0;
    };
    note(part(after) < part(before)   ? Kind::worse
         : part(after) > part(before) ? Kind::better
                                      : Kind::other,
         "law " + before.id,
         fmt::format("kept by {} of {} inputs -> {} of {}", before.passed, before.passed + before.failed,
                     after.passed, after.passed + after.failed));
  }

  void compare(const ProfiledLoss& before) {
    const ProfiledLoss* after = find(after_.losses, &ProfiledLoss::loss, before.loss);
    if (after == nullptr) return note(Kind::worse, before.loss, "no longer measured");
    // Older profiles have none.
    const bool same_constants =
        !before.constants || !after->constants || before.constants == after->constants;
    if (before.claimed != after->claimed) {
      const ClaimedGrade was = *parse_grade(before.claimed);
      const ClaimedGrade is = *parse_grade(after->claimed);
      const bool is_weaker = is.grade > was.grade || (is.grade == was.grade && is.ulps > was.ulps);
      note(is_weaker ? Kind::worse : Kind::better, before.loss,
           "claim " + before.claimed + " -> " + after->claimed);
    } else if (!same_constants) {
      note(are_no_weaker(*after->constants, *before.constants) ? Kind::better : Kind::worse, before.loss,
           "claim " + with_constants(before.claimed, before.constants) + " -> " +
               with_constants(after->claimed, after->constants));
    }
    for (const auto& [name, regime] : before.regimes) {
      const auto found = after->regimes.find(name);
      const std::string where = before.loss + ", " + name;
      if (found == after->regimes.end()) {
        note(Kind::worse, where, "no longer measured");
      } else {
        compare(where, regime, found->second, before.claimed == after->claimed && same_constants);
      }
    }
    for (const auto& [name, regime] : after->regimes) {
      if (!before.regimes.contains(name))
        note(Kind::other, before.loss + ", " + name, fmt::format("new: worst ulp {:.4g}", regime.worst_ulps));
    }
  }

  void compare(const std::string& where, const ProfiledRegime& before, const ProfiledRegime& after,
               bool same_claim) {
    const std::size_t changes = result_.changes.size();
    if (before.outputs != after.outputs)
      note(Kind::other, where, fmt::format("outputs {} -> {}", before.outputs, after.outputs));
    if (const auto kind = direction(before.worst_ulps, after.worst_ulps, tolerance_.ulp_factor)) {
      note(*kind, where, fmt::format("worst ulp {:.5g} -> {:.5g}", before.worst_ulps, after.worst_ulps),
           *kind == Kind::worse ? replay(after) : "");
    }
    const auto ratio = direction(before.worst_ratio, after.worst_ratio, tolerance_.bound_factor);
    if (same_claim && ratio)
      note(*ratio, where, fmt::format("error/bound {:.4g} -> {:.4g}", before.worst_ratio, after.worst_ratio));
    compare_shares(where, before, after);
    count_unchanged(changes);
  }

  std::string replay(const ProfiledRegime& regime) const {
    return replay_command(after_.implementation, "accuracy", *trial_of_line(regime.worst_case));
  }

  // One line for the power of two at which the shares differ most, growth first.
  void compare_shares(const std::string& where, const ProfiledRegime& before, const ProfiledRegime& after) {
    const int last = std::max(before.binades.rbegin()->first, after.binades.rbegin()->first);
    int worst = kHalf;
    int best = kHalf;
    const auto growth = [&](int at) { return share(after, at) - share(before, at); };
    for (int at = kHalf; at <= last; ++at) {
      if (growth(at) > growth(worst)) worst = at;
      if (growth(at) < growth(best)) best = at;
    }
    const bool is_worse = growth(worst) > tolerance_.share_points;
    if (!is_worse && -growth(best) <= tolerance_.share_points) return;
    const int at = is_worse ? worst : best;
    note(is_worse ? Kind::worse : Kind::better, where,
         fmt::format("{:g} ulp or more off: {} of {} outputs -> {} of {}", std::ldexp(1.0, at),
                     tail(before, at), before.outputs, tail(after, at), after.outputs));
  }

  const Profile& before_;
  const Profile& after_;
  const Tolerance& tolerance_;
  Comparison result_;
};

}  // namespace

int Comparison::count(Change::Kind kind) const {
  return static_cast<int>(std::count_if(changes.begin(), changes.end(),
                                        [kind](const Change& change) { return change.kind == kind; }));
}

Expected<Comparison> compare(const Profile& before, const Profile& after, const Tolerance& tolerance) {
  if (!before.finished || !after.finished)
    return refused("finished", "false, the profile of an interrupted run,", "profiles of whole runs");
  if (before.xent != after.xent) {
    return refused("xent", fmt::format("'{}' beside '{}'", after.xent, before.xent),
                   "profiles of one version, whose inputs are the same");
  }
  if (before.seed != after.seed) {
    return refused("seed", fmt::format("{} beside {}", after.seed, before.seed),
                   "profiles of one seed: the inputs are a function of it");
  }
  if (before.level != after.level) {
    return refused("level", fmt::format("{} beside {}", name(after.level), name(before.level)),
                   "profiles of one level");
  }
  return Comparer(before, after, tolerance).compared();
}

}  // namespace xent::properties
