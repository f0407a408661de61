// Which golden cases are answered with other bits than before.
#ifndef XENT_PROPERTIES_BITS_COMPARISON_H
#define XENT_PROPERTIES_BITS_COMPARISON_H

#include <string>
#include <vector>

#include "properties/golden_bits.h"

namespace xent::properties {

// One output that changed.
struct ChangedOutput {
  std::string what;  // "loss", "entry (2, 7)"
  std::string before;
  std::string after;
  // Distance from the certified value; infinite where only one of the two is finite and the value does not
  // round to the other.
  double before_ulps = 0;
  double after_ulps = 0;
};

struct ChangedCase {
  std::string id;
  std::string reason;  // where it is not bits that changed: "another question", "status 1 -> ..."
  std::vector<ChangedOutput> outputs;
};

struct BitsComparison {
  int same = 0;
  std::vector<ChangedCase> changed;  // those that one file lacks among them
};

BitsComparison compare(const GoldenBits& before, const GoldenBits& after);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_BITS_COMPARISON_H
