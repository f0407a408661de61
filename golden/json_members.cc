#include "golden/json_members.h"

#include "golden/exact_text.h"
#include "reference/xent.h"

namespace xent::golden {

void write_name(Json& object, const char* key, std::span<const Named> table, std::int32_t value) {
  if (value != 0) object[key] = name_of(table, value);
}

void write_names(Json& object, const char* key, std::span<const Named> table, std::uint32_t set) {
  if (set == 0) return;
  Json list = Json::array();
  for (const Named& row : table) {
    if ((set & XENT_BIT(row.value)) != 0) list.push_back(row.name);
  }
  object[key] = std::move(list);
}

void write_number(Json& object, const char* key, const reference::Number& value) {
  if (!value.is_zero()) object[key] = exact_text(value);
}

}  // namespace xent::golden
