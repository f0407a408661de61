// What a question asks of a loss beyond logits: labels, and the options that users choose.
#ifndef XENT_BENCH_LOSS_OPTIONS_H
#define XENT_BENCH_LOSS_OPTIONS_H

#include <cstdint>

#include "bench/limits.h"
#include "reference/problem.h"
#include "reference/xent.h"

namespace xent::bench {

class Workload;

// One option with its value, the same where it is timed and where golden cases verify it.
struct LossOption {
  std::int32_t id;    // XENT_OPTION_...
  const char* words;  // what is not declared if it is not: "label smoothing"
  // The format of labels that has to be declared, by that of the logits; null: it comes without labels.
  xent_format (*label_format)(xent_format logits);
  // Asks for it about a workload.
  void (*ask)(const Workload& workload, xent_problem& problem);
  // Asks for it about a golden case of softmax cross-entropy. Returns whether that can be: not of labels that
  // it does not have.
  bool (*ask_case)(reference::Problem& problem);
  // What it changes of what has to be read; null: nothing.
  void (*change)(const Workload& workload, Traffic& traffic);
};

extern const LossOption kHardLabels;  // int64
extern const LossOption kSoftLabels;  // probabilities in the format of the logits
extern const LossOption kLabelSmoothing;
extern const LossOption kTemperature;
extern const LossOption kZLoss;
extern const LossOption kClassWeights;
extern const LossOption kIgnoreIndex;  // every fourth row is ignored

// Class c's, in the format that is usual for logits of another: binary64 for those of binary64, else
// binary32, which has them exactly.
constexpr double class_weight(std::int64_t c) {
  return 0.5 + 0.25 * static_cast<double>(c % 4);
}

// Not a class, and what PyTorch takes by default.
inline constexpr std::int64_t kIgnored = -100;
inline constexpr std::int64_t kIgnoredEvery = 4;  // rows

}  // namespace xent::bench

#endif  // XENT_BENCH_LOSS_OPTIONS_H
