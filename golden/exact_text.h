// Exact numbers as the text of a case: short decimals where they are exact, otherwise hexadecimal floats and
// fractions, or the bit patterns of a format.
#ifndef XENT_GOLDEN_EXACT_TEXT_H
#define XENT_GOLDEN_EXACT_TEXT_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/expected.h"
#include "reference/format.h"
#include "reference/number.h"

namespace xent::golden {

// Text that reference::parse_number reads back to the same number, -0 and the infinities included: "0.7",
// "1e-45", "0x1p-149", "1/3", "-inf", "nan".
std::string exact_text(const reference::Number& number);

// The bit patterns of all numbers, most significant digit first, without separators; every NaN is the quiet
// one. nullopt: a number is not in the format.
std::optional<std::string> bit_text(const std::vector<reference::Number>& numbers,
                                    const reference::Format& format);
// The numbers of such a text. Status: an error without a field name says what is wrong with the digits.
reference::Expected<std::vector<reference::Number>> parse_bits(std::string_view digits,
                                                               const reference::Format& format);

// The value of a hexadecimal float of any length and of exponents up to +-2^62, as written for the ends of an
// enclosure: "-0x1.8p-3". nullopt: not of that form.
std::optional<reference::Dyadic> parse_dyadic(std::string_view text);
// a <= b.
bool at_most(const reference::Dyadic& a, const reference::Dyadic& b);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_EXACT_TEXT_H
