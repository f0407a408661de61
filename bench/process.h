// A process that answers questions, so that what happens in it happens to nobody else.
#ifndef XENT_BENCH_PROCESS_H
#define XENT_BENCH_PROCESS_H

#include <sys/types.h>

#include <functional>
#include <string>

#include "reference/expected.h"

namespace xent::bench {

// A fork of this process that answers every message by one. It sees all memory as it was at the fork, on the
// same pages until somebody writes to them. It ends with its owner, and when this process ends.
class Process {
 public:
  using Answer = std::function<std::string(const std::string&)>;

  // `answer` runs in the new process. Status: throws std::system_error.
  explicit Process(const Answer& answer);
  ~Process();
  Process(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process& operator=(Process&&) = delete;

  // Domain: not empty, at most kLongestMessage bytes. Status: an error says how the process ended.
  reference::Expected<std::string> ask(const std::string& message);

  static constexpr std::size_t kLongestMessage = 65536;

 private:
  std::string end();

  int socket_ = -1;
  pid_t pid_ = -1;
  std::string ended_;  // how; empty while it runs
};

}  // namespace xent::bench

#endif  // XENT_BENCH_PROCESS_H
