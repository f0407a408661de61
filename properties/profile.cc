#include "properties/profile.h"

#include <cmath>
#include <optional>
#include <set>

#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;

constexpr std::int64_t kProfileFormat = 1;

Json profiled_regime(const RegimeAccuracy& seen) {
  return {{"outputs", seen.outputs},
          {"worst_ulp", json_number(seen.worst_ulps)},
          {"worst_ratio", json_number(seen.worst_ratio)},
          {"ulp_counts", json_counts(seen.binades)},
          {"computed", reference::hexfloat(seen.computed)},
          {"true_value", json_number(seen.true_value)},
          {"case", Json::parse(case_line(seen.worst, "worst"))}};
}

Json profiled_law(const LawVerdict& verdict) {
  return {{"law", verdict.law->id},
          {"verdict", word(verdict.kind)},
          {"passed", verdict.passed},
          {"failed", verdict.failed}};
}

class ProfileReader {
 public:
  Expected<Profile> read(const Json& json) {
    StrictObject object(json, "", error_);
    std::int64_t format = 0;
    object.require("xent_profile");
    object.read("xent_profile", format, kProfileFormat, kProfileFormat);
    for (const char* key : {"xent", "implementation", "level", "seed", "finished", "laws", "accuracy"})
      object.require(key);
    object.read("xent", profile_.xent);
    object.read("implementation", profile_.implementation);
    object.read("name", profile_.name);
    object.read("version", profile_.version);
    read_level(object, "level", profile_.level);
    read_unsigned(object, "seed", profile_.seed);
    object.read("finished", profile_.finished);
    read_list(object, "laws", &ProfileReader::read_law);
    read_list(object, "accuracy", &ProfileReader::read_loss);
    if (profile_.finished && profile_.laws.empty())
      object.refuse("laws", "none", "those of a run, or \"finished\":false");
    object.finish();
    if (error_) return *error_;
    return profile_;
  }

 private:
  void read_list(StrictObject& object, const char* key, void (ProfileReader::*read_one)(StrictObject&)) {
    const Json* list = object.find(key);
    if (list == nullptr) return;
    if (!list->is_array()) return object.refuse(key, "no array", "an array of objects");
    for (std::size_t i = 0; i < list->size(); ++i) {
      StrictObject element((*list)[i], std::string(key) + "[" + std::to_string(i) + "].", error_);
      (this->*read_one)(element);
      element.finish();
    }
  }

  void read_law(StrictObject& object) {
    ProfiledLaw law;
    object.require("law");
    object.read("law", law.id);
    object.require("verdict");
    read_verdict(object, law.verdict);
    object.read("passed", law.passed, 0);
    object.read("failed", law.failed, 0);
    if (!known_.insert("law " + law.id).second) object.refuse("law", law.id + " twice", "each law once");
    profile_.laws.push_back(std::move(law));
  }

  void read_verdict(StrictObject& object, std::string& verdict) {
    object.read("verdict", verdict);
    std::string accepted;
    for (const LawVerdict::Kind kind : LawVerdict::kKinds) {
      if (kind == LawVerdict::Kind::cut_short && profile_.finished) continue;
      if (verdict == word(kind)) return;
      accepted += (accepted.empty() ? "" : ", ") + std::string(word(kind));
    }
    object.refuse("verdict", "'" + verdict + "'", accepted);
  }

  void read_loss(StrictObject& object) {
    ProfiledLoss loss;
    for (const char* key : {"loss", "claimed", "measured", "regimes"}) object.require(key);
    object.read("loss", loss.loss);
    object.read("claimed", loss.claimed);
    read_constants(object.find("constants"), error_, loss.constants);
    object.read("measured", loss.measured);
    if (const auto grade = parse_grade(loss.claimed); !grade) object.fail("claimed", grade.error().message);
    if (!known_.insert("loss " + loss.loss).second)
      object.refuse("loss", loss.loss + " twice", "each loss once");
    if (const Json* regimes = object.find("regimes")) {
      StrictObject names(*regimes, "accuracy: " + loss.loss + ": regimes.", error_);
      if (regimes->is_object()) read_regimes(*regimes, names, loss);
    }
    profile_.losses.push_back(std::move(loss));
  }

  void read_regimes(const Json& regimes, StrictObject& names, ProfiledLoss& loss) {
    for (const auto& [name, value] : regimes.items()) {
      if (names.find(name.c_str()) == nullptr) return;
      StrictObject object(value, "accuracy: " + loss.loss + ": regimes." + name + ".", error_);
      loss.regimes[name] = read_regime(object);
      object.finish();
    }
  }

  static ProfiledRegime read_regime(StrictObject& object) {
    ProfiledRegime regime;
    for (const char* key : {"outputs", "worst_ulp", "worst_ratio", "ulp_counts", "case"}) object.require(key);
    object.read("outputs", regime.outputs, 1);
    read_error(object, "worst_ulp", regime.worst_ulps);
    read_error(object, "worst_ratio", regime.worst_ratio);
    object.find("computed");
    object.find("true_value");
    if (const Json* line = object.find("case")) {
      regime.worst_case = line->dump(-1, ' ', false, Json::error_handler_t::replace);
      if (const auto trial = trial_of_line(regime.worst_case); !trial)
        object.fail("case", trial.error().message);
    }
    read_counts(object, "ulp_counts", regime.outputs, regime.binades);
    return regime;
  }

  std::optional<Error> error_;
  Profile profile_;
  std::set<std::string> known_;
};

}  // namespace

Json accuracy_json(const LossAccuracy& loss) {
  Json regimes = Json::object();
  for (const auto& [regime, seen] : loss.regimes) regimes[name(regime)] = profiled_regime(seen);
  Json json = {{"loss", loss.loss}, {"claimed", loss.claimed_grade}};
  if (loss.constants) json["constants"] = constants_json(*loss.constants);
  json["measured"] = loss.measured_grade;
  json["regimes"] = regimes;
  return json;
}

std::string profile_text(const Report& report) {
  Json json = {{"xent_profile", kProfileFormat},
               {"xent", report.xent},
               {"implementation", report.implementation},
               {"name", report.name},
               {"version", report.version},
               {"level", name(report.level)},
               {"seed", report.seed},
               {"finished", report.finished},
               {"laws", Json::array()},
               {"accuracy", Json::array()}};
  for (const LawVerdict& verdict : report.laws) json["laws"].push_back(profiled_law(verdict));
  for (const LossAccuracy& loss : report.accuracy) json["accuracy"].push_back(accuracy_json(loss));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Expected<Profile> read_profile(const std::string& text) {
  const auto json = parse_file(text);
  if (!json) return json.error();
  return ProfileReader().read(*json);
}

}  // namespace xent::properties
