#include "properties/offline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "golden/case.h"
#include "properties/answer_line.h"
#include "properties/declaration.h"
#include "properties/declaration_line.h"
#include "properties/digest.h"
#include "properties/json.h"
#include "properties/laws.h"
#include "properties/version.h"
#include "reference/certify.h"
#include "reference/format.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;
using reference::Problem;

constexpr std::int64_t kOfflineFormat = 1;

// Calls `read` with each line that is not empty and its number, from 1 on, until that returns an error.
std::optional<Error> each_line(std::string_view text,
                               const std::function<std::optional<Error>(std::string_view)>& read) {
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (auto error = read(line)) return Error{fmt::format("line {}: {}", number, error->message)};
  }
  return std::nullopt;
}

// --- export ---

// What is not a float of the format is undecided or of no consequence here.
std::vector<double> true_values(const Problem& problem, xent_format format) {
  std::vector<double> values;
  auto certified = reference::certify(problem);
  if (!certified) return values;
  for (reference::Certified& value : *certified)
    values.push_back(value.rounded(reference::format(format)).value_or(std::nan("")));
  return values;
}

class QuestionWriter : public Remote {
 public:
  QuestionWriter(std::shared_ptr<const xent_implementation> declaration, std::string& questions)
      : declaration_(std::move(declaration)), questions_(questions) {}

  const xent_implementation& declaration() const override { return *declaration_; }
  bool has_layouts() const override { return false; }
  int times_lost() const override { return 0; }
  Expected<std::shared_ptr<Remote>> again(std::function<bool()>) const override {
    return Error{"questions are written down in one order"};
  }

  Response run(const Problem& problem, const Layout&) override {
    questions_ += golden::write(fmt::to_string(++cases_), problem) + "\n";
    Response response;
    Problem loss = problem;
    if (problem.wanted == reference::Wanted::gradient) {
      response.grad = true_values(problem, problem.loss_format);
      loss = loss_beside(problem, *find_claim(*declaration_, problem));
    }
    response.loss = true_values(loss, loss.loss_format);
    // Of the problems that a law asks about, the reference refuses those with a target out of range.
    if (response.loss.empty()) response.status = XENT_TARGET_OUT_OF_RANGE;
    return response;
  }

 private:
  std::shared_ptr<const xent_implementation> declaration_;
  std::string& questions_;
  std::int64_t cases_ = 0;
};

// --- grading ---

// A case without its id, which stands first: what makes it the same question.
std::string_view question_in(std::string_view line) {
  return line.substr(std::min(line.find(','), line.size()));
}

class Recorded : public Remote {
 public:
  Recorded(OfflineRun run, std::string answers) : run_(std::move(run)), answers_(std::move(answers)) {}

  // Reads both texts. Empty, or what is wrong with the answers.
  std::optional<Error> open() {
    each_line(run_.questions, [this](std::string_view line) {
      cases_[question_in(line)].places.push_back(lines_.size());
      ids_.emplace(fmt::to_string(lines_.size() + 1), lines_.size());
      lines_.emplace_back();
      return std::nullopt;
    });
    // A program that died may have left half a line: that is no answer.
    const std::string_view whole = std::string_view(answers_).substr(0, answers_.rfind('\n') + 1);
    if (auto error = each_line(whole, [this](std::string_view line) { return keep(line); })) return error;
    keep(std::string_view(answers_).substr(whole.size()));
    return std::nullopt;
  }

  const xent_implementation& declaration() const override { return *run_.declaration; }
  bool has_layouts() const override { return false; }
  int times_lost() const override { return 0; }
  int unrecorded() const override { return unrecorded_; }
  Expected<std::shared_ptr<Remote>> again(std::function<bool()>) const override {
    return recorded(run_, answers_);
  }

  Response run(const Problem& problem, const Layout&) override {
    const std::string line = golden::write("", problem);
    const auto found = cases_.find(question_in(line));
    if (found == cases_.end()) {
      ++unrecorded_;
      return {XENT_FAILED, {}, {}, "it was not asked"};
    }
    Asking& asking = found->second;
    const std::size_t place = asking.places[asking.next];
    if (asking.next + 1 < asking.places.size()) ++asking.next;
    const std::string id = fmt::to_string(place + 1);
    if (lines_[place].empty()) return {XENT_FAILED, {}, {}, "it gave no answer to case " + id};
    return read_answer(lines_[place], asked_of(id, problem, declaration()));
  }

