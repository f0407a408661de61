#include "properties/cli/part_of.h"

#include <charconv>

namespace xent::properties::cli {
namespace {

// False unless the text is the number and nothing else.
bool read(const char* begin, const char* end, std::uint32_t& out) {
  const auto [rest, error] = std::from_chars(begin, end, out);
  return error == std::errc() && rest == end;
}

}  // namespace

std::optional<PartOf> parse_part_of(const std::string& text) {
  const char* end = text.data() + text.size();
  const std::size_t slash = text.find('/');
  PartOf part;
  if (slash == std::string::npos || !read(text.data(), text.data() + slash, part.index) ||
      !read(text.data() + slash + 1, end, part.count)) {
    return std::nullopt;
  }
  return part;
}

}  // namespace xent::properties::cli
