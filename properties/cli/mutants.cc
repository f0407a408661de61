// `xent mutants`: the strength of the judge, as the share of known-wrong implementations that it finds.
#include "properties/mutants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/cli/numbers.h"
#include "properties/judge.h"
#include "properties/laws.h"

namespace xent::properties::cli {
namespace {

// What share of the mutants a level has to find.
constexpr double kSmokeShare = 0.9;
constexpr double kStandardShare = 1;

struct MutantsArguments {
  std::vector<std::string> ids;
  std::string level = "smoke";
  std::uint64_t seed = 1;
  bool first = false;
};

// A letter for each law: a row of the matrix has it where the law finds the mutant.
char letter(std::size_t law) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return kLetters[law % kLetters.size()];
}

std::vector<const Mutant*> selected(const std::vector<std::string>& ids) {
  std::vector<const Mutant*> chosen;
  for (const std::string& id : ids) {
    const Mutant* mutant = find_mutant(id);
    if (mutant == nullptr)
      throw BadInput{"mutant: '" + id + "' is not accepted; accepted: see `xent list mutants`"};
    chosen.push_back(mutant);
  }
  if (chosen.empty()) {
    for (const Mutant& mutant : mutants()) chosen.push_back(&mutant);
  }
  return chosen;
}

bool is_found(const xent_implementation& implementation, CheckOptions options, const std::string& law) {
  options.only_law = law;
  const Report report = check(implementation, options);
  return std::any_of(report.laws.begin(), report.laws.end(),
                     [](const LawVerdict& verdict) { return verdict.kind == LawVerdict::Kind::fail; });
}

// Which mutants die, and of which laws.
class Matrix {
 public:
  explicit Matrix(const MutantsArguments& arguments) : arguments_(arguments), finds_(all_laws().size()) {
    options_.level = arguments.level == "smoke" ? Level::smoke : Level::standard;
    options_.seed = arguments.seed;
    options_.shrink_budget = 0;
    options_.stop_at_first_failure = true;
    options_.interrupted = is_interrupted;
  }

  // Judges one and prints its row.
  void add(const Mutant& mutant) {
    const std::string row = arguments_.first ? death(mutant) : deaths(mutant);
    if (is_interrupted()) return;
    ++judged_;
    const bool dies = row.find_first_not_of('.') != std::string::npos;
    found_ += dies ? 1 : 0;
    fmt::print("{:<32} {}{}\n", mutant.id, row, dies ? "" : "  SURVIVES: " + std::string(mutant.what));
    std::fflush(stdout);
  }

  void print_columns() const {
    if (arguments_.first) return;
    for (std::size_t i = 0; i < all_laws().size(); ++i) fmt::print("{} {}\n", letter(i), all_laws()[i].id);
  }

  // Gives whether the judge is as strong as it should be.
  bool conclude(bool is_whole) const {
    if (judged_ == 0) return false;
    const double needed = arguments_.level == "smoke" ? kSmokeShare : kStandardShare;
    const double share = static_cast<double>(found_) / static_cast<double>(judged_);
    fmt::print("\n{}: {} of {} mutants die, {:.1f} % (needed: {:.0f} %)\n", arguments_.level, found_, judged_,
               100 * share, 100 * needed);
    return share >= needed && (!is_whole || arguments_.first || every_law_finds());
  }

 private:
  // Whether the judge finds it: the fastest way to know.
  std::string death(const Mutant& mutant) const {
    return is_found(*mutant.implementation, options_, "") ? "dies" : ".";
  }

  std::string deaths(const Mutant& mutant) {
    std::string row;
    for (std::size_t i = 0; i < all_laws().size(); ++i) {
      const bool found = is_found(*mutant.implementation, options_, all_laws()[i].id);
      row += found ? letter(i) : '.';
      finds_[i] += found ? 1 : 0;
    }
    return row;
  }

  bool every_law_finds() const {
    bool all = true;
    for (std::size_t i = 0; i < finds_.size(); ++i) {
      fmt::print("{} {:<18} finds {}\n", letter(i), all_laws()[i].id, finds_[i]);
      all = all && finds_[i] > 0;
    }
    return all;
  }

  const MutantsArguments& arguments_;
  CheckOptions options_;
  std::vector<int> finds_;  // by law
  int judged_ = 0;
  int found_ = 0;
};

int run_mutants(const MutantsArguments& arguments) {
  const std::vector<const Mutant*> chosen = selected(arguments.ids);
  note_interruptions();
  Matrix matrix(arguments);
  matrix.print_columns();
  for (const Mutant* mutant : chosen) {
    if (!is_interrupted()) matrix.add(*mutant);
  }
  const bool is_strong = matrix.conclude(arguments.ids.empty() && !is_interrupted());
  if (is_interrupted()) return interruption_status();
  return is_strong ? kConforms : kDoesNotConform;
}

}  // namespace

void add_mutants(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("mutants", "the strength of the judge: which wrong implementations each law finds");
  auto arguments = std::make_shared<MutantsArguments>();
  command->add_option("mutant", arguments->ids, "these only, see `xent list mutants`; all if none is named");
  command->add_option("--level", arguments->level, "how many inputs: smoke or standard")
      ->check(CLI::IsMember({"smoke", "standard"}))
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "the inputs are a function of it")
      ->check(is_seed())
      ->capture_default_str();
  command->add_flag("--first", arguments->first, "only whether each dies, by whichever law is first");
  command->footer(
      "Exit status 1 where fewer mutants die than should: 90 % at smoke, all at standard; and where some law "
      "finds none of them all.");
  command->callback([arguments, &status] { status = run_mutants(*arguments); });
}

}  // namespace xent::properties::cli
