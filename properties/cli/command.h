// The subcommands of `xent`. Each adds itself to the parser and runs when it was chosen.
#ifndef XENT_PROPERTIES_CLI_COMMAND_H
#define XENT_PROPERTIES_CLI_COMMAND_H

#include <CLI/CLI.hpp>
#include <string>

#include "reference/expected.h"

namespace xent::properties::cli {

// What a command ends with. Bad usage and bad input are one status.
enum ExitStatus { kConforms = 0, kDoesNotConform = 1, kBadInput = 2 };

// Thrown by a command that cannot go on because of its input; main prints it as one line and exits with
// kBadInput.
struct BadInput {
  std::string message;
};

// The value, or BadInput with the error's message.
template <typename T>
T required(reference::Expected<T> value) {
  if (!value) throw BadInput{value.error().message};
  return std::move(*value);
}

// Each returns through `status`, which main starts as kConforms.
void add_eval(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_export(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_golden(CLI::App& app, int& status);
// `xent golden exhaustive`.
void add_exhaustive(CLI::App& golden, int& status);
// `xent golden bits`.
void add_bits(CLI::App& golden, int& status);
// `xent compare --bits`: which golden cases are answered with other bits.
int compare_bits(const std::string& before, const std::string& after);
// `xent golden certify`.
void add_certify(CLI::App& golden, int& status);
void add_bench(CLI::App& app, int& status);
void add_report(CLI::App& app, int& status);
void add_list(CLI::App& app, int& status);
void add_mutants(CLI::App& app, int& status);
void add_soak(CLI::App& app, int& status);
void add_peers(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);

// `xent eval lm`.
void add_lm(CLI::App& eval, int& status);

// The whole of a file. Throws BadInput if it cannot be read.
std::string read_file(const std::string& path);
// What `read` makes of the whole of a file. Throws BadInput that names the file if that is an error.
template <typename Read>
auto read_as(const std::string& path, Read read) {
  auto value = read(read_file(path));
  if (!value) throw BadInput{path + ": " + value.error().message};
  return std::move(*value);
}

// Whether what is written there is gone, as in a device, a pipe or the standard output, and not replaced by
// what is written next.
bool is_stream(const std::string& path);
// Writes the whole file or, on failure, leaves what was there: a temporary beside it is renamed over it. Of a
// symbolic link, the file it leads to; into a stream, in place.
void write_file(const std::string& path, const std::string& contents);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_COMMAND_H
