// Whether stored answers are still what the reference certifies.
#ifndef XENT_GOLDEN_VERIFY_H
#define XENT_GOLDEN_VERIFY_H

#include <string>
#include <vector>

#include "golden/case.h"

namespace xent::golden {

struct Finding {
  std::string id;       // of the case
  std::string message;  // what is stored and what is true
};

// Answers every case anew and compares: status, decimals (as many as are stored; one number for all answers
// of a case) and roundings must be the same, the stored enclosure must be one (lower <= upper) and meet the
// new one, and a printed decimal must be what the value rounds to. A case without answers is a finding.
// Empty: all is well.
std::vector<Finding> verify(const std::vector<Case>& cases);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_VERIFY_H
