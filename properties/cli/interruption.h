// Ctrl-C as a request to end in order.
#ifndef XENT_PROPERTIES_CLI_INTERRUPTION_H
#define XENT_PROPERTIES_CLI_INTERRUPTION_H

namespace xent::properties::cli {

// From now on SIGINT and SIGTERM are noted instead of ending the process; a second one ends it.
void note_interruptions();
bool is_interrupted();
// What a shell says of a process that the noted signal ended: 130 for SIGINT, 143 for SIGTERM.
int interruption_status();

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_INTERRUPTION_H
