// A part of a whole as a user types it.
#ifndef XENT_PROPERTIES_CLI_PART_OF_H
#define XENT_PROPERTIES_CLI_PART_OF_H

#include <cstdint>
#include <optional>
#include <string>

namespace xent::properties::cli {

struct PartOf {
  std::uint32_t index = 0;
  std::uint32_t count = 0;
};

// "2/3". Nothing for what is not two numbers of 32 bits, without signs or blanks.
std::optional<PartOf> parse_part_of(const std::string& text);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_PART_OF_H
