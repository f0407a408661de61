// What a fuzzer needs to know of a parser.
#ifndef XENT_GOLDEN_FUZZED_PARSER_H
#define XENT_GOLDEN_FUZZED_PARSER_H

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "reference/expected.h"

namespace xent::golden {

struct FuzzedParser {
  const char* name;
  // Texts that are well-formed, to start from.
  std::vector<std::string> (*seeds)();
  // Whether the text was read. Status: throws std::logic_error if what was read does not survive being
  // written and read again, or a refusal says nothing.
  bool (*accepts)(std::string_view text);
};

inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

// Whether there is a value; a refusal names its reason.
template <typename T>
bool is_read(const reference::Expected<T>& result) {
  if (!result) require(!result.error().message.empty(), "a refusal says nothing");
  return static_cast<bool>(result);
}

}  // namespace xent::golden

#endif  // XENT_GOLDEN_FUZZED_PARSER_H
