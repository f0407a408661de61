// A problem laid out in guarded buffers, ready to be handed to an implementation.
#ifndef XENT_PROPERTIES_CALL_H
#define XENT_PROPERTIES_CALL_H

#include <array>

#include "properties/operands.h"
#include "properties/subject.h"

namespace xent::properties {

// One call: what is asked, the memory it is asked in, and what came back. Rows lie apart by a padding of
// NaNs, buffers are surrounded by guard bands, outputs are poisoned. With a gradient, which is then what
// loss_format is about, the loss is asked for as well. Neither copied nor moved: the question points into it.
// Domain: that of Subject::run.
class Call {
 public:
  // `declared` is the claim that covers the problem, or null. The problem must outlive the call.
  Call(const reference::Problem& problem, const xent_claim* declared, const Layout& layout);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // A buffer of the call, and where the question says where its elements are. Absent: no data.
  struct Input {
    const char* name;
    const Operand* operand;
    xent_tensor xent_problem::*place;
  };
  struct Output {
    const char* name;
    properties::Output* output;
    xent_output xent_result::*place;
  };
  static constexpr std::size_t kInputs = 6;
  static constexpr std::size_t kOutputs = 2;
  std::array<Input, kInputs> inputs() const;
  std::array<Output, kOutputs> outputs();

  // The question, and where the answer goes, in this call's own memory.
  const xent_problem& problem() const { return problem_; }
  xent_result result();
  // What came back with `status`.
  Response response(xent_status status) const;

 private:
  bool wants_gradient_;
  Operand input_;
  Operand probs_;
  Operand targets_;
  Operand class_weights_;
  Operand sample_weights_;
  Operand upstream_;
  properties::Output loss_;
  properties::Output grad_;
  xent_problem problem_;
};

// How many values the problem's loss has.
std::int64_t loss_count(const reference::Problem& problem);
// The format of the loss that is asked for: the problem's own, or that of the loss beside its gradient.
xent_format loss_format(const reference::Problem& problem, const xent_claim* declared);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_CALL_H
