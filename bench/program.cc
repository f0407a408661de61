#include "bench/program.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <filesystem>
#include <fstream>

#include "bench/options.h"
#include "bench/refusal.h"
#include "bench/report.h"
#include "properties/implementations.h"

namespace xent::bench {
namespace {

std::vector<Workload> prepare(const Options& options, std::ostream& err) {
  std::vector<Workload> workloads;
  for (const Shape& shape : options.shapes) {
    fmt::print(err, "xent bench: preparing {}\n", shape.name());
    err.flush();
    workloads.emplace_back(shape, options.seed);
  }
  return workloads;
}

// What is to be timed. Status: an error names the implementation that cannot be found.
reference::Expected<std::vector<Contender>> find(const std::vector<std::string>& names) {
  std::vector<Contender> found;
  for (const std::string& name : names) {
    const auto implementation = properties::find_implementation(name);
    if (!implementation) return implementation.error();
    found.push_back({name, *implementation, ""});
  }
  return found;
}

void examine(std::vector<Contender>& contenders, bool even_if_wrong, std::ostream& err) {
  for (Contender& c : contenders) {
    fmt::print(err, "xent bench: {} on the golden cases: ", c.name);
    err.flush();
    const auto reason = refusal(*c.implementation);
    fmt::print(err, "{}\n", reason ? "fails" : "passes");
    if (!even_if_wrong) c.refused = reason.value_or("");
  }
}

void announce(const std::vector<Contender>& contenders, const Options& options, std::ostream& err) {
  std::size_t timed = 1;  // the read limit
  for (const Contender& c : contenders) timed += c.refused.empty() ? 1 : 0;
  timed *= options.shapes.size() * kMaxThreads;
  // Google Benchmark finds out how many calls fill a repetition, which takes about as long as another one.
  const double seconds =
      static_cast<double>(timed) * options.timing.seconds * (options.timing.repetitions + 1);
  fmt::print(err, "xent bench: timing {} rows, {} times each, interleaved: about {:.0f} s\n", timed,
             options.timing.repetitions, seconds * 1.2 + 1);
  err.flush();
}

// Nothing if the file can be written; checked before minutes of timing.
std::string not_writable(const std::string& file) {
  const auto folder = std::filesystem::absolute(file).parent_path();
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return "its folder does not exist";
  if (std::filesystem::is_directory(file, error)) return "it is a folder";
  return "";
}

bool write_to(const std::string& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  return static_cast<bool>(stream);
}

// The whole file or none: written beside its place first. A pipe or a device is written to as it is.
bool write(const std::string& file, const std::string& text) {
  std::error_code error;
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error))
    return write_to(file, text);
  const std::string beside = file + ".part";
  if (write_to(beside, text)) {
    std::filesystem::rename(beside, file, error);
    if (!error) return true;
  }
  std::filesystem::remove(beside, error);
  return false;
}

int fail(std::ostream& err, const std::string& message) {
  fmt::print(err, "xent bench: {}\n", message);
  return 2;
}

}  // namespace

int run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err) {
  const auto options = parse(arguments);
  if (!options) return fail(err, options.error().message);
  if (!options->help.empty()) {
    out << options->help;
    return 0;
  }
  if (!options->json.empty()) {
    const std::string why = not_writable(options->json);
    if (!why.empty()) return fail(err, fmt::format("--json: cannot write '{}': {}", options->json, why));
  }
  auto contenders = find(options->implementations);
  if (!contenders) return fail(err, contenders.error().message);
  std::vector<Workload> workloads = prepare(*options, err);
  examine(*contenders, options->even_if_wrong, err);
  announce(*contenders, *options, err);
  const Report report = {this_machine(), options->timing, options->seed,
                         time_all(workloads, *contenders, options->timing)};
  out << table(report) << std::flush;
  if (!options->json.empty() && !write(options->json, json(report)))
    return fail(err, fmt::format("--json: cannot write '{}'", options->json));
  return 0;
}

}  // namespace xent::bench
