#include "bench/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>

#include "bench/peers.h"
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

const CLI::Validator kPicture(
    [](std::string& text) -> std::string {
      const bool accepted = text.ends_with(".svg") || text.ends_with(".png");
      return accepted ? "" : "'" + text + "' is not accepted; accepted: a file name ending in .svg or .png";
    },
    "FILE.svg or FILE.png");

const CLI::Validator kShape(
    [](std::string& text) -> std::string {
      const auto shape = parse_shape(text);
      constexpr std::string_view kField = "workload: ";  // which the parser says, too
      return shape ? "" : shape.error().message.substr(kField.size());
    },
    "ROWSxCLASSES");

constexpr const char* kDescription =
    "Times softmax cross-entropy against the limits of this machine: the read limit, which is the time to "
    "sum\n"
    "the logits, and for gradients the copy limit, which is the time to write as much elsewhere besides.\n"
    "Likewise with options, and the maps of logits, see --operations.\n"
    "An implementation that fails the golden cases is not timed.";

// A quick run shows that everything works; its times mean little.
constexpr TimingOptions kQuick = {.repetitions = 1, .seconds = 0.002};

constexpr const char* kAll = "all";

std::vector<std::string> operation_names() {
  std::vector<std::string> names = {kAll};
  for (const Operation& operation : operations()) names.emplace_back(operation.name);
  return names;
}

std::vector<const Operation*> named_operations(const std::string& name) {
  if (name != kAll) return {find_operation(name)};
  std::vector<const Operation*> all;
  for (const Operation& operation : operations()) all.push_back(&operation);
  return all;
}

// What each is, for the end of the help.
std::string described_operations() {
  std::string text = "Operations:\n";
  for (const Operation& o : operations()) text += fmt::format("  {:<27} {}\n", o.name, o.description());
  return text;
}

std::vector<std::string> built_in() {
  std::vector<std::string> names;
  for (const auto& row : properties::built_in_implementations()) names.emplace_back(row.name);
  return names;
}

std::string known_implementations() {
  std::string names;
  for (const std::string& name : built_in()) names += name + ", ";
  for (const Peer& peer : peers()) names += std::string(peer.name) + ", ";
  return names + "or a shared library; fast, correct, stable and naive if none is named";
}

std::string known_shapes() {
  std::string names;
  for (const Shape& shape : shapes()) names += (names.empty() ? "" : ", ") + shape.name();
  return names;
}

std::vector<Shape> chosen(const std::vector<std::string>& names, bool quick) {
  std::vector<Shape> found;
  for (const std::string& name : names) found.push_back(*parse_shape(name));
  if (names.empty()) {
    std::copy_if(shapes().begin(), shapes().end(), std::back_inserter(found),
                 [&](const Shape& shape) { return !quick || shape.quick; });
  }
  return found;
}

template <typename T>
void without_repetitions(std::vector<T>& values) {
  std::vector<T> unique;
  for (T& value : values) {
    if (std::find(unique.begin(), unique.end(), value) == unique.end()) unique.push_back(std::move(value));
  }
  values = std::move(unique);
}

// What is typed, before it becomes Options.
struct Typed {
  bool quick = false;
  std::vector<std::string> workloads;
  std::vector<std::string> operations = {"forward", "forward+gradient"};
  std::vector<std::string> formats = {"binary32"};
};

void add_questions(CLI::App& app, Typed& typed) {
  app.add_option("--operations", typed.operations, "What is asked, separated by commas, or all")
      ->delimiter(',')
      ->check(CLI::IsMember(operation_names()))
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--formats", typed.formats, "Of the logits and their gradients, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(input_formats()))
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--workload", typed.workloads,
                 "Only this one; may be repeated. By default " + known_shapes())
      ->check(kShape)
      ->allow_extra_args(false);
}

void add_files(CLI::App& app, Options& options) {
  app.add_option("--json", options.json, "Also write the results to this file")->check(kFileName);
  app.add_option("--markdown", options.markdown, "Also write medians and ratios as a table in Markdown")
      ->check(kFileName);
  app.add_option("--plot", options.plot, "Also draw time against classes; needs python3-matplotlib")
      ->check(kPicture);
}

void take(const Typed& typed, Options& options) {
  for (const std::string& name : typed.operations) {
    for (const Operation* operation : named_operations(name)) options.operations.push_back(operation);
  }
  for (const std::string& name : typed.formats) options.formats.push_back(reference::find_format(name));
  without_repetitions(options.operations);
  without_repetitions(options.formats);
  if (options.implementations.empty()) options.implementations = built_in();
  std::vector<std::string> workloads = typed.workloads;
  without_repetitions(workloads);
  options.shapes = chosen(workloads, typed.quick);
}

}  // namespace

std::vector<Question> Options::questions() const {
  std::vector<Question> all;
  for (const reference::Format* format : formats) {
    for (const Operation* operation : operations) all.push_back({operation, format});
  }
  return all;
}

Expected<Options> parse(const std::vector<std::string>& arguments) {
  Options options;
  Typed typed;
  CLI::App app(kDescription, "xent bench");
  app.add_option("implementation", options.implementations, known_implementations());
  app.add_flag("--peers", options.peers, "Also time the libraries of others that are there");
  add_questions(app, typed);
  app.footer(described_operations());
  auto* const repetitions =
      app.add_option("--repetitions", options.timing.repetitions, "Of each timing, in random order")
          ->check(CLI::Range(1, 1000))
          ->capture_default_str();
  auto* const seconds = app.add_option("--seconds", options.timing.seconds, "Least time of one repetition")
                            ->check(kSeconds)
                            ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the logits")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
      ->capture_default_str();
  add_files(app, options);
  app.add_flag("--quick", typed.quick, "Small workloads, one short repetition: does it run?");
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
  if (typed.quick && repetitions->empty()) options.timing.repetitions = kQuick.repetitions;
  if (typed.quick && seconds->empty()) options.timing.seconds = kQuick.seconds;
  take(typed, options);
  return options;
}

}  // namespace xent::bench
