#include "properties/printable.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace xent::properties {
namespace {

// Of valid UTF-8: the bytes of the character that begins with this one.
std::size_t length_of(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// Control characters, and those that XML 1.0, section 2.2, leaves out beside them.
bool is_unprintable(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return (lead < 0x20 && lead != '\t' && lead != '\n') || lead == 0x7f;
  const bool is_c1 = lead == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
  return is_c1 || character == "\uFFFE" || character == "\uFFFF";
}

}  // namespace

std::string printable(const std::string& text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto valid = nlohmann::json::parse(quoted).get<std::string>();
  std::string result;
  for (std::size_t begin = 0; begin < valid.size();) {
    const auto character =
        std::string_view(valid).substr(begin, length_of(static_cast<unsigned char>(valid[begin])));
    result += is_unprintable(character) ? "\uFFFD" : character;
    begin += character.size();
  }
  return result;
}

std::string one_line(const std::string& text) {
  std::string line = printable(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

}  // namespace xent::properties
