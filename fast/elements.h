// Tensors of any real format as numbers in binary64, and back.
#ifndef XENT_FAST_ELEMENTS_H
#define XENT_FAST_ELEMENTS_H

#include <cstdint>

#include "reference/xent.h"

namespace xent::fast {

inline constexpr uint32_t kRealFormats =
    XENT_BIT(XENT_BINARY16) | XENT_BIT(XENT_BFLOAT16) | XENT_BIT(XENT_BINARY32) | XENT_BIT(XENT_BINARY64);

// values[i] = element (row, first + i) of a tensor, exactly. Domain: a format of kRealFormats.
void read_elements(const xent_tensor& tensor, int64_t row, int64_t first, int64_t count, double* values);

// The other way, to nearest, ties to even. Error: one rounding; to bfloat16 two, by way of binary32.
void write_elements(const xent_output& output, int64_t row, int64_t first, int64_t count,
                    const double* values);

}  // namespace xent::fast

#endif  // XENT_FAST_ELEMENTS_H
