// Text of others on its way into a file format or to a terminal.
#ifndef XENT_PROPERTIES_PRINTABLE_H
#define XENT_PROPERTIES_PRINTABLE_H

#include <string>

namespace xent::properties {

// The text as valid UTF-8 without control characters but tab and newline, and without U+FFFE and U+FFFF: what
// is none, in a name that a library declares of itself, becomes U+FFFD. XML cannot even escape such
// characters.
std::string printable(const std::string& text);
// The same with blanks for tabs and newlines: it can neither move a terminal's cursor nor forge a line.
std::string one_line(const std::string& text);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PRINTABLE_H
