#include "properties/cli/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace xent::properties::cli {

CLI::Validator number_between(double least, double most) {
  const std::string accepted = fmt::format("{:g} to {:g}", least, most);
  return {[=](std::string& text) -> std::string {
            double value = 0;
            const bool fits = CLI::detail::lexical_cast(text, value) && value >= least && value <= most;
            return fits ? "" : "Value " + text + " not in range " + accepted;
          },
          "FLOAT in [" + fmt::format("{:g} - {:g}", least, most) + "]"};
}

CLI::Validator is_seed() {
  return {[](std::string& text) -> std::string {
            std::uint64_t value = 0;
            const char* const end = text.data() + text.size();
            const auto [last, error] = std::from_chars(text.data(), end, value);
            if (error == std::errc() && last == end) return "";
            return fmt::format("'{}' is not accepted; accepted: an integer from 0 to {}", text,
                               std::numeric_limits<std::uint64_t>::max());
          },
          ""};
}

}  // namespace xent::properties::cli
