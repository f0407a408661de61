// Telling texts apart.
#ifndef XENT_PROPERTIES_DIGEST_H
#define XENT_PROPERTIES_DIGEST_H

#include <string>
#include <string_view>

namespace xent::properties {

// 16 hexadecimal digits that tell whether the text was changed, if not by malice: XXH3.
std::string digest_of(std::string_view text);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_DIGEST_H
