// Time says nothing about an implementation that is wrong: who fails the golden cases is not timed.
#ifndef XENT_BENCH_REFUSAL_H
#define XENT_BENCH_REFUSAL_H

#include <optional>
#include <string>

#include "reference/xent.h"

namespace xent::bench {

// Why the implementation is not to be timed; nothing if it may be.
//
// It has to keep the law "accuracy" (its declared bound, judged against the certified value) on every golden
// case of softmax cross-entropy that its claim covers, binary32 logits and losses: cases in other formats are
// left out, those in exact numbers are asked if binary32 has them, and so are those under conventions that
// the implementation follows. One that declares nothing of the kind, or that no case tests, is refused.
std::optional<std::string> refusal(const xent_implementation& implementation);

}  // namespace xent::bench

#endif  // XENT_BENCH_REFUSAL_H
