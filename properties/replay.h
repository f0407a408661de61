// Trials as case lines and back, so that a failure can be pasted into a bug report and run again.
#ifndef XENT_PROPERTIES_REPLAY_H
#define XENT_PROPERTIES_REPLAY_H

#include <string>

#include "properties/trial.h"
#include "reference/expected.h"

namespace xent::properties {

// The trial as one line in the case format.
std::string case_line(const Trial& trial, const std::string& id);
// The trial of such a line. Status: what is wrong with the line.
reference::Expected<Trial> trial_of_line(const std::string& line);
// Text as one word of a POSIX shell: quoted unless nothing in it needs that.
std::string shell_word(const std::string& text);
// The command that judges the trial again, for a POSIX shell. `implementation` is what follows `xent check`,
// quoted where it has to be.
std::string replay_command(const std::string& implementation, const std::string& law, const Trial& trial);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_REPLAY_H
