#include <fmt/format.h>

#include <memory>

#include "golden/sets.h"
#include "golden/verify.h"
#include "properties/cli/command.h"

namespace xent::properties::cli {
namespace {

// One line a file, and one for each finding. Returns the number of findings.
std::size_t verify_text(const std::string& name, std::string_view text) {
  const auto cases = golden::read_all(text);
  if (!cases) throw BadInput{name + ": " + cases.error().message};
  if (cases->empty()) throw BadInput{name + ": no cases; accepted: at least one line"};
  const auto findings = golden::verify(*cases);
  fmt::print("{}: {} cases, {} findings\n", name, cases->size(), findings.size());
  for (const golden::Finding& finding : findings) fmt::print("  {}: {}\n", finding.id, finding.message);
  std::fflush(stdout);
  return findings.size();
}

int verify_all(const std::vector<std::string>& files) {
  std::size_t findings = 0;
  if (files.empty()) {
    for (const golden::Set& set : golden::sets()) findings += verify_text(set.name, golden::stored(set));
  }
  for (const std::string& file : files) findings += verify_text(file, read_file(file));
  return findings == 0 ? kConforms : kDoesNotConform;
}

}  // namespace

void add_golden(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("golden", "certified cases");
  command->require_subcommand(1);
  CLI::App* verify = command->add_subcommand("verify", "certify every stored case again and compare");
  auto files = std::make_shared<std::vector<std::string>>();
  verify->add_option("files", *files, "case files; without any, those that ship with the program");
  verify->callback([files, &status] { status = verify_all(*files); });
  add_bits(*command, status);
  add_certify(*command, status);
  add_exhaustive(*command, status);
  CLI::App* print = command->add_subcommand("print", "the lines of a set that ships with the program");
  auto name = std::make_shared<std::string>();
  print->add_option("set", *name, "its name")->required();
  print->callback([name] {
    const golden::Set* set = golden::find_set(*name);
    std::string names;
    for (const golden::Set& known : golden::sets())
      names += (names.empty() ? "" : ", ") + std::string(known.name);
    if (set == nullptr) throw BadInput{"set: '" + *name + "' is not accepted; accepted: " + names};
    fmt::print("{}", golden::stored(*set));
  });
}

}  // namespace xent::properties::cli
