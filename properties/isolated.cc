#include "properties/isolated.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "golden/strict_object.h"
#include "properties/arena.h"
#include "properties/call.h"
#include "properties/declaration.h"
#include "properties/declaration_line.h"
#include "properties/patience.h"
#include "properties/placement.h"

namespace xent::properties {
namespace {

using reference::Error;
using reference::Expected;
using reference::Problem;

constexpr std::size_t kInitialCapacity = std::size_t{1} << 20;
constexpr std::size_t kLongestDeclaration = std::size_t{1} << 20;
constexpr std::size_t kLongestReply = 4096;

// What the two processes tell each other beside the buffers, in the arena's common page.
struct Common {
  xent_problem problem = {};
  xent_result result = {};
  xent_status status = XENT_OK;
  bool is_cut_off = false;  // the child can no longer be asked
  std::uint64_t calls = 0;  // so far: the number of the one that is asked
  bool has_faulted = false;
  bool was_stack = false;
  std::uintptr_t fault = 0;  // the address that could not be touched
  std::array<char, 256> loss = {};
};

// --- in the child ---

Common* g_common = nullptr;         // of this process, for the handler alone
std::uintptr_t g_end_of_stack = 0;  // the lowest address that it may grow to

// Notes where it happened, and lets it happen again without a handler.
void note_fault(int signal, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  constexpr std::uintptr_t kBelow = std::uintptr_t{16} << 20;
  constexpr std::uintptr_t kAbove = std::uintptr_t{1} << 20;
  g_common->has_faulted = info->si_code > 0;
  g_common->fault = address;
  g_common->was_stack = address + kBelow >= g_end_of_stack && address < g_end_of_stack + kAbove;
  std::raise(signal);
}

void watch_faults(Common& common) {
  static std::array<char, 65536> stack;
  g_common = &common;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void* lowest = nullptr;
    std::size_t size = 0;
    pthread_attr_getstack(&attributes, &lowest, &size);
    g_end_of_stack = reinterpret_cast<std::uintptr_t>(lowest);
    pthread_attr_destroy(&attributes);
  }
  stack_t alternate = {};
  alternate.ss_sp = stack.data();
  alternate.ss_size = stack.size();
  sigaltstack(&alternate, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = note_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  sigaction(SIGSEGV, &action, nullptr);
  sigaction(SIGBUS, &action, nullptr);
}

// Whoever calls exit() shall not run what this process was to do at its end.
void leave_at_once(int status, void*) {
  _exit(status);
}

// False if nobody listens.
bool say(int lines, std::string line) {
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t sent = TEMP_FAILURE_RETRY(write(lines, rest.data(), rest.size()));
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

const xent_implementation* declared(int lines, const Load& load) {
  const auto loaded = load();
  const auto refuse = [lines](const Error& error) {
    say(lines, golden::Json({{"error", error.message}}).dump(-1, ' ', true));
    return nullptr;
  };
  if (!loaded) return refuse(loaded.error());
  if (const auto error = validate(**loaded)) return refuse(*error);
  std::fflush(stdout);  // what was said while loading belongs to no call
  say(lines, write_declaration(**loaded));
  return *loaded;
}

// An empty line, or what the call threw.
std::string answered(const xent_implementation& implementation, Common& common) {
  try {
    common.status = implementation.compute(&common.problem, &common.result);
  } catch (const std::exception& error) {
    const std::string_view what = error.what();
    return "it threw an exception: " + std::string(what.substr(0, what.find('\n')).substr(0, 200));
  } catch (...) {
    return "it threw an exception";
  }
  return "";
}

void serve(int messages, int lines, const Load& load, Common& common) {
  on_exit(leave_at_once, nullptr);
  watch_faults(common);
  const xent_implementation* implementation = declared(lines, load);
  if (implementation == nullptr) return;
  char go = 0;
  while (TEMP_FAILURE_RETRY(read(messages, &go, 1)) == 1) {
    const std::uint64_t call = common.calls;
    const std::string line = answered(*implementation, common);
    std::fflush(stdout);
    if (!say(lines, fmt::format("{} {}", call, line))) break;
  }
  common.is_cut_off = true;
}

// --- in this process ---

// Past the end is the usual mistake. A function of the question alone, so that a replay does the same.
bool ends_at_guard(const xent_problem& p) {
  return (p.rows + p.classes) % 3 != 0;
}

class Isolated : public Remote {
 public:
  Isolated(Load load, const Limits& limits)
      : load_(std::move(load)),
        limits_(limits),
        starts_(limits.start_seconds),
        patience_(limits.call_seconds) {
    make_arena(kInitialCapacity);
  }

  // The first start, which also says what there is. Empty, or why not.
  std::optional<Error> open() {
    if (auto failure = start()) return Error{*failure};
    return std::nullopt;
  }

  const xent_implementation& declaration() const override { return *declaration_; }
  bool has_layouts() const override { return true; }
  int times_lost() const override { return patience_.times_lost(); }
  Expected<std::shared_ptr<Remote>> again(std::function<bool()> interrupted) const override {
    Limits limits = limits_;
    limits.interrupted = std::move(interrupted);
    return isolated(load_, limits);
  }

  Response run(const Problem& problem, const Layout& layout) override {
    Call call(problem, find_claim(*declaration_, problem), layout);
    make_room(call);
    if (!child_) {
      if (const auto failure = start()) return broken("started again, " + *failure);
    }
    hand_over(call);
    Reply reply = child_->exchange("\n", patience_.seconds(), kLongestReply);
    if (!reply.failure.empty()) return ended(reply);
    patience_.note_answer(reply.seconds);
    child_->forget_complaints();
    const std::string text = child_->printed();
    // A process that was forked in a call answers that once more.
    const std::string number = fmt::format("{} ", common().calls);
    if (!reply.line.starts_with(number) || child_->has_more()) {
      child_.reset();
      return broken("it answered twice: does it fork?");
    }
    if (reply.line != number) return broken(reply.line.substr(number.size()));
    take(*arena_, call);
    Response response = call.response(common().status);
    if (!text.empty() && response.defect.empty()) response.defect = "it printed: " + text;
    return response;
  }

 private:
  Common& common() const { return *static_cast<Common*>(arena_->common()); }

  void make_arena(std::size_t capacity) {
    child_.reset();
    arena_.reset();
    arena_.emplace(slots_of_calls(), capacity);
    new (arena_->common()) Common();
  }

  void make_room(Call& call) {
    const std::size_t most = room_for(call);
    const std::size_t present = arena_ ? arena_->capacity() : kInitialCapacity;
    if (!arena_ || most > present) make_arena(std::max(most, 4 * present));
  }

  std::optional<std::string> start() {
    common() = Common();
    child_.emplace(limits_, [this](int messages, int lines) {
      arena_->protect();
      serve(messages, lines, load_, common());
    });
    const Reply reply = child_->exchange("", starts_.seconds(), kLongestDeclaration);
    starts_.note(reply);
    if (declaration_) patience_.note_restart();
    if (!reply.failure.empty()) {
      child_.reset();
      return "it did not declare itself: " + reply.failure + where();
    }
    child_->printed();  // a banner
    return declaration_ ? std::nullopt : understood(reply.line);
  }

  // Empty, or what is wrong with the declaration.
  std::optional<std::string> understood(const std::string& line) {
    const auto json = golden::parse_json(line);
    if (json && json->contains("error")) return (*json)["error"].get<std::string>();
    auto read = read_declaration(line);
    if (!read) return read.error().message;
    declaration_ = *read;
    return std::nullopt;
  }

  void hand_over(Call& call) {
    Common& shared = common();
    const Placed placed = put(call, ends_at_guard(call.problem()), *arena_);
    shared.problem = placed.problem;
    shared.result = placed.result;
    shared.status = XENT_FAILED;
    ++shared.calls;
    shared.has_faulted = shared.is_cut_off = false;
    std::strncpy(shared.loss.data(), call.problem().loss, shared.loss.size() - 1);
    shared.problem.loss = shared.loss.data();
  }

  Response ended(const Reply& reply) {
    child_.reset();
    if (reply.is_late) patience_.note_late();
    if (common().is_cut_off) return broken("it closed files that are not its own");
    return broken(reply.failure + where());
  }

  // What was touched that could not be.
  std::string where() const {
    const Common& shared = common();
    if (!shared.has_faulted) return "";
    if (shared.was_stack) return ", a stack overflow";
    const std::string near = arena_->describe(shared.fault);
    if (!near.empty()) return ", touching " + near;
    return shared.fault < Arena::common_size() ? fmt::format(", touching address {}", shared.fault) : "";
  }

  static Response broken(std::string defect) { return {XENT_FAILED, {}, {}, std::move(defect)}; }

  Load load_;
  Limits limits_;
  Patience starts_;
  Patience patience_;
  std::optional<Arena> arena_;
  std::optional<Child> child_;
  std::shared_ptr<const xent_implementation> declaration_;
};

static_assert(sizeof(Common) <= 4096, "fits a page");

}  // namespace

Expected<std::shared_ptr<Remote>> isolated(Load load, const Limits& limits) {
  auto remote = std::make_shared<Isolated>(std::move(load), limits);
  if (auto error = remote->open()) return *error;
  return std::shared_ptr<Remote>(std::move(remote));
}

}  // namespace xent::properties
