#include "golden/arb_number.h"

#include <gtest/gtest.h>

namespace xent::arb {
namespace {

TEST(ArbNumber, ReadsExactTextAndBits) {
  const auto third = parse_element("-2/6");
  ASSERT_TRUE(third);
  EXPECT_EQ(third->value.compare(Exact(-1) / Exact(3)), 0);
  EXPECT_EQ(parse_element("0x1.8p-1")->value.compare(Exact(3) / Exact(4)), 0);
  EXPECT_EQ(parse_element("12.5e-1")->value.compare(Exact(5) / Exact(4)), 0);
  EXPECT_TRUE(parse_element("-0")->negative_zero);
  for (const char* bad : {"", "-", "1.2.3", "0x", "1e", "1e5x", "1/0", "--1", "infinity"})
    EXPECT_FALSE(parse_element(bad)) << bad;
  EXPECT_EQ(decode(*find_format("binary16"), 0x0001).value.compare(Exact::power(2, -24)), 0);
  EXPECT_EQ(decode(*find_format("fp8_e4m3"), 0x7e).value.compare(Exact(448)), 0);
  EXPECT_EQ(decode(*find_format("fp8_e4m3"), 0x01).value.compare(Exact::power(2, -9)), 0);
  EXPECT_EQ(decode(*find_format("fp8_e4m3"), 0xff).kind, Element::kNaN);
  EXPECT_EQ(decode(*find_format("fp8_e5m2"), 0x7b).value.compare(Exact(57344)), 0);
  EXPECT_EQ(decode(*find_format("fp8_e5m2"), 0xfc).kind, Element::kMinusInfinity);
  EXPECT_EQ(decode(*find_format("bfloat16"), 0x3fc0).value.compare(Exact(3) / Exact(2)), 0);
  EXPECT_EQ(decode(*find_format("binary32"), 0xff800000).kind, Element::kMinusInfinity);
  EXPECT_EQ(decode(*find_format("binary64"), 0x7ff0000000000001).kind, Element::kNaN);
  EXPECT_EQ(decode(*find_format("binary64"), 0x7fefffffffffffff)
                .value.compare((Exact::power(2, 53) - Exact(1)) * Exact::power(2, 971)),
            0);
}

}  // namespace
}  // namespace xent::arb
