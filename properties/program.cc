#include "properties/program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <sstream>
#include <utility>

#include "golden/case.h"
#include "properties/answer_line.h"
#include "properties/declaration_line.h"
#include "properties/patience.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;
using reference::Problem;

constexpr std::size_t kLongestDeclaration = std::size_t{1} << 20;

// A value with all its digits, of which a binary64 has up to 1077 and a point, and the rest of the line.
std::size_t longest_answer(const Asked& asked) {
  constexpr std::int64_t kValue = 1100;
  constexpr std::int64_t kRest = 1 << 16;
  return static_cast<std::size_t>(kRest + kValue * (asked.losses + asked.entries));
}

// Whether a name of a program stands for an executable file, as a shell finds it.
bool is_executable(const std::string& name) {
  if (name.find('/') != std::string::npos) return access(name.c_str(), X_OK) == 0;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    folder.append("/").append(name);
    if (access(folder.c_str(), X_OK) == 0) return true;
  }
  return false;
}

// A shell that waits for a program keeps the pipe open that the program has closed. One that has nothing else
// to do becomes the program.
std::string replacing_the_shell(const std::string& command) {
  const bool is_one = command.find_first_of(";&|\n(){}") == std::string::npos;
  const std::string name = command.substr(0, command.find_first_of(" \t"));
  return is_one && !name.empty() && is_executable(name) ? "exec " + command : command;
}

class Program : public Remote {
 public:
  Program(std::string command, const Limits& limits)
      : command_(std::move(command)),
        typed_(replacing_the_shell(command_)),
        limits_(limits),
        starts_(limits.start_seconds),
        patience_(limits.call_seconds) {}

  // The first start, which also says what there is. Empty, or why not.
  std::optional<Error> open() {
    const Reply declared = start();
    if (!declared.failure.empty()) return Error{"it did not declare itself: " + declared.failure};
    auto declaration = read_declaration(declared.line);
    if (!declaration) return Error{"its first line, the declaration: " + declaration.error().message};
    declaration_ = *declaration;
    return std::nullopt;
  }

  const xent_implementation& declaration() const override { return *declaration_; }
  bool has_layouts() const override { return false; }
  int times_lost() const override { return patience_.times_lost(); }
  Expected<std::shared_ptr<Remote>> again(std::function<bool()> interrupted) const override {
    Limits limits = limits_;
    limits.interrupted = std::move(interrupted);
    return program(command_, limits);
  }

  Response run(const Problem& problem, const Layout&) override {
    if (!child_) {
      const Reply declared = start();
      patience_.note_restart();
      if (!declared.failure.empty())
        return broken("started again, it did not declare itself: " + declared.failure);
    }
    const Asked asked = asked_of(fmt::to_string(++cases_), problem, *declaration_);
    const std::string line = golden::write(asked.id, problem) + "\n";
    const Reply reply = child_->exchange(line, patience_.seconds(), longest_answer(asked));
    if (reply.is_late) patience_.note_late();
    if (!reply.failure.empty()) return broken(reply.failure);
    Response response = read_answer(reply.line, asked);
    if (!response.defect.empty()) return broken(response.defect);
    patience_.note_answer(reply.seconds);
    if (child_->has_more()) return broken("it wrote more than one line for a case");
    child_->forget_complaints();
    return response;
  }

 private:
  // What it says first.
  Reply start() {
    child_.emplace(limits_, [this](int messages, int lines) {
      dup2(messages, STDIN_FILENO);
      dup2(lines, STDOUT_FILENO);
      limit_memory_of_program(limits_);
      execl("/bin/sh", "sh", "-c", typed_.c_str(), nullptr);
    });
    Reply reply = child_->exchange("", starts_.seconds(), kLongestDeclaration);
    starts_.note(reply);
    if (!reply.failure.empty()) child_.reset();
    return reply;
  }

  // After it, question and answer may no longer be in step.
  Response broken(std::string defect) {
    child_.reset();
    return {XENT_FAILED, {}, {}, std::move(defect)};
  }

  std::string command_;
  std::string typed_;  // into the shell
  Limits limits_;
  Patience starts_;
  Patience patience_;
  std::optional<Child> child_;
  std::shared_ptr<const xent_implementation> declaration_;
  std::int64_t cases_ = 0;
};

}  // namespace

Expected<std::shared_ptr<Remote>> program(const std::string& command, const Limits& limits) {
  auto remote = std::make_shared<Program>(command, limits);
  if (auto error = remote->open()) return *error;
  return std::shared_ptr<Remote>(std::move(remote));
}

}  // namespace xent::properties
