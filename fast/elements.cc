#include "fast/elements.h"

#include "fast/element.h"

namespace xent::fast {
namespace {

void assign(double value, double& element) {
  element = value;
}
void assign(double value, float& element) {
  element = static_cast<float>(value);
}
void assign(double value, hwy::float16_t& element) {
  element = rounded_to_binary16(value);
}
void assign(double value, hwy::bfloat16_t& element) {
  element = rounded_to_bfloat16(static_cast<float>(value));
}

// Calls f with a value of the element type of a format.
template <class F>
void with_real(xent_format format, const F& f) {
  if (format == XENT_BINARY64) return f(double());
  with_element(format, f);
}

}  // namespace

void read_elements(const xent_tensor& tensor, int64_t row, int64_t first, int64_t count, double* values) {
  with_real(tensor.format, [&](auto element) {
    const auto* const source = static_cast<const decltype(element)*>(tensor.data) + row * tensor.row_stride;
    const int64_t stride = tensor.class_stride;
    if (stride == 1) {
      for (int64_t i = 0; i < count; ++i) values[i] = to_double(source[first + i]);
    } else {
      for (int64_t i = 0; i < count; ++i) values[i] = to_double(source[(first + i) * stride]);
    }
  });
}

void write_elements(const xent_output& output, int64_t row, int64_t first, int64_t count,
                    const double* values) {
  with_real(output.format, [&](auto element) {
    auto* const target = static_cast<decltype(element)*>(output.data) + row * output.row_stride;
    const int64_t stride = output.class_stride;
    for (int64_t i = 0; i < count; ++i) assign(values[i], target[(first + i) * stride]);
  });
}

}  // namespace xent::fast
