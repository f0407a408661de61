// The evidence of one part of a run as a file, so that the parts of several machines can be joined.
#ifndef XENT_PROPERTIES_PART_H
#define XENT_PROPERTIES_PART_H

#include <string>

#include "properties/evidence.h"
#include "reference/expected.h"

namespace xent::properties {

// A line about the run, one for each law, and one with the digest of those above. Only what a report may need
// is kept: of trials that hold no more than that they do, and the inputs of none but the worst.
std::string part_text(const Evidence& part);
// conclude() gives the same of what was written and of what is read back. Status: an error names the line and
// what is wrong with it; a file that is cut short or was edited is refused.
reference::Expected<Evidence> read_part(const std::string& text);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PART_H
