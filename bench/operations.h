// What is asked of every workload: the operation, and the format of the logits.
#ifndef XENT_BENCH_OPERATIONS_H
#define XENT_BENCH_OPERATIONS_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/format.h"
#include "reference/xent.h"

namespace xent::bench {

inline constexpr const char* kLoss = "softmax_cross_entropy";

// One row of the catalogue. To add an operation, add its row in operations.cc.
struct Operation {
  const char* name;
  const char* description;
  bool gradient;      // asks for the gradient by the logits too, in their own format
  const char* limit;  // what stands in the place of an implementation for the machine's limit
  // Moves as many bytes as any implementation must: reads the logits and, for a gradient, writes as much.
  void (*run_limit)(std::span<const std::uint32_t> logits, std::span<std::uint32_t> gradient);
};

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);

// The formats of logits that workloads can be made in, by their names in reference/format.h.
std::vector<std::string> input_formats();

// A section of the table. The losses are binary32, as what converts narrow logits would keep them.
struct Question {
  const Operation* operation;
  const reference::Format* format;

  std::string name() const;  // "forward+gradient, binary32"
  bool operator==(const Question&) const = default;
};

// Why the declaration does not cover the question, asked with int64 targets and reduction none; nothing if it
// does.
std::optional<std::string> not_covered(const xent_implementation& implementation, const Question& question);

}  // namespace xent::bench

#endif  // XENT_BENCH_OPERATIONS_H
