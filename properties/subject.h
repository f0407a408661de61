// Asking an implementation under test, in buffers that notice what it should not do.
#ifndef XENT_PROPERTIES_SUBJECT_H
#define XENT_PROPERTIES_SUBJECT_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "properties/guarded_buffer.h"
#include "reference/expected.h"
#include "reference/problem.h"
#include "reference/xent.h"

namespace xent::properties {

// How the buffers of a call are laid out. Results may not depend on it beyond rounding.
struct Layout {
  std::int64_t row_padding = 0;    // elements between the rows of a matrix
  std::int64_t output_stride = 1;  // elements between the losses of consecutive rows
  int misalignment = 0;            // elements by which every buffer is off its natural 64-byte boundary
  bool wide_targets = true;        // int64 rather than int32
  std::int64_t class_stride = 1;   // elements between the classes of a row
  // Elements between the rows of a matrix beyond the padding, in memory that is neither filled nor looked at.
  std::int64_t gap = 0;
  unsigned char output_poison = GuardedBuffer::kOutputPoison;
};

// The layouts of a sweep: over 2^11 consecutive indices every padding up to 66, every stride of losses and
// targets up to 9 and of classes up to 5, and every place in a cache line, in turns. Domain: index >= 0.
Layout swept_layout(std::int64_t index);

// What came back.
struct Response {
  xent_status status = XENT_OK;
  std::vector<double> loss;  // exactly the floats that were stored, as numbers
  std::vector<double> grad;  // rows x classes, if the problem wants the gradient
  // A rule of the contract that was broken: an input changed, a guard band overwritten, an output left
  // unwritten, a status that does not fit. Empty if none was.
  std::string defect;
  bool has_poison = false;  // an output was left unwritten, or is the poison by chance

  bool usable() const { return status == XENT_OK && defect.empty(); }
  // What the problem wants: the gradient or the losses.
  const std::vector<double>& wanted(const reference::Problem& problem) const {
    return problem.wanted == reference::Wanted::gradient ? grad : loss;
  }
};

class Call;

// An implementation that runs elsewhere: in a process of its own, whose end is an answer like any other.
class Remote {
 public:
  virtual ~Remote() = default;

  // What it declares; compute is not to be called. Valid as long as this is.
  virtual const xent_implementation& declaration() const = 0;
  // As Subject::run. What becomes of the process is the response's defect, and the next call finds a new one.
  virtual Response run(const reference::Problem& problem, const Layout& layout) = 0;
  // Whether it is handed memory at all, so that layouts mean something.
  virtual bool has_layouts() const = 0;
  // The same once more, in a process of its own that is waited for until `interrupted` says so. Status: an
  // error says why it could not be started.
  virtual reference::Expected<std::shared_ptr<Remote>> again(std::function<bool()> interrupted) const = 0;
  // How often it was waited for in vain or started again.
  virtual int times_lost() const = 0;
  // How many questions it could not pass on: their answers are not the implementation's, and count for
  // nothing.
  virtual int unrecorded() const { return 0; }
};

// One implementation under test and its declaration.
class Subject {
 public:
  // In this process.
  explicit Subject(const xent_implementation& implementation) : implementation_(&implementation) {}
  explicit Subject(std::shared_ptr<Remote> remote)
      : implementation_(&remote->declaration()), remote_(std::move(remote)) {}

  const xent_implementation& implementation() const { return *implementation_; }
  // The first claim that covers the problem; otherwise the first for its loss, or none.
  const xent_claim* claim(const reference::Problem& problem) const;

  // Runs the problem, in the memory of a Call: once, or again where a result looks as if it had not been
  // written. Domain: every number is representable in the problem's
  // formats, which are set, or in that of factors; targets fit 32 bits if the layout is not wide.
  // Throws std::system_error if there is no address space for the layout's gap.
  Response run(const reference::Problem& problem, const Layout& layout) const;
  // The same in a layout that varies with the shape, so that every law sees padded, offset and dense buffers
  // alike.
  Response run(const reference::Problem& problem) const;

  // For another process than this: nothing is shared but code and declaration. Status: as of Remote::again.
  reference::Expected<Subject> again(std::function<bool()> interrupted) const;

  bool has_layouts() const { return remote_ == nullptr || remote_->has_layouts(); }
  int times_lost() const { return remote_ == nullptr ? 0 : remote_->times_lost(); }
  int unrecorded() const { return remote_ == nullptr ? 0 : remote_->unrecorded(); }

 private:
  Response run_once(const reference::Problem& problem, const Layout& layout) const;
  Response run_apart(Call& call) const;

  const xent_implementation* implementation_;
  std::shared_ptr<Remote> remote_;  // null: in this process
};

// Whether int32 holds the targets, and the value that is ignored.
bool targets_fit_narrow(const reference::Problem& problem);

// The loss of a problem that wants the gradient, as it is asked for beside it: in the gradient's format where
// the claim has losses in that, else in the widest it has.
reference::Problem loss_beside(const reference::Problem& problem, const xent_claim& claim);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_SUBJECT_H
