#include "properties/fuzzed_parsers.h"

#include "fast/implementations.h"
#include "golden/sets.h"
#include "properties/answer_line.h"
#include "properties/declaration_line.h"
#include "properties/golden_bits.h"
#include "properties/judge.h"
#include "properties/offline.h"
#include "properties/part.h"
#include "properties/profile.h"
#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

using golden::is_read;
using golden::require;

std::vector<std::string> answers() {
  return {R"({"id":"7","loss":{"format":"binary32","bits":"3f000000ff800000"}})",
          R"({"id": "7", "loss": [0.5, -Infinity]})",
          R"({"id":"7","status":"ok","loss":["1/3","-0x1p-30"]})"};
}

// To a question with two losses.
bool accepts_answer(std::string_view text) {
  const Response response = read_answer(text, {"7", 2, XENT_BINARY32, 0, XENT_BINARY32});
  if (!response.usable()) return false;
  require(response.loss.size() == 2, "an answer of another shape is used");
  return true;
}

std::vector<std::string> declarations() {
  return {write_declaration(*fast::stable_implementation()),
          R"({"declare":"mine","claims":[{"loss":"kl","exp_error":"1/2"}],"conventions":{"clip":"0.125"}})"};
}

bool accepts_declaration(std::string_view text) {
  const auto declared = read_declaration(text);
  if (!is_read(declared)) return false;
  const std::string line = write_declaration(**declared);
  const auto copy = read_declaration(line);
  require(is_read(copy) && write_declaration(**copy) == line, "a declaration is changed");
  return true;
}

CheckOptions few_trials_of(const char* law) {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  options.most_trials = 6;
  return options;
}

std::vector<std::string> profiles() {
  Report report = check(*fast::stable_implementation(), few_trials_of("accuracy"));
  report.accuracy.resize(1);
  return {profile_text(report)};
}

bool accepts_profile(std::string_view text) {
  return is_read(read_profile(std::string(text)));
}

std::vector<std::string> parts() {
  CheckOptions options = few_trials_of("nonnegativity");
  options.shard = {2, 2};
  return {part_text(gather(Subject(*fast::naive_implementation()), options))};
}

// The digest is there to refuse every edit: put right, so that what it guards is read.
std::string with_its_digest(std::string text) {
  const std::string key = "{\"digest\":\"";
  const auto part = read_part(text);
  const std::string message = part ? "" : part.error().message;
  const std::string accepted = "accepted: ";
  const std::size_t at = text.rfind(key);
  if (message.find(", that of the lines above") == std::string::npos || at == std::string::npos) return text;
  return text.substr(0, at) + key + message.substr(message.find(accepted) + accepted.size(), 16) + "\"}\n";
}

// What is read can be concluded from and shown.
bool accepts_part(std::string_view text) {
  const auto part = read_part(with_its_digest(std::string(text)));
  if (!is_read(part)) return false;
  require(!text_report(conclude(*part)).empty(), "a report is empty");
  return true;
}

std::vector<std::string> bits() {
  const auto cases = golden::read_all(golden::stored(golden::sets().front()));
  const xent_implementation& stable = *fast::stable_implementation();
  return {bits_text(golden_bits(Subject(stable), {cases->begin(), cases->begin() + 4}, stable.name))};
}

bool accepts_bits(std::string_view text) {
  return is_read(read_bits(std::string(text)));
}

// Of rows as few as an edit of an answer may hit.
const OfflineRun& short_export() {
  static const OfflineRun run = [] {
    const auto declaration =
        read_declaration(R"({"declare":"it","claims":[{"loss":"softmax_cross_entropy"}]})");
    CheckOptions options = few_trials_of("single_class");
    return *exported(*declaration, options);
  }();
  return run;
}

std::vector<std::string> runs() {
  return {run_text(short_export())};
}

bool accepts_run(std::string_view text) {
  const auto run = read_run(std::string(text), short_export().questions);
  if (!is_read(run)) return false;
  const auto copy = read_run(run_text(*run), run->questions);
  require(is_read(copy) && run_text(*copy) == run_text(*run), "a run is changed");
  return true;
}

std::vector<std::string> recordings() {
  return {write_declaration(*short_export().declaration) + "\n" + R"({"id":"1","loss":[0]})" + "\n\n" +
          R"({"id":"3","status":"failed"})" + "\r\n"};
}

// What is accepted can be graded.
bool accepts_recording(std::string_view text) {
  const auto remote = recorded(short_export(), std::string(text));
  if (!is_read(remote)) return false;
  require(gather(Subject(*remote), few_trials_of("single_class")).finished, "a recording is not judged");
  return true;
}

bool accepts_replay(std::string_view text) {
  const auto trial = trial_of_line(std::string(text));
  if (!is_read(trial)) return false;
  const std::string line = case_line(*trial, "fuzz");
  const auto copy = trial_of_line(line);
  require(is_read(copy) && case_line(*copy, "fuzz") == line, "a case is changed");
  return true;
}

constexpr golden::FuzzedParser kParsers[] = {{"answer", answers, accepts_answer},
                                             {"declaration", declarations, accepts_declaration},
                                             {"profile", profiles, accepts_profile},
                                             {"part", parts, accepts_part},
                                             {"bits", bits, accepts_bits},
                                             {"replay", golden::short_case_lines, accepts_replay},
                                             {"run", runs, accepts_run},
                                             {"recording", recordings, accepts_recording}};

}  // namespace

std::span<const golden::FuzzedParser> fuzzed_parsers() {
  return kParsers;
}

}  // namespace xent::properties
