// `xent peers`: judges the libraries that others use, as far as they are installed, each by its own claims.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/cli/numbers.h"
#include "properties/cli/terminal.h"
#include "properties/implementations.h"
#include "properties/judge.h"
#include "properties/printable.h"
#include "properties/program.h"
#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties::cli {
namespace {

// How a library is asked: by a program in `adapters/`, run by an interpreter, or as a module that the
// benchmark times, too.
enum class Kind { debian_python, own_python, module };

struct Peer {
  const char* name;
  Kind kind;
  const char* file;
};

constexpr Peer kPeers[] = {{"pytorch", Kind::debian_python, "pytorch.py"},
                           {"jax", Kind::own_python, "jax_nn.py"},
                           {"onnxruntime", Kind::own_python, "onnx_runtime.py"},
                           {"scipy", Kind::own_python, "scipy_special.py"},
                           {"sklearn", Kind::own_python, "scikit_learn.py"},
                           {"onednn", Kind::module, "onednn.so"},
                           {"eigen", Kind::module, "eigen.so"}};

struct PeersArguments {
  std::vector<std::string> names;
  std::string level = "standard";
  std::uint64_t seed = 1;
};

// As short as it can be said in the folder that this runs in.
std::string from_here(const std::filesystem::path& path) {
  const std::filesystem::path near = path.lexically_proximate(std::filesystem::current_path());
  return *near.begin() == ".." ? path : near;
}

// The module, or the command line of the program.
std::string what_runs(const Peer& peer) {
  if (peer.kind == Kind::module)
    return from_here(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "peers" / peer.file);
  const std::string python =
      peer.kind == Kind::debian_python ? "/usr/bin/python3" : from_here(XENT_PEERS_PYTHON "/bin/python");
  return shell_word(python) + " " + shell_word(from_here(std::filesystem::path(XENT_ADAPTERS) / peer.file));
}

// What follows `xent check` on a command line.
std::string typed(const Peer& peer) {
  return (peer.kind == Kind::module ? "" : "--command ") + shell_word(what_runs(peer));
}

reference::Expected<Subject> subject_of(const Peer& peer) {
  Limits limits;
  limits.start_seconds = 120;  // for what imports hundreds of MB
  limits.interrupted = is_interrupted;
  if (peer.kind == Kind::module) return find_subject(what_runs(peer), limits);
  auto remote = program(what_runs(peer), limits);
  if (!remote) return remote.error();
  return Subject(std::move(*remote));
}

// "large_offset: 5.3e+08 ulp".
std::string worst_of(const LossAccuracy& loss) {
  const auto worst = std::max_element(
      loss.regimes.begin(), loss.regimes.end(),
      [](const auto& a, const auto& b) { return a.second.worst_ulps < b.second.worst_ulps; });
  if (worst == loss.regimes.end()) return "";
  return fmt::format("{:.3g} ({})", worst->second.worst_ulps, name(worst->first));
}

double worst_ordinary(const LossAccuracy& loss) {
  const auto found = loss.regimes.find(Regime::ordinary);
  return found == loss.regimes.end() ? 0 : found->second.worst_ulps;
}

// The laws by which the loss, or its gradient, fails.
std::string verdict_on(const std::string& loss, const Report& report,
                       const xent_implementation& implementation) {
  std::string failed;
  for (const LawVerdict& law : report.laws) {
    const bool is_broken = std::any_of(law.failures.begin(), law.failures.end(), [&](const Failure& failure) {
      return measured_name(failure.trial.problem, implementation) == loss;
    });
    if (is_broken) failed += (failed.empty() ? "" : ", ") + std::string(law.law->id);
  }
  return failed.empty() ? "conforms" : "fails " + failed;
}

std::string rows_of(const Report& report, const xent_implementation& implementation) {
  std::string rows;
  for (const LossAccuracy& loss : report.accuracy) {
    const double ordinary = worst_ordinary(loss);
    rows += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", one_line(report.name),
                        one_line(report.version), loss.loss, verdict_on(loss.loss, report, implementation),
                        one_line(loss.claimed_grade), loss.measured_grade,
                        ordinary == 0 ? "" : fmt::format("{:.3g}", ordinary), worst_of(loss));
  }
  return rows;
}

