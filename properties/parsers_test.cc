// The judge's parsers against text that nobody meant to write.
#include <gtest/gtest.h>

#include "golden/mutated_text.h"
#include "properties/fuzzed_parsers.h"

namespace xent::properties {
namespace {

class Parsers : public ::testing::TestWithParam<golden::FuzzedParser> {};

TEST_P(Parsers, EndOnAnyText) {
  golden::fuzz(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Judge, Parsers,
                         ::testing::ValuesIn(fuzzed_parsers().begin(), fuzzed_parsers().end()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace xent::properties
