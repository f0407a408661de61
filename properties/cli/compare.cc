// xent compare: what got worse between two saved profiles.
#include <fmt/format.h>

#include <memory>

#include "properties/cli/command.h"
#include "properties/cli/numbers.h"
#include "properties/printable.h"
#include "properties/profile_comparison.h"

namespace xent::properties::cli {
namespace {

struct CompareArguments {
  std::string before;
  std::string after;
  bool bits = false;
  Tolerance tolerance;
};

void print_header(const char* which, const Profile& profile) {
  fmt::print("{}  {} ({} {}), level {}, seed {}\n", which, one_line(profile.implementation),
             one_line(profile.name), one_line(profile.version), name(profile.level), profile.seed);
}

// Long rows are better looked up than read.
void print_replay(const std::string& replay) {
  constexpr std::size_t kLong = 400;
  if (replay.empty()) return;
  fmt::print("      {}\n",
             replay.size() <= kLong ? replay : "(its worst input is long: see \"case\" in the new profile)");
}

void print_changes(const char* title, const Comparison& comparison, Change::Kind kind) {
  if (comparison.count(kind) == 0) return;
  fmt::print("\n{}\n", title);
  for (const Change& change : comparison.changes) {
    if (change.kind != kind) continue;
    fmt::print("  {:<56} {}\n", one_line(change.where), one_line(change.what));
    print_replay(printable(change.replay));
  }
}

int run_compare(const CompareArguments& arguments) {
  if (arguments.bits) return compare_bits(arguments.before, arguments.after);
  const Profile before = read_as(arguments.before, read_profile);
  const Profile after = read_as(arguments.after, read_profile);
  const auto compared = compare(before, after, arguments.tolerance);
  if (!compared) throw BadInput{compared.error().message};
  print_header("old", before);
  print_header("new", after);
  print_changes("worse", *compared, Change::Kind::worse);
  print_changes("better", *compared, Change::Kind::better);
  print_changes("other", *compared, Change::Kind::other);
  const int worse = compared->count(Change::Kind::worse);
  fmt::print("\n{} worse, {} better, {} other, {} laws and regimes unchanged\n", worse,
             compared->count(Change::Kind::better), compared->count(Change::Kind::other),
             compared->unchanged);
  return worse == 0 ? kConforms : kDoesNotConform;
}

}  // namespace

void add_compare(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "compare", "what changed between two files of `xent check --profile` or `xent golden bits`");
  auto arguments = std::make_shared<CompareArguments>();
  Tolerance& tolerance = arguments->tolerance;
  command->add_option("old", arguments->before, "the earlier file")->required();
  command->add_option("new", arguments->after, "the later one, of the same seed and level")->required();
  command
      ->add_option(
          "--ulp-factor", tolerance.ulp_factor,
          "by what the worst ulp error of a regime may grow; 1: not at all, as its inputs are the same")
      ->check(number_between(1, 1e300))
      ->capture_default_str();
  command->add_option("--bound-factor", tolerance.bound_factor, "the same for the worst error/bound")
      ->check(number_between(1, 1e300))
      ->capture_default_str();
  command
      ->add_option("--share-points", tolerance.share_points,
                   "by how many percentage points the outputs of a regime may grow that are off by half an "
                   "ulp or more, by one, by two, by four, ...")
      ->check(number_between(0, 100))
      ->capture_default_str();
  command->add_flag("--bits", arguments->bits,
                    "the files are of `xent golden bits`: list the cases whose answers changed");
  command->footer("Exit status: 0 nothing is worse, 1 something is, 2 bad usage or input.");
  command->callback([arguments, &status] { status = run_compare(*arguments); });
}

}  // namespace xent::properties::cli
