#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>

#include "properties/cli/command.h"
#include "properties/implementations.h"
#include "properties/laws.h"
#include "properties/mutants.h"
#include "reference/certify.h"
#include "reference/presets.h"

namespace xent::properties::cli {
namespace {

void list_losses() {
  for (const reference::Loss& loss : reference::losses()) {
    fmt::print("{:<22} {:<34} {}\n", loss.name, loss.formula, loss.domain);
  }
}

void list_laws() {
  for (const Law& law : all_laws()) fmt::print("{:<18} {}\n", law.id, law.statement);
}

void list_implementations() {
  for (const BuiltIn& built_in : built_in_implementations()) {
    fmt::print("{:<8} {}\n", built_in.name, built_in.description);
    const xent_implementation& implementation = *built_in.implementation();
    for (std::uint32_t i = 0; i < implementation.claim_count; ++i) {
      fmt::print("           {:<22} grade {}\n", implementation.claims[i].loss,
                 implementation.claims[i].grade);
    }
  }
}

void list_mutants() {
  for (const Mutant& mutant : mutants())
    fmt::print("{:<24} {:<52} {}\n", mutant.id, mutant.what, mutant.seen);
}

void list_presets() {
  for (const reference::Preset& preset : reference::presets())
    fmt::print("{:<22} {}\n{:<22} {}\n", preset.name, preset.system, "", preset.remark);
}

// What can be listed: a row adds one.
const std::map<std::string, std::function<void()>>& lists() {
  static const std::map<std::string, std::function<void()>> kLists = {
      {"losses", list_losses},
      {"laws", list_laws},
      {"implementations", list_implementations},
      {"mutants", list_mutants},
      {"presets", list_presets}};
  return kLists;
}

void explain(const std::string& id) {
  const Law* law = find_law(id);
  if (law == nullptr) {
    std::string ids;
    for (const Law& known : all_laws()) ids += (ids.empty() ? "" : ", ") + std::string(known.id);
    throw BadInput{"law: '" + id + "' is not accepted; accepted: " + ids};
  }
  fmt::print("{}\n  law        {}\n  tolerance  {}\n  source     {}\n", law->id, law->statement,
             law->tolerance, law->source);
}

}  // namespace

void add_list(CLI::App& app, int&) {
  CLI::App* list =
      app.add_subcommand("list", "what there is: losses, laws, implementations, mutants, presets");
  auto what = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const auto& [name, print] : lists()) names.push_back(name);
  list->add_option("what", *what, "losses, laws, implementations, mutants or presets")
      ->required()
      ->check(CLI::IsMember(names));
  list->callback([what] { lists().at (*what)(); });
}

void add_explain(CLI::App& app, int&) {
  CLI::App* command =
      app.add_subcommand("explain", "a law: what it says, how far the sides may differ, and why");
  auto id = std::make_shared<std::string>();
  command->add_option("law", *id, "its id, see `xent list laws`")->required();
  command->callback([id] { explain(*id); });
}

}  // namespace xent::properties::cli
