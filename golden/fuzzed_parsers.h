// The parsers of texts that come from outside, as a fuzzer sees them.
#ifndef XENT_GOLDEN_FUZZED_PARSERS_H
#define XENT_GOLDEN_FUZZED_PARSERS_H

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xent::golden {

struct FuzzedParser {
  const char* name;
  // Texts that are well-formed, to start from.
  std::vector<std::string> (*seeds)();
  // Whether the text was read. Status: throws std::logic_error if what was read does not survive being
  // written and read again, or a refusal says nothing.
  bool (*accepts)(std::string_view text);
};

// The second oracle is among them: a case that it does not understand is a finding there.
std::span<const FuzzedParser> fuzzed_parsers();

}  // namespace xent::golden

#endif  // XENT_GOLDEN_FUZZED_PARSERS_H
