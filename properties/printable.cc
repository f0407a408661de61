#include "properties/printable.h"

#include <nlohmann/json.hpp>

namespace xent::properties {

std::string printable(const std::string& text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string valid;
  for (const char c : nlohmann::json::parse(quoted).get<std::string>()) {
    const bool is_control = (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f;
    valid += is_control ? "\uFFFD" : std::string(1, c);
  }
  return valid;
}

}  // namespace xent::properties
