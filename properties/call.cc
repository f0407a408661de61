#include "properties/call.h"

#include <algorithm>
#include <cassert>

#include "properties/declaration.h"
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

bool is_matrix(const Problem& p) {
  const reference::Loss* loss = reference::find_loss(p.loss);
  return loss != nullptr && loss->entries != nullptr;
}

bool wants_gradient(const Problem& p) {
  return p.wanted == reference::Wanted::gradient;
}

Shape loss_shape(const Problem& p, const Layout& layout) {
  if (is_matrix(p)) return Shape::matrix(p.rows, p.classes, layout);
  return {loss_count(p), 1, layout.output_stride, 1};
}

Shape grad_shape(const Problem& p, const Layout& layout) {
  return wants_gradient(p) ? Shape::matrix(p.rows, p.classes, layout) : Shape{};
}

}  // namespace

std::int64_t loss_count(const Problem& p) {
  if (is_matrix(p)) return p.rows * p.classes;
  return p.reduction == XENT_NONE ? p.rows : 1;
}

xent_format loss_format(const Problem& p, const xent_claim* declared) {
  return wants_gradient(p) && declared != nullptr ? loss_beside(p, *declared).loss_format : p.loss_format;
}

Call::Call(const Problem& p, const xent_claim* declared, const Layout& layout)
    : wants_gradient_(wants_gradient(p)),
      input_(p.input, Shape::matrix(p.rows, p.classes, layout), p.input_format, layout.misalignment),
      probs_(p.target_probs, Shape::matrix(p.rows, p.classes, layout), p.target_format, layout.misalignment),
      targets_(p.targets, layout),
      class_weights_(p.class_weights, {1, p.classes, p.classes * layout.class_stride, layout.class_stride},
                     factor_format(p), layout.misalignment),
      sample_weights_(p.sample_weights, {p.rows, 1, layout.output_stride, 0}, factor_format(p), 0),
      upstream_(p.upstream, {static_cast<std::int64_t>(p.upstream.size()), 1, layout.output_stride, 0},
                factor_format(p), layout.misalignment),
      loss_(loss_shape(p, layout), loss_format(p, declared), layout),
      grad_(grad_shape(p, layout), p.loss_format, layout),
      problem_(contract(p)) {
  for (const Input& input : inputs()) problem_.*input.place = input.operand->tensor();
}

std::array<Call::Input, Call::kInputs> Call::inputs() const {
  return {{{"input", &input_, &xent_problem::input},
           {"target_probs", &probs_, &xent_problem::target_probs},
           {"targets", &targets_, &xent_problem::targets},
           {"class_weights", &class_weights_, &xent_problem::class_weights},
           {"sample_weights", &sample_weights_, &xent_problem::sample_weights},
           {"upstream", &upstream_, &xent_problem::upstream}}};
}

std::array<Call::Output, Call::kOutputs> Call::outputs() {
  return {{{"loss", &loss_, &xent_result::loss}, {"grad", &grad_, &xent_result::grad}}};
}

xent_result Call::result() {
  xent_result result = {};
  result.struct_size = sizeof result;
  result.loss = loss_.tensor();
  if (wants_gradient_) result.grad = grad_.tensor();
  return result;
}

Response Call::response(xent_status status) const {
  Response response;
  response.status = status;
  const auto all = inputs();
  if (std::any_of(all.begin(), all.end(), [](const Input& x) { return x.operand->changed(); })) {
    response.defect = "an input was written";
  } else if (status == XENT_OK) {
    response.defect = loss_.defect("loss");
    if (response.defect.empty() && wants_gradient_) response.defect = grad_.defect("gradient entry");
    response.has_poison =
        !response.defect.empty() && (loss_.first_poison() || (wants_gradient_ && grad_.first_poison()));
  }
  if (!response.usable()) return response;
  response.loss = loss_.values();
  if (wants_gradient_) response.grad = grad_.values();
  return response;
}

}  // namespace xent::properties
