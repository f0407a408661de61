#include "properties/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace xent::properties {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kChunk = std::size_t{1} << 18;
// A pipe of a page at a time costs more in switches than in copying.
constexpr int kPipeBytes = 1 << 20;
// How long a process whose output has ended may take to end itself.
constexpr auto kGrace = std::chrono::milliseconds(100);
// How long one that is no longer needed may take to notice.
constexpr auto kFarewell = std::chrono::milliseconds(500);
// How often somebody who wants to stop is asked.
constexpr double kPatienceOfStop = 0.2;

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::pair<int, int> make_pipe() {
  std::array<int, 2> ends = {};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) give_up("cannot make a pipe");
  fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // smaller is only slower
  return {ends[0], ends[1]};
}

// A file in memory, always written at its end, so that it can be emptied from here.
int make_file(const char* name) {
  const int file = memfd_create(name, MFD_CLOEXEC);
  if (file < 0 || fcntl(file, F_SETFL, O_APPEND) != 0) give_up("cannot make a file in memory");
  return file;
}

void limit(__rlimit_resource resource, rlim_t most) {
  rlimit now = {};
  getrlimit(resource, &now);
  now.rlim_cur = std::min(most, now.rlim_max);
  setrlimit(resource, &now);
}

void limit_memory(const Limits& limits, rlim_t present) {
  if (limits.memory_bytes > 0) limit(RLIMIT_DATA, present + static_cast<rlim_t>(limits.memory_bytes));
}

// Bytes of data and stack that the process has now, as the kernel counts them for RLIMIT_DATA.
rlim_t data_bytes() {
  unsigned long long pages[6] = {};
  if (FILE* statm = std::fopen("/proc/self/statm", "r")) {
    for (unsigned long long& count : pages) {
      if (std::fscanf(statm, "%llu", &count) != 1) break;
    }
    std::fclose(statm);
  }
  return pages[5] * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

void apply(const Limits& limits) {
  constexpr rlim_t kStack = rlim_t{8} << 20;
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, static_cast<rlim_t>(limits.output_bytes));
  rlimit stack = {};
  getrlimit(RLIMIT_STACK, &stack);
  limit(RLIMIT_STACK, std::min(stack.rlim_cur, kStack));
  // Not RLIMIT_AS: what is only reserved costs nothing, and some reserve terabytes.
  limit_memory(limits, data_bytes());
}

// Signals as a new program has them, whatever this one or a sanitizer in it does with them.
void reset_signals() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPIPE, SIGINT, SIGTERM, SIGHUP,
                           SIGQUIT, SIGXFSZ, SIGCHLD})
    std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::string signal_text(int number) {
  return fmt::format("signal {} ({})", number, strsignal(number));
}

std::string size_text(std::int64_t bytes) {
  return bytes >> 30 > 0 ? fmt::format("{} GiB", bytes >> 30) : fmt::format("{} MiB", bytes >> 20);
}

// Fit to be quoted in a line of a report.
std::string quotable(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  std::string quoted(text.substr(0, kLongest));
  for (char& c : quoted) {
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
  }
  return text.size() > kLongest ? quoted + "..." : quoted;
}

// The last line that has anything in it: where a traceback names the error.
std::string last_line(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  const auto end = text.rfind('\n');
  return quotable(end == std::string_view::npos ? text : text.substr(end + 1));
}

}  // namespace

void limit_memory_of_program(const Limits& limits) {
  limit_memory(limits, 0);
}

Child::Child(const Limits& limits, const std::function<void(int messages, int lines)>& body)
    : limits_(limits), chunk_(kChunk) {
  std::tie(messages_end_, messages_) = make_pipe();
  fcntl(messages_, F_SETFL, O_NONBLOCK);
  int lines_end = -1;
  std::tie(lines_, lines_end) = make_pipe();
  printed_ = make_file("xent_printed");
  complained_ = make_file("xent_complained");
  std::fflush(stdout);  // or the child would have it, too
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) give_up("cannot start a process");
  if (process_ > 0) {
    setpgid(process_, process_);
    close(lines_end);
    return;
  }
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  close(messages_);
  close(lines_);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(printed_, STDOUT_FILENO);
  dup2(complained_, STDERR_FILENO);
  reset_signals();
  apply(limits);
  // What it throws ends this process, and does not go on to whoever made it in the other.
  [&]() noexcept { body(messages_end_, lines_end); }();
  _exit(0);
}

