#include "golden/exact_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "reference/decimal.h"

namespace xent::golden {

using reference::Bits;
using reference::Dyadic;
using reference::Error;
using reference::Expected;
using reference::Format;
using reference::Integer;
using reference::Number;
using reference::Rational;

namespace {

// Decimals up to this many digits are easier to read than the alternative.
constexpr int kDoubleDigits = 17;
constexpr int kRationalDigits = 60;

// The digit's value, or -1.
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// MPFR's exponents, and room for the digits.
constexpr std::int64_t kMaxExponent = (std::int64_t{1} << 62) + (std::int64_t{1} << 32);

bool read_exponent(std::string_view text, std::int64_t& exponent) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  return error == std::errc() && end == text.data() + text.size() && exponent >= -kMaxExponent &&
         exponent <= kMaxExponent;
}

// The exponent e with 2^(e-1) <= |x| < 2^e. Domain: x != 0.
std::int64_t top_exponent(const Dyadic& x) {
  return static_cast<std::int64_t>(mpz_sizeinbase(x.significand.backend().data(), 2)) + x.exponent;
}

}  // namespace

std::string exact_text(const Number& number) {
  if (!number.is_finite()) return number.to_string();
  if (number.is_zero()) return std::signbit(number.as_double()) ? "-0" : "0";
  const Rational value = number.rational();
  const int digits = number.is_double() ? kDoubleDigits : kRationalDigits;
  std::string decimal = reference::decimal_string(value, digits);
  const auto reread = reference::parse_number(decimal);
  if (reread && *reread == number) return decimal;
  return number.is_double() ? reference::hexfloat(number.as_double()) : value.str();
}

std::optional<std::string> bit_text(const std::vector<Number>& numbers, const Format& format) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto width = static_cast<std::size_t>(format.width / 4);
  std::string text(numbers.size() * width, '0');
  auto* out = text.data();
  for (const Number& number : numbers) {
    if (!number.is_double()) return std::nullopt;
    const auto bits = reference::find_bits(format, number.as_double());
    if (!bits) return std::nullopt;
    for (int shift = format.width - 4; shift >= 0; shift -= 4) *out++ = kDigits[*bits >> shift & 15];
  }
  return text;
}

Expected<std::vector<Number>> parse_bits(std::string_view digits, const Format& format) {
  const auto width = static_cast<std::size_t>(format.width / 4);
  if (digits.size() % width != 0) {
    return Error{fmt::format("{} digits is not accepted; accepted: {} for each element of {}", digits.size(),
                             width, format.name)};
  }
  std::vector<Number> numbers;
  numbers.reserve(digits.size() / width);
  for (std::size_t i = 0; i < digits.size(); i += width) {
    Bits bits = 0;
    for (const char c : digits.substr(i, width)) {
      const int digit = hex_digit(c);
      if (digit < 0 || std::isupper(static_cast<unsigned char>(c)) != 0) {
        return Error{fmt::format("'{}' is not accepted; accepted: the digits 0-9 and a-f",
                                 std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?')};
      }
      bits = bits << 4 | static_cast<Bits>(digit);
    }
    numbers.emplace_back(reference::decode(format, bits));
  }
  return numbers;
}

std::optional<Dyadic> parse_dyadic(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto marker = text.find('p');
  if (!text.starts_with("0x") || marker == std::string_view::npos) return std::nullopt;
  Dyadic result;
  if (!read_exponent(text.substr(marker + 1), result.exponent)) return std::nullopt;
  std::string digits;
  bool point = false;
  for (const char c : text.substr(2, marker - 2)) {
    if (c == '.' && !point) {
      point = true;
    } else if (hex_digit(c) >= 0) {
      digits += c;
      result.exponent -= point ? 4 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty() || mpz_set_str(result.significand.backend().data(), digits.c_str(), 16) != 0)
    return std::nullopt;
  if (negative) result.significand = -result.significand;
  return result;
}

bool at_most(const Dyadic& a, const Dyadic& b) {
  if (a.significand.sign() != b.significand.sign()) return a.significand.sign() < b.significand.sign();
  if (a.significand == 0) return true;
  // Only numbers of the same magnitude are worth expanding.
  if (top_exponent(a) != top_exponent(b)) {
    return (top_exponent(a) < top_exponent(b)) == (a.significand.sign() > 0);
  }
  const std::int64_t unit = std::min(a.exponent, b.exponent);
  return (a.significand << static_cast<unsigned long>(a.exponent - unit)) <=
         (b.significand << static_cast<unsigned long>(b.exponent - unit));
}

}  // namespace xent::golden
