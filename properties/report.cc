#include "properties/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/error.h"
#include "properties/printable.h"
#include "properties/profile.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

std::string failure_text(const Law& law, const Failure& failure, const std::string& name) {
  return fmt::format("      {}\n      smallest case found ({} simplifications); replay:\n      {}\n",
                     one_line(failure.message), failure.shrink_steps,
                     printable(replay_command(name, law.id, failure.trial)));
}

enum class Colour { none, red, green, yellow, dim };

// Codes of ECMA-48.
std::string painted(const std::string& text, Colour colour) {
  constexpr const char* kCodes[] = {"", "31", "32", "33", "2"};
  if (colour == Colour::none) return text;
  return fmt::format("\033[{}m{}\033[0m", kCodes[static_cast<int>(colour)], text);
}

Colour colour_of(LawVerdict::Kind kind) {
  constexpr Colour kColours[] = {Colour::green, Colour::red, Colour::dim, Colour::yellow, Colour::yellow};
  return kColours[static_cast<int>(kind)];
}

std::string law_text(const LawVerdict& verdict, const std::string& name, bool colour) {
  const std::string said = fmt::format("{:<9}", word(verdict.kind));
  std::string text = fmt::format("  {:<18} {}", verdict.law->id,
                                 painted(said, colour ? colour_of(verdict.kind) : Colour::none));
  if (verdict.kind == LawVerdict::Kind::skip || verdict.kind == LawVerdict::Kind::cut_short)
    return text + " " + one_line(verdict.reason) + "\n";
  text += fmt::format(" {:>5} inputs", verdict.passed + verdict.failed + verdict.undecided);
  if (verdict.failed > static_cast<int>(verdict.failures.size()))
    text += fmt::format(", {} failed", verdict.failed);
  if (verdict.inadmissible > 0) text += fmt::format(", {} more outside its premises", verdict.inadmissible);
  if (verdict.undecided > 0) text += fmt::format(", {} undecided", verdict.undecided);
  text += "\n";
  if (!verdict.reason.empty()) text += "      " + one_line(verdict.reason) + "\n";
  for (const Failure& failure : verdict.failures) text += failure_text(*verdict.law, failure, name);
  return text;
}

std::string accuracy_text(const LossAccuracy& loss) {
  std::string text =
      fmt::format("\n  {}: claims {}, measured {}\n", one_line(loss.loss),
                  one_line(with_constants(loss.claimed_grade, loss.constants)), loss.measured_grade);
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

}  // namespace

const char* word(LawVerdict::Kind kind) {
  constexpr const char* kWords[] = {"pass", "FAIL", "skip", "UNDECIDED", "cut short"};
  return kWords[static_cast<int>(kind)];
}

std::string verdict_sentence(const Report& report) {
  if (report.conforms()) return report.implementation + " conforms to its claims";
  const bool is_tested = std::any_of(report.laws.begin(), report.laws.end(), [](const LawVerdict& verdict) {
    return verdict.kind != LawVerdict::Kind::skip;
  });
  if (report.finished && !is_tested)
    return report.implementation + ": no law was tested, so nothing is said of its claims";
  std::string failed = report.implementation + " does NOT conform to its claims";
  if (report.finished) return failed;
  if (report.failed()) return failed + "; the run was interrupted: there may be more";
  return report.implementation + ": the run was interrupted, so nothing is said of its claims";
}

std::string text_report(const Report& report, bool colour) {
  const std::string rounds = report.level == Level::deep ? fmt::format(", {} rounds", report.rounds) : "";
  std::string text = fmt::format("{} {}, level {}{}, seed {}\n\n", one_line(report.name),
                                 one_line(report.version), name(report.level), rounds, report.seed);
  for (const LawVerdict& verdict : report.laws) text += law_text(verdict, report.implementation, colour);
  if (!report.accuracy.empty()) text += "\n  accuracy against the certified reference\n";
  for (const LossAccuracy& loss : report.accuracy) text += accuracy_text(loss);
  const Colour verdict = report.conforms()                    ? Colour::green
                         : report.finished || report.failed() ? Colour::red
                                                              : Colour::yellow;
  text += "\n" + painted(one_line(verdict_sentence(report)), colour ? verdict : Colour::none) + "\n";
  return text;
}

std::string json_report(const Report& report) {
  Json json = {{"implementation", report.implementation},
               {"name", report.name},
               {"version", report.version},
               {"level", name(report.level)},
               {"rounds", report.rounds},
               {"seed", report.seed},
               {"finished", report.finished},
               {"conforms", report.conforms()},
               {"laws", Json::array()},
               {"accuracy", Json::array()}};
  for (const LawVerdict& verdict : report.laws)
    json["laws"].push_back(law_json(verdict, report.implementation));
  for (const LossAccuracy& loss : report.accuracy) json["accuracy"].push_back(accuracy_json(loss));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace xent::properties
