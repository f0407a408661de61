// What the tests of the reference share.
#ifndef XENT_REFERENCE_TESTING_H
#define XENT_REFERENCE_TESTING_H

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "reference/certify.h"
#include "reference/decimal.h"
#include "reference/enclosure.h"
#include "reference/log_form.h"
#include "reference/number.h"

namespace xent::reference {

using Kind = Exactness::Kind;

inline constexpr std::uint64_t kSeed = 20240607;

inline Rational q(long a, long b = 1) {
  return Rational(a, b);
}

// The number that a decimal, a fraction or a hexadecimal float names.
inline Number parsed(std::string_view text) {
  const auto number = parse_number(text);
  EXPECT_TRUE(number) << text << ": " << (number ? "" : number.error().message);
  return number ? *number : Number(std::numeric_limits<double>::quiet_NaN());
}

inline Rational power_of_two(long exponent) {
  const Integer scale = Integer(1) << static_cast<unsigned long>(std::abs(exponent));
  return exponent >= 0 ? Rational(scale) : Rational(Integer(1), scale);
}

// Domain: |exponent| moderate.
inline Rational expanded(const Dyadic& x) {
  return Rational(x.significand) * power_of_two(x.exponent);
}

// So many numbers, one drawn after the other.
template <typename Draw>
std::vector<Number> several(std::int64_t count, Draw draw) {
  std::vector<Number> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(draw());
  return numbers;
}

// The values of a problem that must be accepted.
inline std::vector<Certified> certified(const Problem& problem, int max_precision = kMaxPrecision) {
  auto values = certify(problem, max_precision);
  EXPECT_TRUE(values) << (values ? "" : values.error().message);
  return values ? std::move(*values) : std::vector<Certified>();
}

// The value, if it is proved to be rational: that of anything else would read as 0.
inline std::optional<Rational> rational_value(Certified& value) {
  const Exactness& exactness = value.settle();
  return exactness.kind == Kind::rational ? std::optional(exactness.value) : std::nullopt;
}

}  // namespace xent::reference

#endif  // XENT_REFERENCE_TESTING_H
