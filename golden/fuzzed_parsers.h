// The parsers of texts that come from outside, as a fuzzer sees them.
#ifndef XENT_GOLDEN_FUZZED_PARSERS_H
#define XENT_GOLDEN_FUZZED_PARSERS_H

#include <span>

#include "golden/fuzzed_parser.h"

namespace xent::golden {

// The second oracle is among them: a case that it does not understand is a finding there.
std::span<const FuzzedParser> fuzzed_parsers();

}  // namespace xent::golden

#endif  // XENT_GOLDEN_FUZZED_PARSERS_H
