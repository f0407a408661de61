#include "properties/part.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "properties/digest.h"
#include "properties/json.h"
#include "properties/laws.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;

constexpr std::int64_t kPartFormat = 1;
// Sums over all trials of a run do not overflow.
constexpr std::int64_t kMostTrialOutputs = std::int64_t{1} << 32;
constexpr const char* kOutcomes[] = {"pass", "fail", "inadmissible", "undecided"};  // of Outcome::Kind

std::string written(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string grade_text(const ClaimedGrade& grade) {
  return grade.grade == Grade::ulp ? fmt::format("ulp:{}", grade.ulps) : name(grade.grade);
}

Json accuracy_json(int index, const TrialAccuracy& accuracy) {
  const RegimeAccuracy& seen = accuracy.seen;
  Json ratios = Json::array();
  for (const double ratio : accuracy.worst_ratio_by_grade) ratios.push_back(json_number(ratio));
  Json json = {{"index", index},
               {"loss", accuracy.loss},
               {"claimed", accuracy.claimed_grade},
               {"judged", grade_text(accuracy.judged)},
               {"regime", name(accuracy.regime)},
               {"ratios", ratios},
               {"outputs", seen.outputs},
               {"worst_ulp", json_number(seen.worst_ulps)},
               {"worst_ratio", json_number(seen.worst_ratio)},
               {"true_value", json_number(seen.true_value)},
               {"computed", json_number(seen.computed)},
               {"ulp_counts", json_counts(seen.binades)}};
  if (accuracy.constants) json["constants"] = constants_json(*accuracy.constants);
  if (!seen.worst.problem.loss.empty()) json["case"] = Json::parse(case_line(seen.worst, "worst"));
  return json;
}

Json claim_json(const ClaimEvidence& claim, const std::string& law) {
  Json json = {{"trials", claim.trials}};
  for (const char* outcome : kOutcomes) json[outcome] = Json::array();
  for (const TrialEvidence& trial : claim.seen) {
    json[kOutcomes[static_cast<int>(trial.outcome.kind)]].push_back(trial.index);
    // The last one is shown where a law tested nothing.
    if (trial.outcome.kind == Outcome::Kind::inadmissible) json["why_inadmissible"] = trial.outcome.message;
    for (const TrialAccuracy& accuracy : trial.accuracy)
      json["accuracy"].push_back(accuracy_json(trial.index, accuracy));
    if (!trial.failure) continue;
    json["failure"] = {{"index", trial.index},
                       {"message", trial.failure->message},
                       {"shrink_steps", trial.failure->shrink_steps},
                       {"case", Json::parse(case_line(trial.failure->trial, law))}};
  }
  return json;
}

Json law_line(const LawEvidence& law) {
  Json json = {{"law", law.law->id}, {"finished", law.finished}};
  if (!law.skipped.empty()) json["skipped"] = law.skipped;
  if (!law.unclaimed.empty()) json["unclaimed"] = law.unclaimed;
  json["claims"] = Json::array();
  for (const ClaimEvidence& claim : law.claims) json["claims"].push_back(claim_json(claim, law.law->id));
  return json;
}

std::optional<Regime> regime_named(const std::string& wanted) {
  for (int i = 0; i < kRegimes; ++i) {
    if (wanted == name(static_cast<Regime>(i))) return static_cast<Regime>(i);
  }
  return std::nullopt;
}

class PartReader {
 public:
  Expected<Evidence> read(const std::string& text) {
    std::size_t begin = 0;
    for (; begin < text.size() && !error_ && !ended_; ++line_) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      read_line(text.substr(begin, end - begin), std::string_view(text).substr(0, begin));
      begin = end + 1;
    }
    if (error_) return Error{fmt::format("line {}: {}", line_, error_->message)};
    if (!ended_ || begin < text.size())
      return Error{"the last line is not the digest; accepted: a whole file of `xent check --part`"};
    return std::move(part_);
  }

 private:
  void read_line(const std::string& line, std::string_view above) {
    const auto json = parse_file(line);
    if (!json) {
      error_ = json.error();
      return;
    }
    StrictObject object(*json, "", error_);
    if (line_ == 0) {
      read_header(object);
    } else if (object.has("digest")) {
      std::string stored;
      object.read("digest", stored);
      if (stored != digest_of(above))
        object.refuse("digest", stored, digest_of(above) + ", that of the lines above");
      ended_ = true;
    } else {
      read_law(object);
    }
    object.finish();
  }

  void read_header(StrictObject& object) {
    std::int64_t format = 0;
    for (const char* key : {"xent_part", "xent", "part", "of", "implementation", "level", "seed", "finished"})
      object.require(key);
    object.read("xent_part", format, kPartFormat, kPartFormat);
    object.read("xent", part_.xent);
    object.read("of", part_.shard.count, 1, kMostShards);
    object.read("part", part_.shard.index, 1, part_.shard.count);
    object.read("implementation", part_.implementation);
    object.read("name", part_.name);
    object.read("version", part_.version);
    read_level(object, "level", part_.level);
    read_unsigned(object, "seed", part_.seed);
    object.read("finished", part_.finished);
  }

  void read_law(StrictObject& object) {
    LawEvidence law;
    std::string id;
    object.require("law");
    object.read("law", id);
    law.law = find_law(id);
    if (law.law == nullptr) object.refuse("law", "'" + id + "'", "an id of `xent list laws`");
    object.read("finished", law.finished);
    object.read("skipped", law.skipped);
    object.read("unclaimed", law.unclaimed);
    each(object, "claims", [&](StrictObject& claim) { law.claims.push_back(read_claim(claim)); });
    part_.laws.push_back(std::move(law));
  }

  // The objects of an array; an absent one has none.
  template <typename Read>
  void each(StrictObject& object, const char* key, Read read_one) {
    const Json* list = object.find(key);
    if (list == nullptr) return;
    if (!list->is_array()) return object.refuse(key, "no array", "an array of objects");
    for (std::size_t i = 0; i < list->size() && !error_; ++i) {
      StrictObject element((*list)[i], fmt::format("{}[{}].", key, i), error_);
      read_one(element);
      element.finish();
    }
  }

  using Trials = std::map<std::int64_t, TrialEvidence>;

  ClaimEvidence read_claim(StrictObject& object) {
    ClaimEvidence claim;
    object.require("trials");
    object.read("trials", claim.trials, 0);
    Trials trials = read_outcomes(object, claim.trials);
    each(object, "accuracy", [&](StrictObject& element) {
      if (TrialEvidence* trial = named_trial(element, trials))
        trial->accuracy.push_back(read_accuracy(element));
    });
    if (const Json* failure = object.find("failure")) {
      StrictObject element(*failure, "failure.", error_);
      if (TrialEvidence* trial = named_trial(element, trials)) trial->failure = read_failure(element);
      element.finish();
    }
    for (auto& [index, trial] : trials) claim.seen.push_back(std::move(trial));
    return claim;
  }

  static Trials read_outcomes(StrictObject& object, std::int64_t count) {
    Trials trials;
    std::string why;
    object.read("why_inadmissible", why);
    for (std::size_t kind = 0; kind < std::size(kOutcomes); ++kind) {
      std::vector<std::int64_t> indices;
      object.read(kOutcomes[kind], indices);
      for (const std::int64_t index : indices) {
        // One more is that of a search.
        if (index < 0 || index > count || trials.contains(index))
          object.refuse(kOutcomes[kind], std::to_string(index), "each trial once, 0 to trials");
        TrialEvidence& trial = trials[index];
        trial.index = static_cast<int>(index);
        trial.outcome.kind = static_cast<Outcome::Kind>(kind);
        if (trial.outcome.kind == Outcome::Kind::inadmissible) trial.outcome.message = why;
      }
    }
    return trials;
  }

  static TrialEvidence* named_trial(StrictObject& object, Trials& trials) {
    std::int64_t index = -1;
    object.read("index", index);
    const auto found = trials.find(index);
    if (found == trials.end()) object.refuse("index", std::to_string(index), "that of a trial");
    return found == trials.end() ? nullptr : &found->second;
  }

  static Trial read_case(StrictObject& object) {
    const Json* line = object.find("case");
    if (line == nullptr) return {};
    auto trial = trial_of_line(line->dump(-1, ' ', false, Json::error_handler_t::replace));
    if (!trial) object.fail("case", trial.error().message);
    return trial ? std::move(*trial) : Trial();
  }

  static Failure read_failure(StrictObject& object) {
    Failure failure;
    std::int64_t steps = 0;
    object.require("case");
    object.read("message", failure.message);
    object.read("shrink_steps", steps, 0);
    failure.shrink_steps = static_cast<std::size_t>(steps);
    failure.trial = read_case(object);
    return failure;
  }

  TrialAccuracy read_accuracy(StrictObject& object) {
    TrialAccuracy accuracy;
    std::string judged;
    std::string regime;
    for (const char* key : {"loss", "claimed", "judged", "regime", "outputs"}) object.require(key);
    object.read("loss", accuracy.loss);
    object.read("claimed", accuracy.claimed_grade);
    object.read("judged", judged);
    if (const auto grade = parse_grade(judged)) {
      accuracy.judged = *grade;
    } else {
      object.fail("judged", grade.error().message);
    }
    read_constants(object.find("constants"), error_, accuracy.constants);
    object.read("regime", regime);
    if (const auto known = regime_named(regime)) {
      accuracy.regime = *known;
    } else {
      object.refuse("regime", "'" + regime + "'", "a regime of a report");
    }
    read_numbers(object, "ratios", accuracy.worst_ratio_by_grade);
    if (accuracy.worst_ratio_by_grade.size() > std::size(kGradesByRatio))
      object.refuse("ratios", "more", "one for each grade");
    read_seen(object, accuracy.seen);
    return accuracy;
  }

  static void read_seen(StrictObject& object, RegimeAccuracy& seen) {
    object.read("outputs", seen.outputs, 1, kMostTrialOutputs);
    read_error(object, "worst_ulp", seen.worst_ulps);
    read_error(object, "worst_ratio", seen.worst_ratio);
    read_number(object, "true_value", seen.true_value);
    read_number(object, "computed", seen.computed);
    read_counts(object, "ulp_counts", seen.outputs, seen.binades);
    seen.worst = read_case(object);
  }

  std::optional<Error> error_;
  Evidence part_;
  int line_ = 0;
  bool ended_ = false;
};

}  // namespace

std::string part_text(const Evidence& part) {
  std::string text = written({{"xent_part", kPartFormat},
                              {"xent", part.xent},
                              {"part", part.shard.index},
                              {"of", part.shard.count},
                              {"implementation", part.implementation},
                              {"name", part.name},
                              {"version", part.version},
                              {"level", name(part.level)},
                              {"seed", part.seed},
                              {"finished", part.finished}});
  for (const LawEvidence& law : part.laws) text += written(law_line(law));
  return text + written({{"digest", digest_of(text)}});
}

Expected<Evidence> read_part(const std::string& text) {
  return PartReader().read(text);
}

}  // namespace xent::properties
