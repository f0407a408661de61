// Inputs and outputs of a call, in guarded buffers.
#ifndef XENT_PROPERTIES_OPERANDS_H
#define XENT_PROPERTIES_OPERANDS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/arena.h"
#include "properties/guarded_buffer.h"
#include "properties/subject.h"

namespace xent::properties {

// Where element (r, c) of a rows x classes matrix lies.
struct Shape {
  std::int64_t rows = 0;
  std::int64_t classes = 1;
  std::int64_t row_stride = 1;
  std::int64_t class_stride = 1;
  std::int64_t gap = 0;  // added to row_stride in the memory of the call, but not in the buffer

  static Shape matrix(std::int64_t rows, std::int64_t classes, const Layout& layout);
  std::int64_t elements() const { return rows * row_stride; }
  // The same without what follows the last element.
  std::int64_t extent() const {
    return rows == 0 ? 0 : (rows - 1) * row_stride + (classes - 1) * class_stride + 1;
  }
  std::size_t at(std::int64_t row, std::int64_t c) const {
    return static_cast<std::size_t>(row * row_stride + c * class_stride);
  }
  std::int64_t called_stride() const { return row_stride + gap; }
  Spread spread(std::size_t width) const {
    if (gap == 0) return {};
    return {static_cast<std::size_t>(rows), static_cast<std::size_t>(row_stride) * width,
            static_cast<std::size_t>(gap) * width};
  }
};

// Dense exact numbers as floats laid out by a shape. Absent if there are none.
class Operand {
 public:
  Operand(const std::vector<reference::Number>& values, const Shape& shape, xent_format format,
          int misalignment);
  // Targets.
  Operand(const std::vector<std::int64_t>& targets, const Layout& layout);

  const xent_tensor& tensor() const { return tensor_; }
  const GuardedBuffer& buffer() const { return buffer_; }
  // Bytes from the first element to the end of the last.
  std::size_t used_bytes() const { return static_cast<std::size_t>(shape_.extent()) * buffer_.width(); }
  Spread spread() const { return shape_.spread(buffer_.width()); }
  bool changed() const { return buffer_.bytes() != original_; }

 private:
  Shape shape_;
  GuardedBuffer buffer_;
  xent_tensor tensor_ = {};
  std::vector<unsigned char> original_;
};

// An output of floats, poisoned.
class Output {
 public:
  Output(const Shape& shape, xent_format format, const Layout& layout);

  xent_output tensor() { return {buffer_.data(), format_, shape_.called_stride(), shape_.class_stride}; }
  GuardedBuffer& buffer() { return buffer_; }
  std::size_t used_bytes() const { return static_cast<std::size_t>(shape_.extent()) * buffer_.width(); }
  Spread spread() const { return shape_.spread(buffer_.width()); }
  // The first element that is still poison.
  std::optional<std::int64_t> first_poison() const;
  // Everything but the elements must still be poison, and no element may be. Empty if that is so.
  std::string defect(const std::string& name) const;
  std::vector<double> values() const;

 private:
  Shape shape_;
  xent_format format_;
  GuardedBuffer buffer_;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_OPERANDS_H
