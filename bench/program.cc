#include "bench/program.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "bench/markdown.h"
#include "bench/options.h"
#include "bench/output_file.h"
#include "bench/plot.h"
#include "bench/report.h"

namespace xent::bench {
namespace {

// Every shape in every format, the shapes one after the other within a format.
std::vector<Workload> prepare(const Options& options, std::ostream& err) {
  const bool soft = std::ranges::any_of(options.operations,
                                        [](const Operation* o) { return o->asks(XENT_OPTION_SOFT_TARGETS); });
  std::vector<Workload> workloads;
  for (const reference::Format* format : options.formats) {
    for (const Shape& shape : options.shapes) {
      fmt::print(err, "xent bench: preparing {}, {}\n", shape.name(), format->name);
      err.flush();
      workloads.emplace_back(shape, *format, options.seed, soft ? Labels::hard_and_soft : Labels::hard);
    }
  }
  return workloads;
}

void say_verdict(const std::string& name, const Question& question, const Standing& standing,
                 std::ostream& err) {
  fmt::print(err, "xent bench: {} on {}: {}\n", name, question.name(),
             !standing.not_covered.empty() ? standing.not_covered
             : standing.wrong.empty()      ? "passes the golden cases"
                                           : "fails " + standing.wrong);
  err.flush();
}

// A process that ends over a question is an answer too: it is not timed on it.
void examine(std::vector<Contender>& contenders, const std::vector<Question>& questions, std::ostream& err) {
  for (Contender& c : contenders) {
    for (const Question& question : questions) {
      const auto standing = c.host.examine(question);
      c.standings.push_back(standing ? *standing : Standing{"", "", standing.error().message});
      say_verdict(c.name, question, c.standings.back(), err);
    }
  }
}

std::size_t timed_rows(const std::vector<Contender>& contenders, const Options& options) {
  std::size_t timed = options.questions().size();  // the limits
  for (const Contender& c : contenders) {
    for (const Standing& s : c.standings) {
      if (s.not_covered.empty() && (s.wrong.empty() || options.even_if_wrong)) ++timed;
    }
  }
  return timed * options.shapes.size() * kMaxThreads;
}

void announce(std::size_t timed, const TimingOptions& timing, std::ostream& err) {
  // Google Benchmark finds out how many calls fill a repetition, which takes about as long as another one.
  const double seconds = static_cast<double>(timed) * timing.seconds * (timing.repetitions + 1);
  fmt::print(err, "xent bench: timing {} rows, {} times each, interleaved: about {:.0f} s\n", timed,
             timing.repetitions, seconds * 1.2 + 1);
  err.flush();
}

Report report_on(const Field& field, const Options& options) {
  Report report;
  report.machine = this_machine();
  report.timing = options.timing;
  report.seed = options.seed;
  report.absent = field.absent;
  const std::vector<Question> questions = options.questions();
  for (const Contender& c : field.contenders) {
    report.implementations.push_back({c.name, c.identity});
    for (std::size_t q = 0; q < questions.size(); ++q) {
      const std::string& why = c.standings[q].not_covered;
      if (!why.empty()) report.not_covered.push_back({c.name, questions[q], why});
    }
  }
  return report;
}

int fail(std::ostream& err, const std::string& message) {
  fmt::print(err, "xent bench: {}\n", message);
  return 2;
}

// Why the run had better not start; empty if it may.
std::string obstacle(const Options& options, const Surroundings& around) {
  const std::pair<const char*, const std::string&> files[] = {
      {"--json", options.json}, {"--markdown", options.markdown}, {"--plot", options.plot}};
  for (const auto& [option, file] : files) {
    const std::string why = file.empty() ? "" : not_writable(file);
    if (!why.empty()) return fmt::format("{}: cannot write '{}': {}", option, file, why);
  }
  if (!options.plot.empty()) {
    const auto python = find_plotting_python(around.pythons);
    if (!python) return fmt::format("--plot: {}", python.error().message);
  }
  return "";
}

int write_files(const Report& report, const Options& options, const Surroundings& around, std::ostream& err) {
  const std::string results = json_report(report);
  if (!options.json.empty() && !write_file(options.json, results))
    return fail(err, fmt::format("--json: cannot write '{}'", options.json));
  if (!options.markdown.empty() && !write_file(options.markdown, markdown(report)))
    return fail(err, fmt::format("--markdown: cannot write '{}'", options.markdown));
  if (options.plot.empty()) return 0;
  const auto python = find_plotting_python(around.pythons);
  if (!python || !draw_plot(*python, around.plot, results, options.plot))
    return fail(err, fmt::format("--plot: cannot draw '{}'", options.plot));
  return 0;
}

int time_and_report(const Options& options, const Surroundings& around, std::ostream& out,
                    std::ostream& err) {
  const std::vector<Workload> workloads = prepare(options, err);
  auto field = enter(options.implementations, options.peers, around.peers, workloads);
  if (!field) return fail(err, field.error().message);
  examine(field->contenders, options.questions(), err);
  announce(timed_rows(field->contenders, options), options.timing, err);
  Report report = report_on(*field, options);
  report.rows =
      time_all(workloads, options.questions(), field->contenders, options.even_if_wrong, options.timing);
  out << table(report) << std::flush;
  return write_files(report, options, around, err);
}

}  // namespace

Surroundings surroundings() {
  const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  return {folder / "peers", folder / "xent-bench-plot.py", kPythons};
}

int run(const std::vector<std::string>& arguments, const Surroundings& around, std::ostream& out,
        std::ostream& err) {
  const auto options = parse(arguments);
  if (!options) return fail(err, options.error().message);
  if (!options->help.empty()) {
    out << options->help;
    return 0;
  }
  const std::string why = obstacle(*options, around);
  if (!why.empty()) return fail(err, why);
  // Who cannot be found is said before workloads are prepared, which processes must be forked after.
  const auto found = enter(options->implementations, false, around.peers, {});
  if (!found) return fail(err, found.error().message);
  return time_and_report(*options, around, out, err);
}

}  // namespace xent::bench