 private:
  // The cases that ask the same, by their places among all.
  struct Asking {
    std::vector<std::size_t> places;
    std::size_t next = 0;
  };

  std::optional<Error> keep(std::string_view line) {
    if (line.find("\"declare\"") != std::string_view::npos) return compare(line);
    const auto id = id_of_answer(line);
    const auto known = id ? ids_.find(*id) : ids_.end();
    if (known == ids_.end()) {
      return Error{
          fmt::format("'{}' is not accepted; accepted: an answer with the id of a case", line.substr(0, 60))};
    }
    std::string_view& kept = lines_[known->second];
    if (!kept.empty())
      return Error{fmt::format("id: '{}' twice is not accepted; accepted: each id once", *id)};
    kept = line;
    return std::nullopt;
  }

  std::optional<Error> compare(std::string_view line) const {
    const auto declared = read_declaration(line);
    if (!declared) return declared.error();
    if (write_declaration(**declared) == write_declaration(declaration())) return std::nullopt;
    return Error{
        "declare: another declaration is not accepted; accepted: the one that the questions were exported "
        "for"};
  }

  OfflineRun run_;
  std::string answers_;
  std::unordered_map<std::string_view, Asking> cases_;
  std::unordered_map<std::string, std::size_t> ids_;  // the place of each case
  std::vector<std::string_view> lines_;               // the answers in their places; empty: none
  int unrecorded_ = 0;
};

}  // namespace

std::optional<OfflineRun> exported(std::shared_ptr<const xent_implementation> declaration,
                                   const CheckOptions& options) {
  OfflineRun run = {declaration, options.level, options.seed, options.only_law, ""};
  CheckOptions asking = options;
  asking.jobs = 1;
  asking.shrink_budget = 0;
  asking.search_seconds = 0;
  if (!gather(Subject(std::make_shared<QuestionWriter>(std::move(declaration), run.questions)), asking)
           .finished)
    return std::nullopt;
  return run;
}

std::string run_text(const OfflineRun& run) {
  Json json = {
      {"xent_offline", kOfflineFormat}, {"xent", version()}, {"level", name(run.level)}, {"seed", run.seed}};
  if (!run.law.empty()) json["law"] = run.law;
  json["declaration"] = Json::parse(write_declaration(*run.declaration));
  json["digest"] = digest_of(json.dump() + "\n" + run.questions);
  return json.dump(1) + "\n";
}

Expected<OfflineRun> read_run(const std::string& text, std::string questions) {
  const auto json = parse_file(text);
  if (!json) return json.error();
  Json above = *json;
  if (above.is_object()) above.erase("digest");
  const std::string present =
      digest_of(above.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" + questions);
  OfflineRun run;
  std::optional<Error> error;
  StrictObject object(*json, "", error);
  std::int64_t format = 0;
  std::string xent;
  std::string digest;
  for (const char* key : {"xent_offline", "xent", "level", "seed", "declaration", "digest"})
    object.require(key);
  object.read("xent_offline", format, kOfflineFormat, kOfflineFormat);
  object.read("xent", xent);
  if (xent != version()) object.refuse("xent", "'" + xent + "'", version());
  read_level(object, "level", run.level);
  read_unsigned(object, "seed", run.seed);
  object.read("law", run.law);
  if (!run.law.empty() && find_law(run.law) == nullptr)
    object.refuse("law", "'" + run.law + "'", "an id of `xent list laws`");
  if (const Json* declared = object.find("declaration")) {
    const auto read = read_declaration(declared->dump());
    if (read) {
      run.declaration = *read;
    } else {
      object.fail("declaration", read.error().message);
    }
  }
  object.read("digest", digest);
  if (digest != present)
    object.refuse("digest", digest, present + ", that of the run and its questions as they were exported");
  object.finish();
  if (error) return *error;
  run.questions = std::move(questions);
  return run;
}

Expected<std::shared_ptr<Remote>> recorded(OfflineRun run, std::string answers) {
  auto remote = std::make_shared<Recorded>(std::move(run), std::move(answers));
  if (auto error = remote->open()) return *error;
  return std::shared_ptr<Remote>(std::move(remote));
}

}  // namespace xent::properties
