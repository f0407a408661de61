// The loss of a row that binary64 cannot decide.
#ifndef XENT_FAST_RECOMPUTE_H
#define XENT_FAST_RECOMPUTE_H

#include <cstdint>
#include <optional>

namespace xent::fast {

// The float nearest to the softmax cross-entropy of one row, ties to even.
//
// Shape: classes logits, target in [0, classes). Units: nats. Domain: that of tail.h.
// Error: none. nullopt: the loss is within 2^-90 + classes 2^-102 of the midpoint of two floats and was not
//   decided.
// Method: loss = base + t, base = max(0, m - x_t) exactly, t > 0 in double-double arithmetic; then the sign
// of
//   loss - midpoint. A base that is a midpoint itself is decided by t > 0, however small: the loss of a row
//   with several finite logits is transcendental (Lindemann-Weierstrass), so that it never is a midpoint.
std::optional<float> recompute(const float* row, int64_t classes, int64_t target);

}  // namespace xent::fast

#endif  // XENT_FAST_RECOMPUTE_H
