// One input of a law.
#ifndef XENT_PROPERTIES_TRIAL_H
#define XENT_PROPERTIES_TRIAL_H

#include <string>
#include <vector>

#include "reference/problem.h"

namespace xent::properties {

// The kinds of input that break implementations in different ways; accuracy is reported for each.
enum class Regime {
  ordinary,       // logits of a few units around zero
  confident,      // the target leads, by up to hundreds
  wide_range,     // logits of all magnitudes
  large_offset,   // ordinary differences far from zero
  ties,           // few distinct values
  masked,         // some, or whole blocks, of the classes are -inf
  subnormal,      // logits below the normal range
  many_classes,   // thousands of them
  single_class,   // C = 1
  any_bits,       // any bit pattern, infinities and NaNs among them
  realistic,      // a language model's rows
  probabilities,  // a normalised distribution
  sparse,         // zeros, and probabilities at the end of the range
  adversarial,    // found by a search for large errors, search.h
};
inline constexpr int kRegimes = 14;
const char* name(Regime regime);

// A problem, and what else the law needs: "shift by c", "permute with seed s", "append n masked classes".
struct Trial {
  reference::Problem problem;
  std::vector<reference::Number> parameters;
  Regime regime = Regime::ordinary;

  // Parameter i as an integer; 0 if absent, so that shrinking to fewer or other parameters is harmless.
  std::int64_t integer(std::size_t i) const;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_TRIAL_H
