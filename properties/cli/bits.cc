// xent golden bits, and what changed between two of its files.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "golden/sets.h"
#include "properties/bits_comparison.h"
#include "properties/cli/command.h"
#include "properties/cli/interruption.h"
#include "properties/cli/subject_options.h"
#include "properties/golden_bits.h"
#include "properties/printable.h"

namespace xent::properties::cli {
namespace {

struct BitsArguments {
  SubjectOptions subject;
  std::vector<std::string> files;
};

// Answers are told apart by their ids.
void require_each_once(const std::string& file, const std::vector<golden::Case>& cases) {
  std::set<std::string> known;
  for (const golden::Case& c : cases) {
    if (!known.insert(c.id).second)
      throw BadInput{fmt::format("{}: id: '{}' twice is not accepted; accepted: each id once", file, c.id)};
  }
}

void add_cases(const std::string& name, std::vector<golden::Case> more, std::vector<golden::Case>& cases) {
  cases.insert(cases.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  require_each_once(name, cases);
}

int run_bits(BitsArguments arguments) {
  // Of two positional arguments the parser fills the first one first.
  if (!arguments.subject.command.empty() && !arguments.subject.implementation.empty())
    arguments.files.insert(arguments.files.begin(), std::exchange(arguments.subject.implementation, ""));
  if (arguments.subject.command.empty() && arguments.subject.implementation.empty())
    throw BadInput{"implementation: missing; accepted: one as of `xent check`, or --command"};
  std::vector<golden::Case> cases;
  if (arguments.files.empty()) {
    for (const golden::Set& set : golden::sets())
      add_cases(set.name, required(golden::read_all(golden::stored(set))), cases);
  }
  for (const std::string& file : arguments.files) add_cases(file, read_as(file, golden::read_all), cases);
  note_interruptions();
  const Subject subject = subject_of(arguments.subject);
  const std::string name = typed_name(arguments.subject);
  const GoldenBits bits = golden_bits(subject, cases, name);
  if (is_interrupted()) return interruption_status();
  if (bits.cases.empty()) {
    throw BadInput{fmt::format("implementation: '{}' declares none of the {} cases; accepted: one that does",
                               name, cases.size())};
  }
  fmt::print("{}", bits_text(bits));
  return kConforms;
}

void print_header(const char* which, const GoldenBits& bits) {
  fmt::print("{}  {} ({} {}), {} cases, digest {}\n", which, one_line(bits.implementation),
             one_line(bits.name), one_line(bits.version), bits.cases.size(), digest(bits));
}

void print_case(const ChangedCase& changed) {
  constexpr std::size_t kShown = 4;
  fmt::print("  {}{}{}\n", one_line(changed.id), changed.reason.empty() ? "" : "  ",
             one_line(changed.reason));
  for (std::size_t i = 0; i < std::min(kShown, changed.outputs.size()); ++i) {
    const ChangedOutput& output = changed.outputs[i];
    fmt::print("      {:<14} {} -> {}   {:.4g} -> {:.4g} ulp off\n", output.what, output.before, output.after,
               output.before_ulps, output.after_ulps);
  }
  if (changed.outputs.size() > kShown) fmt::print("      and {} more\n", changed.outputs.size() - kShown);
}

}  // namespace

int compare_bits(const std::string& before, const std::string& after) {
  const GoldenBits old_bits = read_as(before, read_bits);
  const GoldenBits new_bits = read_as(after, read_bits);
  const BitsComparison compared = compare(old_bits, new_bits);
  print_header("old", old_bits);
  print_header("new", new_bits);
  if (!compared.changed.empty()) fmt::print("\nchanged\n");
  for (const ChangedCase& changed : compared.changed) print_case(changed);
  fmt::print("\n{} changed, {} the same\n", compared.changed.size(), compared.same);
  return compared.changed.empty() ? kConforms : kDoesNotConform;
}

void add_bits(CLI::App& golden, int& status) {
  CLI::App* command = golden.add_subcommand(
      "bits", "the bits that an implementation answers the cases with, for `xent compare --bits`");
  auto arguments = std::make_shared<BitsArguments>();
  command->add_option("implementation", arguments->subject.implementation,
                      "as of `xent check`; not with --command");
  command->add_option("files", arguments->files, "case files; without any, those that ship with the program");
  add_subject_options(*command, arguments->subject);
  command->callback([arguments, &status] { status = run_bits(*arguments); });
}

}  // namespace xent::properties::cli
