#include "properties/operands.h"

#include <fmt/format.h>

#include <cassert>

namespace xent::properties {
namespace {

std::size_t width_of(xent_format format) {
  return static_cast<std::size_t>(reference::format(format).width / 8);
}

}  // namespace

Shape Shape::matrix(std::int64_t rows, std::int64_t classes, const Layout& layout) {
  return {rows, classes, classes * layout.class_stride + layout.row_padding, layout.class_stride, layout.gap};
}

Operand::Operand(const std::vector<reference::Number>& values, const Shape& shape, xent_format id,
                 int misalignment) {
  if (values.empty()) return;
  const reference::Format& format = reference::format(id);
  buffer_ = GuardedBuffer(static_cast<std::size_t>(shape.elements()), width_of(id), misalignment,
                          GuardedBuffer::kInputPoison);
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    for (std::int64_t c = 0; c < shape.classes; ++c) {
      const reference::Number& value = values[static_cast<std::size_t>(row * shape.classes + c)];
      assert(value.is_double());
      buffer_.store(shape.at(row, c), reference::encode(format, value.as_double()));
    }
  }
  tensor_ = {buffer_.data(), id, shape.called_stride(), shape.class_stride};
  shape_ = shape;
  original_ = buffer_.bytes();
}

Operand::Operand(const std::vector<std::int64_t>& targets, const Layout& layout) {
  if (targets.empty()) return;
  const bool wide = layout.wide_targets;
  const Shape shape = {static_cast<std::int64_t>(targets.size()), 1, layout.output_stride, 0};
  buffer_ = GuardedBuffer(static_cast<std::size_t>(shape.elements()), wide ? 8 : 4, layout.misalignment,
                          GuardedBuffer::kInputPoison);
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    buffer_.store(shape.at(row, 0), static_cast<std::uint64_t>(targets[static_cast<std::size_t>(row)]));
  }
  tensor_ = {buffer_.data(), wide ? XENT_INT64 : XENT_INT32, shape.row_stride, 0};
  shape_ = shape;
  original_ = buffer_.bytes();
}

Output::Output(const Shape& shape, xent_format format, const Layout& layout)
    : shape_(shape),
      format_(format),
      buffer_(static_cast<std::size_t>(shape.elements()), width_of(format), layout.misalignment,
              layout.output_poison) {}

std::optional<std::int64_t> Output::first_poison() const {
  for (std::int64_t row = 0; row < shape_.rows; ++row) {
    for (std::int64_t c = 0; c < shape_.classes; ++c) {
      if (buffer_.is_untouched(shape_.at(row, c))) return row * shape_.classes + c;
    }
  }
  return std::nullopt;
}

std::string Output::defect(const std::string& name) const {
  if (const auto element = first_poison()) return fmt::format("{} {} was not written", name, *element);
  GuardedBuffer rest = buffer_;
  for (std::int64_t row = 0; row < shape_.rows; ++row) {
    for (std::int64_t c = 0; c < shape_.classes; ++c) rest.forget(shape_.at(row, c));
  }
  return rest.is_untouched() ? "" : fmt::format("memory outside the {} was written", name);
}

std::vector<double> Output::values() const {
  const reference::Format& format = reference::format(format_);
  std::vector<double> values;
  for (std::int64_t row = 0; row < shape_.rows; ++row) {
    for (std::int64_t c = 0; c < shape_.classes; ++c)
      values.push_back(reference::decode(format, buffer_.load(shape_.at(row, c))));
  }
  return values;
}

}  // namespace xent::properties
