// What the tests of this folder share.
#ifndef XENT_BENCH_TESTING_H
#define XENT_BENCH_TESTING_H

#include "bench/operations.h"

namespace xent::bench {

// Domain: names in their catalogues.
inline Question question(const char* operation, const char* format) {
  return {find_operation(operation), reference::find_format(format)};
}

inline const Question kForward = question("forward", "binary32");
inline const Question kNarrow = question("forward", "bfloat16");
inline const Question kGradient = question("forward+gradient", "binary32");

}  // namespace xent::bench

#endif  // XENT_BENCH_TESTING_H
