#include "properties/junit.h"

#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>

#include "properties/printable.h"
#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

// How many test cases ended in what.
struct Counts {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
};

void set(pugi::xml_node& node, const char* attribute, const std::string& value) {
  node.append_attribute(attribute).set_value(printable(value).c_str());
}

void add_result(pugi::xml_node& test, const char* element, const char* type, const std::string& message,
                const std::string& text) {
  pugi::xml_node result = test.append_child(element);
  set(result, "type", type);
  set(result, "message", message);
  if (!text.empty()) result.text().set(printable(text).c_str());
}

std::string details(const LawVerdict& verdict, const Report& report) {
  std::string text = fmt::format("law: {}\n", verdict.law->statement);
  for (const Failure& failure : verdict.failures) {
    text += fmt::format("\n{}\n{}\n", failure.message,
                        replay_command(report.implementation, verdict.law->id, failure.trial));
  }
  return text;
}

pugi::xml_node add_test(pugi::xml_node& suite, const Report& report, const char* name, Counts& counts) {
  ++counts.tests;
  pugi::xml_node test = suite.append_child("testcase");
  set(test, "classname", "xent." + report.implementation);
  set(test, "name", name);
  return test;
}

void add_law(pugi::xml_node& suite, const Report& report, const LawVerdict& verdict, Counts& counts) {
  pugi::xml_node test = add_test(suite, report, verdict.law->id, counts);
  const std::string message = verdict.failures.empty() ? verdict.reason : verdict.failures.front().message;
  switch (verdict.kind) {
    case LawVerdict::Kind::pass:
      break;
    case LawVerdict::Kind::skip:
      ++counts.skipped;
      add_result(test, "skipped", "skip", message, "");
      break;
    case LawVerdict::Kind::fail:
      ++counts.failures;
      add_result(test, "failure", "fail", message, details(verdict, report));
      break;
    case LawVerdict::Kind::undecided:
      ++counts.failures;
      add_result(test, "failure", "undecided",
                 fmt::format("{} inputs are undecided at the precision cap", verdict.undecided),
                 details(verdict, report));
      break;
    case LawVerdict::Kind::cut_short:
      ++counts.errors;
      add_result(test, "error", "interrupted", message, "");
      break;
  }
  const int inputs = verdict.passed + verdict.failed + verdict.undecided;
  if (inputs > 0) test.append_child("system-out").text().set(fmt::format("{} inputs", inputs).c_str());
}

void add_properties(pugi::xml_node& suite, const Report& report) {
  pugi::xml_node properties = suite.append_child("properties");
  const std::pair<const char*, std::string> kProperties[] = {
      {"name", report.name},
      {"version", report.version},
      {"level", name(report.level)},
      {"rounds", std::to_string(report.rounds)},
      {"seed", std::to_string(report.seed)},
      {"finished", report.finished ? "true" : "false"},
      {"conforms", report.conforms() ? "true" : "false"}};
  for (const auto& [key, value] : kProperties) {
    pugi::xml_node property = properties.append_child("property");
    set(property, "name", key);
    set(property, "value", value);
  }
}

void add_counts(pugi::xml_node& node, const Counts& counts) {
  node.append_attribute("tests").set_value(counts.tests);
  node.append_attribute("failures").set_value(counts.failures);
  node.append_attribute("errors").set_value(counts.errors);
}

}  // namespace

std::string junit_report(const Report& report) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version").set_value("1.0");
  declaration.append_attribute("encoding").set_value("UTF-8");
  pugi::xml_node suites = document.append_child("testsuites");
  set(suites, "name", "xent");
  pugi::xml_node suite = suites.append_child("testsuite");
  set(suite, "name", report.implementation);
  add_properties(suite, report);
  Counts counts;
  for (const LawVerdict& verdict : report.laws) add_law(suite, report, verdict, counts);
  if (!report.finished) {
    ++counts.errors;
    pugi::xml_node test = add_test(suite, report, "whole run", counts);
    add_result(test, "error", "interrupted", verdict_sentence(report), "");
  }
  add_counts(suites, counts);
  add_counts(suite, counts);
  suite.append_attribute("skipped").set_value(counts.skipped);
  std::ostringstream text;
  document.save(text, "  ", pugi::format_indent, pugi::encoding_utf8);
  return text.str();
}

}  // namespace xent::properties
