// What tests of the judge share.
#ifndef XENT_PROPERTIES_TESTING_H
#define XENT_PROPERTIES_TESTING_H

#include "reference/xent.h"

namespace xent::properties {

// The cross-entropy of rows of binary32 logits, and nothing else.
inline constexpr xent_claim kPlainClaim = {"softmax_cross_entropy",
                                           XENT_BIT(XENT_LOGITS),
                                           XENT_BIT(XENT_BINARY32),
                                           XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64),
                                           XENT_BIT(XENT_BINARY32),
                                           0,
                                           XENT_BIT(XENT_NONE),
                                           XENT_BIT(XENT_OPTION_HARD_TARGETS),
                                           0,
                                           "shifted",
                                           XENT_SEQUENTIAL,
                                           0,
                                           0,
                                           0};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_TESTING_H
