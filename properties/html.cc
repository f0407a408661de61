#include "properties/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <string_view>

#include "properties/json.h"
#include "properties/plot.h"
#include "properties/printable.h"
#include "properties/replay.h"
#include "properties/report.h"
#include "reference/certify.h"

namespace xent::properties {

extern const std::string_view kHtmlTemplate;

namespace {

using reference::Certified;
using reference::Format;
using reference::Number;
using reference::Problem;

// What a reader still reads; the replay line has all.
constexpr std::size_t kShown = 12;
// Certifying a failure again may take its time, but not for ever.
constexpr std::size_t kMostElements = 4096;
constexpr int kPrecision = 512;

// Every text is escaped by the template.
kainjow::mustache::data template_data(const Json& json) {
  using kainjow::mustache::data;
  if (json.is_boolean()) return data(json.get<bool>() ? data::type::bool_true : data::type::bool_false);
  if (json.is_string()) return data(printable(json.get<std::string>()));
  if (json.is_array()) {
    data list(data::type::list);
    for (const Json& element : json) list.push_back(template_data(element));
    return list;
  }
  if (!json.is_object()) return data(json.dump());
  data object;
  for (const auto& [key, value] : json.items()) object.set(key, template_data(value));
  return object;
}

const Format* format_of(xent_format id) {
  return id == XENT_NO_FORMAT ? nullptr : &reference::format(id);
}

std::string bits_of(double value, const Format& format) {
  return fmt::format("{:0{}x}", reference::encode(format, value), format.width / 4);
}

Json element_json(const std::string& what, const Number& number, const Format* format) {
  const bool is_double = number.is_double();
  return {{"what", what},
          {"decimal", is_double ? fmt::format("{}", number.as_double()) : number.to_string()},
          {"hexadecimal", is_double ? reference::hexfloat(number.as_double()) : ""},
          {"bits", is_double && format != nullptr ? bits_of(number.as_double(), *format) : ""}};
}

void add_elements(Json& list, const char* name, const std::vector<Number>& values, std::int64_t classes,
                  xent_format id) {
  for (std::size_t i = 0; i < values.size() && list.size() < kShown; ++i) {
    const auto at = static_cast<std::int64_t>(i);
    list.push_back(
        element_json(fmt::format("{}[{}, {}]", name, at / classes, at % classes), values[i], format_of(id)));
  }
}

Json inputs_json(const Problem& p) {
  Json list = Json::array();
  const char* name = p.input_space == XENT_LOGITS ? "logits" : "probs";
  add_elements(list, name, p.input, p.classes, p.input_format);
  add_elements(list, "target_probs", p.target_probs, p.classes, p.target_format);
  return list;
}

std::string targets_text(const Problem& p) {
  return p.targets.size() > kShown || p.targets.empty() ? "" : fmt::format("{}", fmt::join(p.targets, ", "));
}

Json truth_json(std::size_t i, Certified& truth, const Format* format) {
  const auto exactness = truth.exactness();
  Json json = {{"what", std::to_string(i)}, {"enclosure", ""}, {"nearest", ""}, {"bits", ""}};
  if (exactness.is_special()) {
    json["enclosure"] = exactness.kind == reference::Exactness::Kind::nan                 ? "nan"
                        : exactness.kind == reference::Exactness::Kind::positive_infinity ? "inf"
                                                                                          : "-inf";
    return json;
  }
  const auto& enclosure = truth.enclosure(60);
  json["enclosure"] = fmt::format("[{}, {}]", enclosure.lower_decimal(20), enclosure.upper_decimal(20));
  if (format == nullptr) return json;
  if (const auto nearest = truth.rounded(*format)) {
    json["nearest"] = fmt::format("{} ({})", reference::hexfloat(*nearest), *nearest);
    json["bits"] = bits_of(*nearest, *format);
  }
  return json;
}

// The certified values of what the case asks; empty where there is none, or it would take long.
Json truths_json(const Problem& p) {
  Json list = Json::array();
  if (p.input.size() > kMostElements) return list;
  auto truths = reference::certify(p, kPrecision);
  if (!truths) return list;
  for (std::size_t i = 0; i < truths->size() && i < kShown; ++i)
    list.push_back(truth_json(i, (*truths)[i], format_of(p.loss_format)));
  return list;
}

Json failure_card(const Failure& failure, const Law& law, const Report& report) {
  const Problem& p = failure.trial.problem;
  const Json inputs = inputs_json(p);
  const Json truths = truths_json(p);
  return {{"law", law.id},
          {"loss", p.loss + (p.wanted == reference::Wanted::gradient ? ", gradient" : "")},
          {"rows", std::to_string(p.rows)},
          {"classes", std::to_string(p.classes)},
          {"input_format", p.input_format == XENT_NO_FORMAT ? "exact" : format_of(p.input_format)->name},
          {"loss_format", p.loss_format == XENT_NO_FORMAT ? "exact" : format_of(p.loss_format)->name},
          {"message", failure.message},
          {"has_targets", !targets_text(p).empty()},
          {"targets", targets_text(p)},
          {"inputs", inputs},
          {"more", p.input.size() + p.target_probs.size() > inputs.size()},
          {"has_truths", !truths.empty()},
          {"truths", truths},
          {"replay", replay_command(report.implementation, law.id, failure.trial)}};
}

const char* tone(LawVerdict::Kind kind) {
  constexpr const char* kTones[] = {"good", "bad", "quiet", "warn", "warn"};
  return kTones[static_cast<int>(kind)];
}

Json law_row(const LawVerdict& verdict) {
  const int inputs = verdict.passed + verdict.failed + verdict.undecided;
  const bool counts = verdict.kind != LawVerdict::Kind::skip;
  return {{"id", verdict.law->id},
          {"statement", verdict.law->statement},
          {"verdict", word(verdict.kind)},
          {"tone", tone(verdict.kind)},
          {"inputs", counts ? std::to_string(inputs) : ""},
          {"has_reason", !verdict.reason.empty()},
          {"reason", verdict.reason}};
}

Json regime_row(Regime regime, const RegimeAccuracy& seen) {
  return {{"regime", name(regime)},
          {"outputs", std::to_string(seen.outputs)},
          {"ulps", fmt::format("{:.4g}", seen.worst_ulps)},
          {"ratio", fmt::format("{:.3g}", seen.worst_ratio)},
          {"beyond", seen.worst_ratio > 1},
          {"computed", fmt::format("{:.9g}", seen.computed)},
          {"true_value", fmt::format("{:.9g}", seen.true_value)}};
}

Json accuracy_row(const LossAccuracy& loss, std::size_t index) {
  double ulps = 0;
  double ratio = 0;
  std::int64_t outputs = 0;
  Json regimes = Json::array();
  for (const auto& [regime, seen] : loss.regimes) {
    ulps = std::max(ulps, seen.worst_ulps);
    ratio = std::max(ratio, seen.worst_ratio);
    outputs += seen.outputs;
    regimes.push_back(regime_row(regime, seen));
  }
  return {{"id", std::to_string(index)},
          {"loss", loss.loss},
          {"claimed", with_constants(loss.claimed_grade, loss.constants)},
          {"measured", loss.measured_grade},
          {"outputs", std::to_string(outputs)},
          {"ulps", fmt::format("{:.3g}", ulps)},
          {"ratio", fmt::format("{:.3g}", ratio)},
          {"beyond", ratio > 1},
          {"open", index == 0 || ratio > 1},
          {"ulp_plot", ulp_plot(loss)},
          {"ratio_plot", ratio_plot(loss)},
          {"regimes", regimes}};
}

// "39 laws: 28 hold, 11 fail, 3 skipped".
std::string summary(const Report& report) {
  int counts[5] = {};
  for (const LawVerdict& verdict : report.laws) ++counts[static_cast<int>(verdict.kind)];
  constexpr const char* kWords[] = {"hold", "fail", "skipped", "undecided", "cut short"};
  std::string text = fmt::format("{} laws", report.laws.size());
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (counts[i] > 0)
      text += fmt::format("{}{} {}", text.ends_with("laws") ? ": " : ", ", counts[i], kWords[i]);
  }
  return text;
}

Json page_data(const Report& report) {
  Json failures = Json::array();
  Json laws = Json::array();
  std::int64_t inputs = 0;
  for (const LawVerdict& verdict : report.laws) {
    laws.push_back(law_row(verdict));
    inputs += verdict.passed + verdict.failed + verdict.undecided;
    for (const Failure& failure : verdict.failures)
      failures.push_back(failure_card(failure, *verdict.law, report));
  }
  Json accuracy = Json::array();
  for (const LossAccuracy& loss : report.accuracy) accuracy.push_back(accuracy_row(loss, accuracy.size()));
  return {{"implementation", report.implementation},
          {"name", report.name},
          {"version", report.version},
          {"level", name(report.level)},
          {"rounds", report.level == Level::deep ? fmt::format(" --rounds {}", report.rounds) : ""},
          {"seed", std::to_string(report.seed)},
          {"verdict", verdict_sentence(report)},
          {"verdict_tone", report.conforms()                    ? "good"
                           : report.failed() || report.finished ? "bad"
                                                                : "warn"},
          {"mark", report.conforms()                    ? "✓"
                   : report.failed() || report.finished ? "✗"
                                                        : "…"},
          {"summary", summary(report)},
          {"inputs", std::to_string(inputs)},
          {"has_failures", !failures.empty()},
          {"failures", failures},
          {"laws", laws},
          {"has_accuracy", !accuracy.empty()},
          {"accuracy", accuracy}};
}

}  // namespace

std::string html_report(const Report& report) {
  kainjow::mustache::mustache page{std::string(kHtmlTemplate)};
  return page.render(template_data(page_data(report)));
}

}  // namespace xent::properties
