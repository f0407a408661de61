// Text of others on its way into a file format.
#ifndef XENT_PROPERTIES_PRINTABLE_H
#define XENT_PROPERTIES_PRINTABLE_H

#include <string>

namespace xent::properties {

// The text as valid UTF-8 without control characters but tab and newline: what is neither, in a name that a
// library declares of itself, becomes U+FFFD. XML cannot even escape such characters.
std::string printable(const std::string& text);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PRINTABLE_H
