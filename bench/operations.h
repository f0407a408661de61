// What is asked of every workload: the operation, and the format of the logits.
#ifndef XENT_BENCH_OPERATIONS_H
#define XENT_BENCH_OPERATIONS_H

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/limits.h"
#include "bench/loss_options.h"
#include "reference/format.h"
#include "reference/xent.h"

namespace xent::bench {

inline constexpr const char* kLoss = "softmax_cross_entropy";

// The machine's limit for operations that read and write as much.
struct Limit {
  const char* name;  // what stands in the place of an implementation
  const char* description;
  // Moves as many bytes as any implementation has to. Returns the sum of what it reads and does not write
  // elsewhere, modulo 2^32.
  std::uint32_t (*run)(const Traffic& traffic);
};

// One row of the catalogue. To add an operation, add its row in operations.cc; an option that none asks for
// yet is a row of loss_options.cc besides.
struct Operation {
  const char* name;
  const char* what;                               // is given, for people; the gradient goes without saying
  const char* loss;                               // as in the contract
  std::array<const LossOption*, 2> loss_options;  // labels first; null where there are fewer
  bool gradient;  // asks for the gradient by the logits too, in their own format
  const Limit& limit;

  std::string description() const;  // "one loss a row, and the gradient by every logit"
  // The options that are there.
  std::span<const LossOption* const> asked() const;
  // An option, by XENT_OPTION_...
  bool asks(std::int32_t option) const;
  // Whether it gives a value for every class, in the format of the logits, instead of one a row.
  bool is_map() const;
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

// Why the declaration does not cover the question, asked with reduction none; nothing if one of its claims
// does. It is what the claim lacks that lacks the least.
std::optional<std::string> not_covered(const xent_implementation& implementation, const Question& question);

}  // namespace xent::bench

#endif  // XENT_BENCH_OPERATIONS_H
