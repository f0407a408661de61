#include "properties/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "properties/error.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

using Json = nlohmann::ordered_json;

const char* word(LawVerdict::Kind kind) {
  constexpr const char* kWords[] = {"pass", "FAIL", "skip", "UNDECIDED"};
  return kWords[static_cast<int>(kind)];
}

const char* word(Level level) {
  return level == Level::smoke ? "smoke" : "standard";
}

std::string failure_text(const Law& law, const Failure& failure, const std::string& name) {
  return fmt::format("      {}\n      smallest case found ({} simplifications); replay:\n      {}\n",
                     failure.message, failure.shrink_steps, replay_command(name, law.id, failure.trial));
}

std::string law_text(const LawVerdict& verdict, const std::string& name) {
  std::string text = fmt::format("  {:<18} {:<9}", verdict.law->id, word(verdict.kind));
  if (verdict.kind == LawVerdict::Kind::skip) return text + " " + verdict.reason + "\n";
  text += fmt::format(" {:>5} inputs", verdict.passed + verdict.failed + verdict.undecided);
  if (verdict.inadmissible > 0) text += fmt::format(", {} more outside its premises", verdict.inadmissible);
  if (verdict.undecided > 0) text += fmt::format(", {} undecided", verdict.undecided);
  text += "\n";
  if (!verdict.reason.empty()) text += "      " + verdict.reason + "\n";
  for (const Failure& failure : verdict.failures) text += failure_text(*verdict.law, failure, name);
  return text;
}

std::string accuracy_text(const LossAccuracy& loss) {
  std::string text =
      fmt::format("\n  {}: claims {}, measured {}\n", loss.loss, loss.claimed_grade, loss.measured_grade);
  text += fmt::format("    {:<14} {:>8} {:>12} {:>13}   {}\n", "regime", "outputs", "worst ulp",
                      "error/bound", "worst: computed, true");
  for (const auto& [regime, seen] : loss.regimes) {
    text += fmt::format("    {:<14} {:>8} {:>12.4g} {:>13.3g}   {:.9g}, {:.9g}\n", name(regime), seen.outputs,
                        seen.worst_ulps, seen.worst_ratio, seen.computed, seen.true_value);
  }
  return text;
}

Json law_json(const LawVerdict& v, const std::string& name) {
  Json law = {{"law", v.law->id},   {"verdict", word(v.kind)},        {"passed", v.passed},
              {"failed", v.failed}, {"inadmissible", v.inadmissible}, {"undecided", v.undecided}};
  if (!v.reason.empty()) law["reason"] = v.reason;
  for (const Failure& failure : v.failures) {
    law["failures"].push_back({{"message", failure.message},
                               {"case", Json::parse(case_line(failure.trial, v.law->id))},
                               {"replay", replay_command(name, v.law->id, failure.trial)}});
  }
  return law;
}

Json accuracy_json(const LossAccuracy& loss) {
  Json regimes = Json::object();
  for (const auto& [regime, seen] : loss.regimes) {
    regimes[name(regime)] = {
        {"outputs", seen.outputs},         {"worst_ulp", seen.worst_ulps},
        {"worst_ratio", seen.worst_ratio}, {"computed", reference::hexfloat(seen.computed)},
        {"true_value", seen.true_value},   {"case", Json::parse(case_line(seen.worst, "worst"))}};
  }
  return {{"loss", loss.loss},
          {"claimed", loss.claimed_grade},
          {"measured", loss.measured_grade},
          {"regimes", regimes}};
}

}  // namespace

std::string text_report(const Report& report, const std::string& name) {
  std::string text = fmt::format("{} {}, level {}, seed {}\n\n", report.name, report.version,
                                 word(report.level), report.seed);
  for (const LawVerdict& verdict : report.laws) text += law_text(verdict, name);
  if (!report.accuracy.empty()) text += "\n  accuracy against the certified reference\n";
  for (const LossAccuracy& loss : report.accuracy) text += accuracy_text(loss);
  text += fmt::format("\n{} {}\n", name,
                      report.conforms() ? "conforms to its claims" : "does NOT conform to its claims");
  return text;
}

std::string json_report(const Report& report, const std::string& name) {
  Json json = {{"implementation", name},      {"name", report.name},      {"version", report.version},
               {"level", word(report.level)}, {"seed", report.seed},      {"conforms", report.conforms()},
               {"laws", Json::array()},       {"accuracy", Json::array()}};
  for (const LawVerdict& verdict : report.laws) json["laws"].push_back(law_json(verdict, name));
  for (const LossAccuracy& loss : report.accuracy) json["accuracy"].push_back(accuracy_json(loss));
  return json.dump(2) + "\n";
}

}  // namespace xent::properties
