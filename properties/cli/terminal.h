// What a terminal is shown beyond what a file would get.
#ifndef XENT_PROPERTIES_CLI_TERMINAL_H
#define XENT_PROPERTIES_CLI_TERMINAL_H

#include <chrono>
#include <string>

#include "properties/cli/command.h"
#include "properties/judge.h"

namespace xent::properties::cli {

// Whether standard output is a terminal that shows colours and nobody asked for none: NO_COLOR is not set
// (https://no-color.org) and TERM is not "dumb".
bool shows_colour();

// "round 2, law 12 of 39 (mask), 34%, about 20 s left, 2 failures", "search (accuracy), 80%, about 9 s left";
// the time is left out while it is a mere guess.
std::string progress_text(const Progress& progress, double seconds);

// --progress-interval, of a ProgressLine.
void add_progress_interval(CLI::App& command, double& seconds);

// How far the run is, on standard error: on a terminal one line that is rewritten, otherwise a line now and
// then.
class ProgressLine {
 public:
  // Seconds between the lines of what is no terminal.
  explicit ProgressLine(double interval);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool is_terminal_;
  double interval_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::string shown_;
};

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_TERMINAL_H
