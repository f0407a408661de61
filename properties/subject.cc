#include "properties/subject.h"

#include <algorithm>
#include <utility>

#include "properties/call.h"
#include "properties/declaration.h"
#include "properties/placement.h"

namespace xent::properties {
namespace {

using reference::Problem;

// Layouts cycle through these by the shape of the problem.
constexpr Layout kLayouts[] = {
    {0, 1, 0, true}, {3, 1, 1, false}, {0, 2, 3, true}, {16, 1, 5, false}, {1, 3, 0, true}};

}  // namespace

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
  Layout layout = kLayouts[static_cast<std::size_t>(problem.rows + problem.classes) % std::size(kLayouts)];
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
