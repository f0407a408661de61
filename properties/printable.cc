#include "properties/printable.h"

#include <nlohmann/json.hpp>

namespace xent::properties {

std::string printable(const std::string& text) {
  using Json = nlohmann::json;
  const std::string quoted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string valid;
  for (const char c : Json::parse(quoted).get<std::string>()) {
    const bool is_control = (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
    valid += is_control ? "\uFFFD" : std::string(1, c);
  }
  return valid;
}

}  // namespace xent::properties
