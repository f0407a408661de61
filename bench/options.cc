#include "bench/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>

#include "properties/implementations.h"

namespace xent::bench {
namespace {

using reference::Error;
using reference::Expected;

// Range alone lets NaN through, which compares with nothing.
const CLI::Validator kSeconds(
    [](std::string& text) -> std::string {
      double value = 0;
      const bool accepted = CLI::detail::lexical_cast(text, value) && value >= 0.0001 && value <= 100;
      return accepted ? "" : "Value " + text + " not in range 0.0001 to 100";
    },
    "in [0.0001 - 100]");

const CLI::Validator kFileName(
    [](std::string& text) -> std::string { return text.empty() ? "'' is not the name of a file" : ""; },
    "FILE");

constexpr const char* kDescription =
    "Times softmax cross-entropy against the read limit of this machine: the time to sum the same buffer.\n"
    "An implementation that fails the golden cases is not timed.";

// A quick run shows that everything works; its times mean little.
constexpr TimingOptions kQuick = {.repetitions = 1, .seconds = 0.002};

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const Shape& shape : shapes()) names.push_back(shape.name());
  return names;
}

std::vector<std::string> built_in() {
  std::vector<std::string> names;
  for (const auto& row : properties::built_in_implementations()) names.emplace_back(row.name);
  return names;
}

std::vector<Shape> chosen(const std::vector<std::string>& names, bool quick) {
  std::vector<Shape> found;
  for (const Shape& shape : shapes()) {
    const bool named = std::find(names.begin(), names.end(), shape.name()) != names.end();
    if (names.empty() ? !quick || shape.quick : named) found.push_back(shape);
  }
  return found;
}

}  // namespace

Expected<Options> parse(const std::vector<std::string>& arguments) {
  Options options;
  bool quick = false;
  std::vector<std::string> workloads;
  CLI::App app(kDescription, "xent bench");
  app.add_option("implementation", options.implementations,
                 "fast, correct, stable, naive, or a shared library; all of ours if none is named");
  auto* const repetitions =
      app.add_option("--repetitions", options.timing.repetitions, "Of each timing, in random order")
          ->check(CLI::Range(1, 1000))
          ->capture_default_str();
  auto* const seconds = app.add_option("--seconds", options.timing.seconds, "Least time of one repetition")
                            ->check(kSeconds)
                            ->capture_default_str();
  app.add_option("--workload", workloads, "Only this one, ROWSxCLASSES; may be repeated")
      ->check(CLI::IsMember(names()))
      ->allow_extra_args(false);
  app.add_option("--seed", options.seed, "Of the logits")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
      ->capture_default_str();
  app.add_option("--json", options.json, "Also write the results to this file")->check(kFileName);
  app.add_flag("--quick", quick, "Small workloads, one short repetition: does it run?");
  app.add_flag("--even-if-wrong", options.even_if_wrong, "Time what fails the golden cases as well");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    options.help = app.help();
  } catch (const CLI::ParseError& error) {
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    return Error{message};
  }
  if (quick && repetitions->empty()) options.timing.repetitions = kQuick.repetitions;
  if (quick && seconds->empty()) options.timing.seconds = kQuick.seconds;
  if (options.implementations.empty()) options.implementations = built_in();
  options.shapes = chosen(workloads, quick);
  return options;
}

}  // namespace xent::bench
