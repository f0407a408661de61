// `xent golden certify`: certificates that others can check without this program.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "golden/case.h"
#include "properties/cli/command.h"

namespace xent::properties::cli {
namespace {

constexpr int kDigits = 40;
constexpr int kMostDigits = 10000;

bool is_decided(const golden::Case& c) {
  return std::none_of(c.answers.begin(), c.answers.end(),
                      [](const golden::Answer& a) { return a.status == "undecided"; });
}

// The cases of a text with their answers, whatever answers stood there. Whether all are decided.
bool certify_text(const std::string& name, std::string_view text, int digits) {
  auto cases = golden::read_all(text);
  if (!cases) throw BadInput{name + ": " + cases.error().message};
  if (cases->empty()) throw BadInput{name + ": no cases; accepted: at least one line"};
  bool decided = true;
  for (golden::Case& c : *cases) {
    auto answers = golden::answer(c.problem, digits);
    if (!answers) throw BadInput{fmt::format("{}: case '{}': {}", name, c.id, answers.error().message)};
    c.answers = std::move(*answers);
    decided = decided && is_decided(c);
    fmt::print("{}\n", golden::write(c));
    std::fflush(stdout);  // who reads along need not wait for the last
  }
  return decided;
}

}  // namespace

void add_certify(CLI::App& golden, int& status) {
  CLI::App* command = golden.add_subcommand(
      "certify", "answer cases: enclosures and roundings, which xent-golden-arb confirms by itself");
  auto files = std::make_shared<std::vector<std::string>>();
  auto digits = std::make_shared<int>(kDigits);
  command->add_option("files", *files, "case files; without any, the standard input");
  command->add_option("--digits", *digits, "significant decimal digits of each value")
      ->check(CLI::Range(1, kMostDigits))
      ->capture_default_str();
  command->callback([files, digits, &status] {
    if (files->empty()) files->emplace_back("/dev/stdin");
    for (const std::string& file : *files)
      if (!certify_text(file, read_file(file), *digits)) status = kDoesNotConform;
  });
}

}  // namespace xent::properties::cli
