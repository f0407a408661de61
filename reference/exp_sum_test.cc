#include "reference/exp_sum.h"

#include "reference/testing.h"

namespace xent::reference {
namespace {

using Terms = std::vector<std::pair<Rational, Rational>>;  // c e^d

ExpSum sum_of(const Terms& terms) {
  ExpSum sum;
  for (const auto& [c, d] : terms) sum.add_power(c, d);
  return sum;
}

Mass mass(const Rational& c, const Rational& l, const Rational& rest) {
  return Mass::of_label(c, Number(l), XENT_LOG_PROBABILITIES) + rest;
}

TEST(ExpSum, IsRationalOnlyWhereAllPowersCancel) {
  ExpSum sum = sum_of({{3, q(1, 2)}, {2, 0}, {-1, q(1, 2)}});
  EXPECT_FALSE(sum.rational());
  sum.add_power(-2, q(1, 2));
  EXPECT_EQ(sum.rational(), Rational(2));
  sum.add(-2, Mass(1));
  EXPECT_TRUE(sum.is_zero());
  EXPECT_EQ(sum.rational(), Rational(0));
  EXPECT_EQ(sum_of({{1, 2}, {3, 4}}), sum_of({{3, 4}, {1, 2}}));
}

TEST(ExpSum, HasASignHoweverNearTo0) {
  EXPECT_EQ(ExpSum().sign(), 0);
  EXPECT_EQ(sum_of({{2, 1}, {1, -3}}).sign(), 1);
  EXPECT_EQ(sum_of({{-2, 1}, {-1, -3}}).sign(), -1);
  // e less its first 40 digits, and one more in the last.
  const Rational e = parsed("2.718281828459045235360287471352662497757").rational();
  EXPECT_EQ(sum_of({{1, 1}, {-e, 0}}).sign(), 1);
  EXPECT_EQ(sum_of({{-1, 1}, {e + power_of_two(-129), 0}}).sign(), 1);
  // Both below every exponent.
  const Rational far = parsed("-1e30").rational();
  EXPECT_EQ(sum_of({{-5, far}, {1, far + 1}}).sign(), -1);
  EXPECT_EQ(sum_of({{-2, far}, {1, far + 1}}).sign(), 1);
}

TEST(Mass, HasTheSignOfItsPartsTogether) {
  EXPECT_EQ(mass(1, -1, q(-1, 2)).sign(), -1);
  EXPECT_EQ(mass(2, -1, q(-1, 2)).sign(), 1);
  EXPECT_EQ(mass(-1, parsed("-1e300").rational(), power_of_two(-1000)).sign(), 1);
  EXPECT_EQ(mass(-1, parsed("1e300").rational(), power_of_two(1000)).sign(), -1);
  EXPECT_EQ(Mass().sign(), 0);
  EXPECT_TRUE(mass(3, 0, -3).is_zero());
}

// (2 e^-2 + 5)(1 + e^3) over 1 + e^3, and powers of e beside.
TEST(ExpRatio, KnowsRationalDifferences) {
  const ExpSum b = sum_of({{1, 0}, {1, 3}});
  const ExpRatio ratio(sum_of({{2, -2}, {2, 1}, {5, 0}, {5, 3}}), b);
  EXPECT_EQ(ratio.rational_difference(0, mass(2, -2, 1)), Rational(4));
  EXPECT_EQ(ratio.rational_difference(0, mass(2, -2, 5)), Rational(0));
  EXPECT_FALSE(ratio.rational_difference(0, mass(3, -2, 1)));
  EXPECT_FALSE(ratio.rational_difference(0, mass(2, -1, 1)));
  EXPECT_FALSE(ratio.rational_difference(1, mass(2, -2, 1)));
  EXPECT_FALSE(ratio.rational_difference(0, Mass(7)));
  // e^2 times it is 2 + 5 e^2.
  EXPECT_EQ(ratio.rational_difference(2, mass(5, 2, q(1, 2))), q(3, 2));
  // The same ends as 3 e^s b, but not what is between.
  const ExpRatio other(sum_of({{3, 0}, {1, 2}, {3, 3}}), b);
  EXPECT_FALSE(other.rational_difference(0, Mass(1)));
  const ExpRatio multiple(sum_of({{3, 1}, {3, 4}}), b);
  EXPECT_EQ(multiple.rational_difference(-1, Mass(1)), Rational(2));
  EXPECT_EQ(multiple.rational_difference(0, mass(3, 1, 0)), Rational(0));
  EXPECT_EQ(multiple.rational_difference(7, mass(3, 8, 0)), Rational(0));
  EXPECT_FALSE(multiple.rational_difference(0, mass(3, 2, 0)));
  const ExpRatio zero({}, b);
  EXPECT_EQ(zero.rational_difference(5, Mass(2)), Rational(-2));
  EXPECT_FALSE(zero.rational_difference(5, mass(1, 1, 0)));
}

}  // namespace
}  // namespace xent::reference
