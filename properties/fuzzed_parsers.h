// The judge's parsers of texts that come from outside, as a fuzzer sees them.
#ifndef XENT_PROPERTIES_FUZZED_PARSERS_H
#define XENT_PROPERTIES_FUZZED_PARSERS_H

#include <span>

#include "golden/fuzzed_parser.h"

namespace xent::properties {

// What programs under test say, and the files of earlier runs.
std::span<const golden::FuzzedParser> fuzzed_parsers();

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_FUZZED_PARSERS_H
