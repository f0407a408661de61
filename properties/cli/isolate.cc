#include "properties/cli/isolate.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

#include "properties/cli/command.h"

namespace xent::properties::cli {
namespace {

// The lines a child sends: "doing WHAT", and last "done STATUS" or "bad MESSAGE". A child that ends early
// sends no last line, whatever its exit status is.
void send(int pipe, const std::string& line) {
  const std::string text = line + "\n";
  [[maybe_unused]] const auto written = write(pipe, text.data(), text.size());
}

[[noreturn]] void be_the_child(int pipe, const std::function<int(const Announce&)>& body) {
  try {
    const int status = body([pipe](const std::string& what) { send(pipe, "doing " + what); });
    std::fflush(stdout);
    send(pipe, fmt::format("done {}", status));
  } catch (const BadInput& bad) {
    send(pipe, "bad " + bad.message);
  } catch (const std::exception& error) {
    send(pipe, std::string("bad ") + error.what());
  }
  _exit(0);
}

std::string how_it_ended(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    return fmt::format("signal {} ({})", number, strsignal(number));
  }
  return fmt::format("it called exit({})", WEXITSTATUS(wait_status));
}

void note(Ending& ending, const std::string& line) {
  if (line.starts_with("doing ")) ending.last = line.substr(6);
  if (line.starts_with("bad ")) throw BadInput{line.substr(4)};
  if (line.starts_with("done ")) {
    ending.finished = true;
    ending.status = std::stoi(line.substr(5));
  }
}

}  // namespace

Ending run_isolated(const std::function<int(const Announce&)>& body) {
  int ends[2];
  if (pipe(ends) != 0) throw BadInput{std::string("cannot make a pipe: ") + std::strerror(errno)};
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) throw BadInput{std::string("cannot start a process: ") + std::strerror(errno)};
  if (child == 0) {
    close(ends[0]);
    be_the_child(ends[1], body);
  }
  close(ends[1]);
  std::string heard;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    heard.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int wait_status = 0;
  waitpid(child, &wait_status, 0);
  Ending ending;
  for (std::size_t begin = 0; begin < heard.size();) {
    const std::size_t end = heard.find('\n', begin);
    note(ending, heard.substr(begin, end - begin));
    begin = end == std::string::npos ? heard.size() : end + 1;
  }
  if (!ending.finished) ending.how = how_it_ended(wait_status);
  return ending;
}

}  // namespace xent::properties::cli
