#include "properties/cli/interruption.h"

#include <csignal>

namespace xent::properties::cli {
namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
  noted = signal;
}

}  // namespace

void note_interruptions() {
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() {
  return noted != 0;
}

int interruption_status() {
  // Only another process of this run may have been told.
  return 128 + (is_interrupted() ? noted : SIGINT);
}

}  // namespace xent::properties::cli