Child::~Child() {
  // The end of its input is the end of the conversation.
  close(std::exchange(messages_, -1));
  if (process_ >= 0) ended_within(kFarewell);
  end();
  for (const int file : {messages_end_, lines_, printed_, complained_}) close(file);
}

void Child::end() {
  if (process_ < 0) return;
  kill(-process_, SIGKILL);
  // Of a program that has become another user there is nothing to wait for.
  if (kill(process_, SIGKILL) == 0) waitpid(process_, nullptr, 0);
  process_ = -1;
}

Child::Event Child::wait(bool to_write, double seconds) const {
  if (seconds <= 0) return Event::time_is_up;
  std::array<pollfd, 2> files = {{{lines_, POLLIN, 0}, {messages_, POLLOUT, 0}}};
  timespec time = {};
  time.tv_sec = static_cast<time_t>(seconds);
  time.tv_nsec = static_cast<long>((seconds - static_cast<double>(time.tv_sec)) * 1e9);
  if (ppoll(files.data(), to_write ? 2 : 1, &time, nullptr) == 0) return Event::time_is_up;
  return files[0].revents != 0 ? Event::readable : Event::none;
}

void Child::send(std::string_view& message) const {
  while (!message.empty()) {
    const ssize_t sent = write(messages_, message.data(), message.size());
    if (sent <= 0) return;  // full
    message.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Child::has_more() {
  pollfd lines = {lines_, POLLIN, 0};
  if (poll(&lines, 1, 0) == 1 && (lines.revents & POLLIN) != 0) hear();
  return !heard_.empty();
}

bool Child::hear() {
  const ssize_t got = read(lines_, chunk_.data(), chunk_.size());
  if (got > 0) heard_.append(chunk_.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

Reply Child::exchange(std::string_view message, double seconds, std::size_t most) {
  const auto begin = Clock::now();
  const auto passed = [begin] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  for (std::size_t searched = 0;;) {
    if (const auto end = heard_.find('\n', searched); end != std::string::npos) {
      Reply reply = {heard_.substr(0, end), "", false, passed()};
      heard_.erase(0, end + 1);
      return reply;
    }
    searched = heard_.size();
    if (searched > most)
      return {"", ended(fmt::format("it wrote more than {} bytes without a newline", most))};
    send(message);
    if (limits_.interrupted && limits_.interrupted()) return {"", ended("interrupted")};
    const Event event = wait(!message.empty(), std::min(seconds - passed(), kPatienceOfStop));
    if (event == Event::time_is_up && passed() >= seconds) return {"", ended("no answer in time"), true};
    if (event == Event::readable && !hear()) return {"", ended(how_it_ended())};
  }
}

std::optional<Child::End> Child::ended_within(std::chrono::milliseconds time) {
  End end;
  const auto deadline = Clock::now() + time;
  while (wait4(process_, &end.status, WNOHANG, &end.used) == 0) {
    if (Clock::now() > deadline) return std::nullopt;
    const timespec pause = {0, 200000};
    nanosleep(&pause, nullptr);
  }
  kill(-process_, SIGKILL);  // what it may have started
  process_ = -1;
  return end;
}

std::string Child::how_it_ended() {
  const std::optional<End> end = ended_within(kGrace);
  if (!end) return "it closed its output";
  const auto& [status, used] = *end;
  std::string how = WIFSIGNALED(status) ? "it ended the process: " + signal_text(WTERMSIG(status))
                                        : fmt::format("it called exit({})", WEXITSTATUS(status));
  if (limits_.memory_bytes > 0 && used.ru_maxrss > limits_.memory_bytes / 1024 / 2)
    how += fmt::format(", with more than half of {} of memory in use", size_text(limits_.memory_bytes));
  return how;
}

std::string Child::ended(const std::string& how) {
  end();
  struct stat file = {};
  fstat(complained_, &file);
  constexpr off_t kTail = 4096;
  std::string tail(static_cast<std::size_t>(std::min(file.st_size, kTail)), '\0');
  const ssize_t got =
      pread(complained_, tail.data(), tail.size(), file.st_size - static_cast<off_t>(tail.size()));
  tail.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  const std::string line = last_line(tail);
  return line.empty() ? how : how + ", having complained: " + line;
}

std::string Child::taken(int file) {
  struct stat now = {};
  if (fstat(file, &now) != 0 || now.st_size == 0) return "";
  std::array<char, 256> text = {};
  const ssize_t got = pread(file, text.data(), text.size(), 0);
  if (ftruncate(file, 0) != 0) return "";
  return last_line({text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
}

}  // namespace xent::properties
