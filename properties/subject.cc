#include "properties/subject.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "properties/declaration.h"
#include "properties/operands.h"
#include "reference/losses.h"

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

double scalar(const Number& value) {
  assert(value.is_double());
  return value.as_double();
}

xent_problem contract(const Problem& p) {
  xent_problem call = {};
  call.struct_size = sizeof call;
  call.loss = p.loss.c_str();
  call.rows = p.rows;
  call.classes = p.classes;
  call.input_space = p.input_space;
  call.target_space = p.target_space;
  call.has_ignore_index = p.ignore_index ? 1 : 0;
  call.ignore_index = p.ignore_index.value_or(0);
  call.threads = p.threads;
  call.label_smoothing = scalar(p.label_smoothing);
  call.temperature = scalar(p.temperature);
  call.scale = scalar(p.scale);
  call.softcap = scalar(p.softcap);
  call.z_loss = scalar(p.z_loss);
  call.base = scalar(p.base);
  call.reduction = p.reduction;
  call.conventions = p.conventions;
  return call;
}

// Layouts cycle through these by the shape of the problem.
constexpr Layout kLayouts[] = {
    {0, 1, 0, true}, {3, 1, 1, false}, {0, 2, 3, true}, {16, 1, 5, false}, {1, 3, 0, true}};

bool fits_narrow(const Problem& p) {
  const auto fits = [](std::int64_t t) { return t == static_cast<std::int32_t>(t); };
  return std::all_of(p.targets.begin(), p.targets.end(), fits) && fits(p.ignore_index.value_or(0));
}

bool is_matrix(const Problem& p) {
  const reference::Loss* loss = reference::find_loss(p.loss);
  return loss != nullptr && loss->entries != nullptr;
}

Shape loss_shape(const Problem& p, const Layout& layout) {
  if (is_matrix(p)) return Shape::matrix(p.rows, p.classes, layout);
  return {p.reduction == XENT_NONE ? p.rows : 1, 1, layout.output_stride, 1};
}

// Everything that a problem hands over.
struct Inputs {
  Operand input, probs, targets, class_weights, sample_weights, upstream;

  Inputs(const Problem& p, const Layout& layout)
      : input(p.input, Shape::matrix(p.rows, p.classes, layout), p.input_format, layout.misalignment),
        probs(p.target_probs, Shape::matrix(p.rows, p.classes, layout), p.target_format, layout.misalignment),
        targets(p.targets, layout),
        class_weights(p.class_weights, {1, p.classes, p.classes, 1}, factor_format(p), layout.misalignment),
        sample_weights(p.sample_weights, {p.rows, 1, layout.output_stride, 0}, factor_format(p), 0),
        upstream(p.upstream, {static_cast<std::int64_t>(p.upstream.size()), 1, layout.output_stride, 0},
                 factor_format(p), layout.misalignment) {}

  void hand_to(xent_problem& call) const {
    call.input = input.tensor();
    call.target_probs = probs.tensor();
    call.targets = targets.tensor();
    call.class_weights = class_weights.tensor();
    call.sample_weights = sample_weights.tensor();
    call.upstream = upstream.tensor();
  }
  bool changed() const {
    const std::array<const Operand*, 6> all = {&input,         &probs,          &targets,
                                               &class_weights, &sample_weights, &upstream};
    return std::any_of(all.begin(), all.end(), [](const Operand* x) { return x->changed(); });
  }
};

}  // namespace

const xent_claim* Subject::claim(const reference::Problem& problem) const {
  return find_claim(*implementation_, problem);
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
  if (!narrow || !fits_narrow(problem)) layout.wide_targets = true;
  if (!wide) layout.wide_targets = false;
  return run(problem, layout);
}

Response Subject::run(const Problem& p, const Layout& layout) const {
  const bool gradient = p.wanted == reference::Wanted::gradient;
  const xent_claim* declared = claim(p);
  const xent_format loss_format =
      gradient && declared != nullptr ? loss_beside(p, *declared).loss_format : p.loss_format;
  const Inputs inputs(p, layout);
  Output loss(loss_shape(p, layout), loss_format, layout.misalignment);
  Output grad(gradient ? Shape::matrix(p.rows, p.classes, layout) : Shape{}, p.loss_format,
              layout.misalignment);

  xent_problem call = contract(p);
  inputs.hand_to(call);
  xent_result result = {};
  result.struct_size = sizeof result;
  result.loss = loss.tensor();
  if (gradient) result.grad = grad.tensor();

  Response response;
  response.status = implementation_->compute(&call, &result);
  if (inputs.changed()) {
    response.defect = "an input was written";
  } else if (response.status == XENT_OK) {
    response.defect = loss.defect("loss");
    if (response.defect.empty() && gradient) response.defect = grad.defect("gradient entry");
  }
  if (!response.usable()) return response;
  response.loss = loss.values();
  if (gradient) response.grad = grad.values();
  return response;
}

}  // namespace xent::properties
