#include "reference/fixed_log.h"

#include <gtest/gtest.h>

#include <random>

#include "reference/testing.h"

namespace xent::reference {
namespace {

// Contains ln(1 + e^x), itself known to 2^-290, at both ends of what x stands for, and is narrow.
void expect_softplus(Int128 x) {
  const FixedInterval computed = fixed_softplus(x);
  const PrecisionScope scope(300);
  const Enclosure whole = computed.enclosure();
  for (const int moved : {-2, 0, 2}) {
    const Enclosure exact =
        log1p(exp(Enclosure(Rational(integer(x) + moved)) * Enclosure(power_of_two(-kLogitBits))));
    const Enclosure below = exact - Enclosure::between(whole.lower(), whole.lower());
    const Enclosure above = Enclosure::between(whole.upper(), whole.upper()) - exact;
    ASSERT_GE(below.upper().significand, 0) << integer(x);
    ASSERT_GE(above.upper().significand, 0) << integer(x);
  }
  ASSERT_LE(whole.relative_width_exponent(), -58) << integer(x);
}

TEST(FixedLog, SoftplusIsEnclosedAndNarrow) {
  std::mt19937_64 random(kSeed);
  const Int128 one = Int128{1} << kLogitBits;
  for (const Int128 x : {Int128{0}, Int128{1}, one, kExpLimit - 1}) {
    ASSERT_NO_FATAL_FAILURE(expect_softplus(x));
    ASSERT_NO_FATAL_FAILURE(expect_softplus(-x));
  }
  for (int i = 0; i < 20000; ++i) {
    const auto any =
        static_cast<Int128>((Uint128{random()} << 64 | random()) % static_cast<Uint128>(kExpLimit));
    // By magnitude; and where 1 + e^-x passes from one factor to the next, x between 0 and 8 ln 2.
    const Int128 x = random() % 2 == 0 ? any >> random() % 120 : any / 216;
    ASSERT_NO_FATAL_FAILURE(expect_softplus(random() % 2 == 0 ? x : -x));
  }
}

TEST(FixedLog, EveryFactorIsUsedOnBothItsSides) {
  const PrecisionScope scope(300);
  for (long i = 1; i <= 256; ++i) {
    const Enclosure x = log(Enclosure(Rational(i, 256)));  // 1 + e^x = 1 + i / 256
    const FixedInterval fixed = with_unit(x, -kLogitBits);
    for (const int offset : {-3, -1, 0, 1, 3}) {
      ASSERT_NO_FATAL_FAILURE(expect_softplus(std::min<Int128>(0, fixed.lower + offset)));
    }
  }
}

}  // namespace
}  // namespace xent::reference
