#include "reference/number_row.h"

#include <gtest/gtest.h>

#include <limits>

namespace xent::reference {
namespace {

void expect_kept(const std::vector<Number>& numbers) {
  const NumberRow row(numbers);
  ASSERT_EQ(row.size(), numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(row[i].to_string(), numbers[i].to_string()) << i;
    EXPECT_EQ(row[i].is_double(), numbers[i].is_double()) << i;
  }
}

TEST(NumberRow, KeepsEveryNumberExactly) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  expect_kept({});
  expect_kept({Number(1.5), Number(-0.0), Number(-kInfinity), Number(kInfinity), Number(5e-324)});
  expect_kept({Number(Rational(1, 10))});
  expect_kept({Number(2.0), Number(Rational(-1, 3)), Number(-kInfinity), Number(4.0)});
}

TEST(NumberRow, OutlivesItsSource) {
  std::vector<Number> numbers = {Number(1.0), Number(Rational(1, 10))};
  const NumberRow row(numbers);
  numbers.clear();
  EXPECT_EQ(row[0], Number(1.0));
  EXPECT_EQ(row[1], Number(Rational(1, 10)));
}

}  // namespace
}  // namespace xent::reference
