// Time says nothing about an implementation that is wrong: who fails the golden cases is not timed.
#ifndef XENT_BENCH_REFUSAL_H
#define XENT_BENCH_REFUSAL_H

#include <optional>
#include <string>

#include "bench/operations.h"
#include "reference/xent.h"

namespace xent::bench {

struct Refusal {
  std::string golden_case;  // the case that fails; empty if it is not for one
  std::string reason;       // a sentence, with the case
};

// Why the implementation is not to be timed on the question; nothing if it may be.
//
// It has to keep the law "accuracy" (its declared bound, judged against the certified value) on every golden
// case of softmax cross-entropy that its claim covers, and on rows of 300 classes, which no golden case has:
// as the operation asks them, with its options and their values, or as its loss of the same logits. Gradients
// too where they are timed, these and logits in the question's format and losses in binary32: cases in other
// formats are left out, those in exact numbers are asked if the format has them, and so are those under
// conventions that the implementation follows. One that declares nothing of the kind, or that no case tests,
// is refused.
std::optional<Refusal> refusal(const xent_implementation& implementation, const Question& question);

}  // namespace xent::bench

#endif  // XENT_BENCH_REFUSAL_H
