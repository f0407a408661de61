// Every parser against text that nobody meant to write: mutations of text that is well-formed. What is read
// can be written and read again; what is not is refused with a message. The fuzzers go further
// (fuzz_main.cc).
#include <gtest/gtest.h>

#include "golden/fuzzed_parsers.h"
#include "golden/mutated_text.h"

namespace xent::golden {
namespace {

class Parsers : public ::testing::TestWithParam<FuzzedParser> {};

TEST_P(Parsers, EndOnAnyText) {
  fuzz(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Golden, Parsers,
                         ::testing::ValuesIn(fuzzed_parsers().begin(), fuzzed_parsers().end()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace xent::golden
