#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "properties/cli/command.h"

namespace xent::properties::cli {
namespace {

// The benchmark is a program of its own, so that nobody who only judges needs Google Benchmark. It lies
// beside this one.
[[noreturn]] void become_benchmark(std::vector<std::string> arguments) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "xent-bench";
  arguments.insert(arguments.begin(), program);
  std::vector<char*> raw;
  raw.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  execv(program.c_str(), raw.data());
  throw BadInput{program + ": the benchmark program is not there; accepted: a build with Google Benchmark"};
}

}  // namespace

void add_bench(CLI::App& app, int&) {
  CLI::App* bench = app.add_subcommand("bench", "time the implementations against the machine's limits");
  bench->prefix_command();
  bench->set_help_flag();  // `xent bench --help` is the benchmark's own
  bench->callback([bench] {
    std::vector<std::string> arguments = bench->remaining();
    become_benchmark(arguments);
  });
}

}  // namespace xent::properties::cli
