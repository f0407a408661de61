// The contract's conventions as an object of a case, and back.
#ifndef XENT_GOLDEN_CONVENTIONS_H
#define XENT_GOLDEN_CONVENTIONS_H

#include <optional>

#include "golden/strict_object.h"
#include "reference/xent.h"

namespace xent::golden {

// An object of those that are not the defaults.
Json write_conventions(const xent_conventions& conventions);
// Reads such an object; a null pointer leaves the conventions as they are. Status: the first thing that is
// wrong is kept in `error`.
void read_conventions(const Json* value, xent_conventions& conventions,
                      std::optional<reference::Error>& error);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_CONVENTIONS_H
