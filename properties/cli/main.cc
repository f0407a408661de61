#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/version.h"

namespace xent::properties::cli {
namespace {

// "--logits -inf,0" means "--logits=-inf,0": the parser would take "-inf" for an option.
std::vector<std::string> with_joined_values(int argc, char** argv) {
  std::vector<std::string> joined;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool is_value = word.size() > 1 && word[0] == '-' && word[1] != '-' && word != "-h";
    const bool after_option =
        !joined.empty() && joined.back().starts_with("--") && joined.back().find('=') == std::string::npos;
    if (is_value && after_option) {
      joined.back() += "=" + word;
    } else {
      joined.push_back(word);
    }
  }
  return {joined.rbegin(), joined.rend()};  // the parser takes them last first
}

// The parser would only say that a subcommand is missing.
void require_command(const CLI::App& app, const std::string& word) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (word == command->get_name()) return;
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  if (word.starts_with('-')) return;
  throw BadInput{"command: '" + word + "' is not accepted; accepted: " + names};
}

// No option of any command takes an empty value: most likely a variable of the caller's shell is not set.
void refuse_empty_values(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_items_expected_max() == 0) continue;
    option->check([option](const std::string& value) {
      if (!value.empty()) return std::string();
      return "an empty value is not accepted; accepted: " + option->get_description();
    });
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) refuse_empty_values(*command);
}

int complain(const std::string& message) {
  fmt::print(stderr, "xent: {}\n", message);
  return kBadInput;
}

int run(int argc, char** argv) {
  CLI::App app(
      "Certified cross-entropy losses: what the true value is, and whether an implementation is right.",
      "xent");
  app.footer(
      "`xent test` builds and runs the tests of xent itself.\n"
      "Exit status: 0 conforms, 1 does not (or undecided), 2 bad usage or input, 130 interrupted.");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("xent ") + version());
  int status = kConforms;
  add_eval(app, status);
  add_check(app, status);
  add_export(app, status);
  add_compare(app, status);
  add_report(app, status);
  add_golden(app, status);
  add_bench(app, status);
  add_list(app, status);
  add_mutants(app, status);
  add_soak(app, status);
  add_peers(app, status);
  add_explain(app, status);
  refuse_empty_values(app);
  if (argc > 1) require_command(app, argv[1]);
  try {
    app.parse(with_joined_values(argc, argv));
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
  } catch (const CLI::CallForAllHelp&) {
    fmt::print("{}", app.help("", CLI::AppFormatMode::All));
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
  } catch (const CLI::ParseError& error) {
    return complain(std::string(error.what()) + " (see `xent --help`)");
  }
  // What is still buffered may not fit on a full disk.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return complain("standard output: cannot be written; accepted: an output that takes all of it");
  return status;
}

}  // namespace
}  // namespace xent::properties::cli

int main(int argc, char** argv) {
  namespace cli = xent::properties::cli;
  // What is opened later must not be taken for a standard stream that is closed.
  for (int file = open("/dev/null", O_RDWR); file >= 0; file = open("/dev/null", O_RDWR)) {
    if (file <= STDERR_FILENO) continue;
    close(file);
    break;
  }
  setenv("XENT_CALLED_AS", argv[0], 0);  // for replay lines; the launcher has its own name
  std::signal(SIGCHLD, SIG_DFL);         // where it is ignored, nobody is told how a child ended
  try {
    return cli::run(argc, argv);
  } catch (const cli::BadInput& bad) {
    // What could not be had since somebody ended the run is nobody's mistake.
    return cli::is_interrupted() ? cli::interruption_status() : cli::complain(bad.message);
  } catch (const std::bad_alloc&) {
    return cli::complain("out of memory; accepted: a smaller problem");
  } catch (const std::exception& error) {
    return cli::complain(error.what());
  }
}
