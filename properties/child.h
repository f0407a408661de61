// A process in which somebody else's code runs, with limits, so that its end is a finding rather than ours.
#ifndef XENT_PROPERTIES_CHILD_H
#define XENT_PROPERTIES_CHILD_H

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xent::properties {

// What a process may use. Against accidents, not against malice.
struct Limits {
  double call_seconds = 10;                            // for one answer
  double start_seconds = 60;                           // until it has said what it is
  std::int64_t memory_bytes = std::int64_t{4} << 30;   // beyond what it starts with; 0: as much as there is
  std::int64_t output_bytes = std::int64_t{64} << 20;  // of each file it writes, standard output among them
  std::function<bool()> interrupted;                   // asked while it is waited for: whether to stop that
};

// In a child that is about to execute a program: that starts with no memory, whatever this process has.
void limit_memory_of_program(const Limits& limits);

// What became of a message.
struct Reply {
  std::string line;     // without its newline
  std::string failure;  // why there is none: "it ended the process: signal 11 (Segmentation fault)"
  bool is_late = false;
  double seconds = 0;  // that it took
};

// A child process that is sent messages and answers each with a line. It and what it starts end with this.
class Child {
 public:
  // Runs `body` in a new process with the two ends of the conversation: messages to read, and where to write
  // lines. Its input is empty; what it writes to standard output or error is kept, up to the limit. A body
  // that returns ends the process. Throws std::system_error if there can be no process.
  Child(const Limits& limits, const std::function<void(int messages, int lines)>& body);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Sends the message and waits for the next line, of at most `most` bytes. After a failure the process is
  // gone, and there is nothing more to ask.
  Reply exchange(std::string_view message, double seconds, std::size_t most);
  // Whether more was written than the lines that were asked for.
  bool has_more();

  // What it has written to standard output since this was asked: a line of it, shortened.
  std::string printed() { return taken(printed_); }
  // Forgets what it has written to standard error so far.
  void forget_complaints() { taken(complained_); }

 private:
  enum class Event { none, readable, time_is_up };
  struct End {
    int status = 0;
    rusage used = {};
  };

  // Waits until there is something to read, or if wanted until more can be written.
  Event wait(bool to_write, double seconds) const;
  void send(std::string_view& message) const;
  // Reads what is there; false at its end.
  bool hear();
  // Nothing if the process goes on.
  std::optional<End> ended_within(std::chrono::milliseconds time);
  std::string how_it_ended();
  std::string ended(const std::string& how);
  void end();
  static std::string taken(int file);

  Limits limits_;
  pid_t process_ = -1;
  int messages_ = -1;      // where we write
  int messages_end_ = -1;  // the other end, so that writing to a dead process is no signal
  int lines_ = -1;         // where we read
  int printed_ = -1;       // files in memory
  int complained_ = -1;
  std::string heard_;  // beyond the lines given
  std::vector<char> chunk_;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_CHILD_H
