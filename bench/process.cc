#include "bench/process.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

namespace xent::bench {
namespace {

// The whole message, which is never empty; nothing when the other end is gone.
std::optional<std::string> receive(int socket) {
  std::string message(Process::kLongestMessage, '\0');
  ssize_t size = 0;
  do {
    size = recv(socket, message.data(), message.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return std::nullopt;
  message.resize(static_cast<std::size_t>(size));
  return message;
}

bool send_all(int socket, const std::string& message) {
  ssize_t size = 0;
  do {
    size = send(socket, message.data(), message.size(), MSG_NOSIGNAL);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(message.size());
}

[[noreturn]] void serve(int socket, const Process::Answer& answer) noexcept {
  try {
    while (const auto message = receive(socket)) {
      if (!send_all(socket, answer(*message))) break;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "xent bench: {}\n", error.what());
    _exit(EXIT_FAILURE);
  }
  _exit(EXIT_SUCCESS);  // without what only the process it was forked from may do at its end
}

std::string in_words(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("its process was ended by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("its process ended with exit status {}", WEXITSTATUS(status));
}

}  // namespace

Process::Process(const Answer& answer) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    close(ends[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(EXIT_FAILURE);  // it ended before it could be watched
    serve(ends[1], answer);
  }
  const int error = errno;
  close(ends[1]);
  socket_ = ends[0];
  if (pid_ < 0) {
    close(socket_);
    throw std::system_error(error, std::generic_category(), "fork");
  }
}

Process::Process(Process&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      pid_(std::exchange(other.pid_, -1)),
      ended_(std::move(other.ended_)) {}

Process::~Process() {
  if (socket_ >= 0) close(socket_);
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);  // it may be busy with what nobody waits for
  end();
}

std::string Process::end() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return in_words(status);
}

reference::Expected<std::string> Process::ask(const std::string& message) {
  if (ended_.empty()) {
    if (send_all(socket_, message)) {
      if (auto answer = receive(socket_)) return std::move(*answer);
    }
    kill(pid_, SIGKILL);  // of no effect on how it ended if it has
    ended_ = end();
  }
  return reference::Error{ended_};
}

}  // namespace xent::bench
