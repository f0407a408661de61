#include "properties/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "properties/declaration.h"
#include "properties/guarded_buffer.h"
#include "reference/format.h"

namespace xent::properties {
namespace {

using reference::Format;
using reference::Number;
using reference::Problem;

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// A dense matrix of exact numbers as a padded matrix of floats.
class Matrix {
 public:
  Matrix(const std::vector<Number>& values, std::int64_t rows, std::int64_t classes, xent_format id,
         const Layout& layout) {
    if (values.empty()) return;
    const Format& format = reference::format(id);
    stride_ = classes + layout.row_padding;
    buffer_ = GuardedBuffer(index(rows * stride_), index(format.width / 8), layout.misalignment,
                            GuardedBuffer::kInputPoison);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t c = 0; c < classes; ++c) {
        const Number& value = values[index(row * classes + c)];
        assert(value.is_double());
        buffer_.store(index(row * stride_ + c), reference::encode(format, value.as_double()));
      }
    }
    tensor_ = {buffer_.data(), id, stride_, 1};
    original_ = buffer_.bytes();
  }

  const xent_tensor& tensor() const { return tensor_; }
  bool changed() const { return buffer_.bytes() != original_; }

 private:
  std::int64_t stride_ = 0;
  GuardedBuffer buffer_;
  xent_tensor tensor_ = {};
  std::vector<unsigned char> original_;
};

class Targets {
 public:
  Targets(const std::vector<std::int64_t>& targets, bool wide, const Layout& layout) {
    if (targets.empty()) return;
    buffer_ = GuardedBuffer(targets.size(), wide ? 8 : 4, layout.misalignment, GuardedBuffer::kInputPoison);
    for (std::size_t i = 0; i < targets.size(); ++i) buffer_.store(i, static_cast<std::uint64_t>(targets[i]));
    tensor_ = {buffer_.data(), wide ? XENT_INT64 : XENT_INT32, 1, 0};
    original_ = buffer_.bytes();
  }

  const xent_tensor& tensor() const { return tensor_; }
  bool changed() const { return buffer_.bytes() != original_; }

 private:
  GuardedBuffer buffer_;
  xent_tensor tensor_ = {};
  std::vector<unsigned char> original_;
};

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

// Everything but the named losses must still be poison.
std::string output_defect(GuardedBuffer output, std::int64_t losses, std::int64_t stride) {
  for (std::int64_t i = 0; i < losses; ++i) {
    if (output.is_untouched(index(i * stride))) return fmt::format("loss {} was not written", i);
    output.forget(index(i * stride));
  }
  return output.is_untouched() ? "" : "memory outside the losses was written";
}

// Layouts cycle through these by the shape of the problem.
constexpr Layout kLayouts[] = {
    {0, 1, 0, true}, {3, 1, 1, false}, {0, 2, 3, true}, {16, 1, 5, false}, {1, 3, 0, true}};

bool fits_narrow(const Problem& p) {
  const auto fits = [](std::int64_t t) { return t == static_cast<std::int32_t>(t); };
  return std::all_of(p.targets.begin(), p.targets.end(), fits) && fits(p.ignore_index.value_or(0));
}

}  // namespace

const xent_claim* Subject::claim(const std::string& loss) const {
  return find_claim(*implementation_, loss);
}

Response Subject::run(const Problem& problem) const {
  Layout layout = kLayouts[index(problem.rows + problem.classes) % std::size(kLayouts)];
  const xent_claim* declared = claim(problem.loss);
  const bool narrow = declared == nullptr || contains(declared->target_formats, XENT_INT32);
  const bool wide = declared == nullptr || contains(declared->target_formats, XENT_INT64);
  if (!narrow || !fits_narrow(problem)) layout.wide_targets = true;
  if (!wide) layout.wide_targets = false;
  return run(problem, layout);
}

Response Subject::run(const Problem& p, const Layout& layout) const {
  const Format& out_format = reference::format(p.loss_format);
  const auto width = index(out_format.width / 8);
  const std::int64_t losses = p.reduction == XENT_NONE ? p.rows : 1;

  const Matrix input(p.input, p.rows, p.classes, p.input_format, layout);
  const Matrix probs(p.target_probs, p.rows, p.classes, p.target_format, layout);
  const Targets targets(p.targets, layout.wide_targets, layout);
  GuardedBuffer output(index(losses * layout.output_stride), width, layout.misalignment,
                       GuardedBuffer::kOutputPoison);

  xent_problem call = contract(p);
  call.input = input.tensor();
  call.target_probs = probs.tensor();
  call.targets = targets.tensor();
  xent_result result = {};
  result.struct_size = sizeof result;
  result.loss = {output.data(), p.loss_format, layout.output_stride, 1};

  Response response;
  response.status = implementation_->compute(&call, &result);
  if (input.changed() || probs.changed() || targets.changed()) {
    response.defect = "an input was written";
  } else if (response.status == XENT_OK) {
    response.defect = output_defect(output, losses, layout.output_stride);
  }
  if (!response.usable()) return response;
  for (std::int64_t i = 0; i < losses; ++i) {
    response.loss.push_back(reference::decode(out_format, output.load(index(i * layout.output_stride))));
  }
  return response;
}

}  // namespace xent::properties