void print_findings(const Report& report) {
  constexpr std::size_t kReadable = 1000;
  for (const LawVerdict& law : report.laws) {
    for (const Failure& failure : law.failures) {
      const std::string replay = one_line(replay_command(report.implementation, law.law->id, failure.trial));
      fmt::print("- {}, {}: {}\n", one_line(report.name), law.law->id, one_line(failure.message));
      fmt::print("  {}\n", replay.size() <= kReadable ? "`" + replay + "`"
                                                      : "(its input is long: see `--json` of a check)");
    }
  }
}

std::vector<Peer> chosen(const std::vector<std::string>& names) {
  if (names.empty()) return {std::begin(kPeers), std::end(kPeers)};
  std::vector<Peer> peers;
  for (const std::string& wanted : names) {
    const auto found = std::find_if(std::begin(kPeers), std::end(kPeers),
                                    [&](const Peer& peer) { return peer.name == wanted; });
    if (found == std::end(kPeers)) {
      std::string known;
      for (const Peer& peer : kPeers) known += fmt::format("{}{}", known.empty() ? "" : ", ", peer.name);
      throw BadInput{fmt::format("'{}' is not accepted; accepted: {}", wanted, known)};
    }
    peers.push_back(*found);
  }
  return peers;
}

int run_peers(const PeersArguments& arguments) {
  note_interruptions();
  std::vector<Report> reports;
  std::string rows;
  for (const Peer& peer : chosen(arguments.names)) {
    const auto subject = subject_of(peer);
    if (!subject) {
      fmt::print(stderr, "xent: {} is not there ({}); `./xent peers setup` installs it\n", peer.name,
                 one_line(subject.error().message));
      continue;
    }
    CheckOptions options;
    options.level = arguments.level == "smoke" ? Level::smoke : Level::standard;
    options.seed = arguments.seed;
    options.implementation = typed(peer);
    ProgressLine line(5);
    options.progress = [&line](const Progress& progress) { line.show(progress); };
    options.interrupted = is_interrupted;
    reports.push_back(check(*subject, options));
    line.clear();
    rows += rows_of(reports.back(), subject->implementation());
    fmt::print(stderr, "xent: {}\n", verdict_sentence(reports.back()));
    if (is_interrupted()) return interruption_status();
  }
  if (reports.empty()) throw BadInput{"no library of others is there; accepted: after `./xent peers setup`"};
  fmt::print(
      "| library | version | loss | verdict | claims | measured | worst ulp, ordinary | worst ulp (regime) "
      "|\n");
  fmt::print("|---|---|---|---|---|---|---|---|\n");
  fmt::print("{}", rows);
  fmt::print("\nWhat fails, and how to see it again (`xent check ...`):\n\n");
  for (const Report& report : reports) print_findings(report);
  const bool conform =
      std::all_of(reports.begin(), reports.end(), [](const Report& r) { return r.conforms(); });
  return conform ? kConforms : kDoesNotConform;
}

}  // namespace

void add_peers(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("peers", "judge the libraries of others that are installed");
  auto arguments = std::make_shared<PeersArguments>();
  command->add_option("name", arguments->names, "pytorch, jax, ...; all that are there if none is named");
  command->add_option("--level", arguments->level, "how many inputs: smoke or standard")
      ->check(CLI::IsMember({"smoke", "standard"}))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "the inputs are a function of it")
      ->check(is_seed())
      ->capture_default_str();
  command->footer(
      "`./xent peers setup` installs them: packages of Debian, and of PyPI in a folder under build/.");
  command->callback([arguments, &status] { status = run_peers(*arguments); });
}

}  // namespace xent::properties::cli
