// Running somebody else's code where its crash is a finding rather than the end of the program.
#ifndef XENT_PROPERTIES_CLI_ISOLATE_H
#define XENT_PROPERTIES_CLI_ISOLATE_H

#include <functional>
#include <string>

namespace xent::properties::cli {

// Tells the parent what is being done, so that it can say so if nothing more is heard.
using Announce = std::function<void(const std::string& what)>;

// How a child process ended.
struct Ending {
  bool finished = false;  // body returned
  int status = 0;         // what it returned
  std::string last;       // the last announcement
  std::string how;        // if not finished: "signal 11 (Segmentation fault)", "it called exit(0)"
};

// Runs `body` in a child process that shares this one's output. A body that ends the process, by a signal or
// by exit, has not finished.
Ending run_isolated(const std::function<int(const Announce&)>& body);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_ISOLATE_H
