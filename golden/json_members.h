// Members of the objects of a line: what is off is not written.
#ifndef XENT_GOLDEN_JSON_MEMBERS_H
#define XENT_GOLDEN_JSON_MEMBERS_H

#include <span>

#include "golden/names.h"
#include "golden/strict_object.h"
#include "reference/number.h"

namespace xent::golden {

// The name of the value; nothing for 0.
void write_name(Json& object, const char* key, std::span<const Named> table, std::int32_t value);
// The members of a set, as a list; nothing for the empty set.
void write_names(Json& object, const char* key, std::span<const Named> table, std::uint32_t set);
// Exact text; nothing for 0.
void write_number(Json& object, const char* key, const reference::Number& value);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_JSON_MEMBERS_H
