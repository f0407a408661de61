#include "properties/subject.h"

#include <algorithm>
#include <utility>

#include "properties/call.h"
#include "properties/declaration.h"
#include "properties/placement.h"

namespace xent::properties {
namespace {

using reference::Problem;

// One index for each shape that is likely; two shapes may share one.
std::int64_t index_of_shape(const Problem& p) {
  return (p.rows % 1009) * 71 + p.classes % 1000003;
}

}  // namespace

Layout swept_layout(std::int64_t index) {
  Layout layout;
  layout.row_padding = index % 67;
  layout.output_stride = 1 + index % 9;
  layout.misalignment = static_cast<int>(index % 32);  // of elements of 16 bits or more: all of 64 bytes
  layout.wide_targets = index % 2 == 0;
  layout.class_stride = 1 + index % 5;
  return layout;
}

bool targets_fit_narrow(const Problem& p) {
  const auto fits = [](std::int64_t t) { return t == static_cast<std::int32_t>(t); };
  return std::all_of(p.targets.begin(), p.targets.end(), fits) && fits(p.ignore_index.value_or(0));
}

const xent_claim* Subject::claim(const reference::Problem& problem) const {
  return find_claim(*implementation_, problem);
}

reference::Expected<Subject> Subject::again(std::function<bool()> interrupted) const {
  if (remote_ == nullptr) return *this;
  auto remote = remote_->again(std::move(interrupted));
  if (!remote) return remote.error();
  return Subject(std::move(*remote));
}

Problem loss_beside(const Problem& problem, const xent_claim& claim) {
  Problem loss = problem;
  loss.wanted = reference::Wanted::loss;
  if (!contains(claim.loss_formats, loss.loss_format)) {
    const auto formats = formats_in(claim.loss_formats);
    loss.loss_format = formats.empty() ? XENT_BINARY64 : formats.back()->id;
  }
  return loss;
}

Response Subject::run(const Problem& problem) const {
  Layout layout = swept_layout(index_of_shape(problem));
  layout.class_stride = 1;
  const xent_claim* declared = claim(problem);
  const bool narrow = declared == nullptr || contains(declared->target_formats, XENT_INT32);
  const bool wide = declared == nullptr || contains(declared->target_formats, XENT_INT64);
  if (!narrow || !targets_fit_narrow(problem)) layout.wide_targets = true;
  if (!wide) layout.wide_targets = false;
  return run(problem, layout);
}

Response Subject::run(const Problem& p, const Layout& layout) const {
  Response response = run_once(p, layout);
  if (!response.has_poison) return response;
  Layout other = layout;
  other.output_poison = GuardedBuffer::kOtherOutputPoison;
  return run_once(p, other);
}

Response Subject::run_once(const Problem& p, const Layout& layout) const {
  if (remote_ != nullptr) return remote_->run(p, layout);
  Call call(p, claim(p), layout);
  if (layout.gap > 0) return run_apart(call);
  xent_result result = call.result();
  const xent_status status = implementation_->compute(&call.problem(), &result);
  return call.response(status);
}

// In memory that only an arena has.
Response Subject::run_apart(Call& call) const {
  Arena arena(slots_of_calls(), room_for(call));
  Placed placed = put(call, true, arena);
  const xent_status status = implementation_->compute(&placed.problem, &placed.result);
  take(arena, call);
  return call.response(status);
}

}  // namespace xent::properties
