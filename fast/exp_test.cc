#include "fast/exp.h"

#include <bit>
#include <cstdlib>

#include "fast/testing.h"

namespace xent::fast {
namespace {

constexpr uint32_t kSign = 0x80000000u;

// The largest excess of the relative error over kExpErrorPerNat |d|, in units of u, over -(from), ... in
// steps. std::exp in binary64 is off by less than 2^-52, 2^-28 u.
double worst_error(float from, float to, uint32_t step) {
  constexpr uint32_t kBatch = 1 << 12;
  std::vector<float> d;
  std::vector<float> exps(kBatch);
  double worst = 0;
  const uint32_t last = std::bit_cast<uint32_t>(to);
  for (uint32_t bits = std::bit_cast<uint32_t>(from); bits <= last;) {
    d.clear();
    for (; d.size() < kBatch && bits <= last; bits += step) d.push_back(std::bit_cast<float>(bits | kSign));
    exp_each(d.data(), exps.data(), static_cast<int64_t>(d.size()));
    for (size_t i = 0; i < d.size(); ++i) {
      const double expected = std::exp(static_cast<double>(d[i]));
      const double error = std::fabs(static_cast<double>(exps[i]) / expected - 1) / kU;
      worst = std::max(worst, error - kExpErrorPerNat * -static_cast<double>(d[i]));
      if (!(error >= 0)) return std::numeric_limits<double>::infinity();
    }
  }
  return worst;
}

// With XENT_EXHAUSTIVE set, every float of [-87, 0]; otherwise a step that is prime, so that all low bits
// occur.
TEST(Exp, ErrorIsBelowItsClaim) {
  const bool exhaustive = std::getenv("XENT_EXHAUSTIVE") != nullptr;
  const uint32_t scale = exhaustive ? 1 : 1009;
  for_each_target([&] {
    // Below 2^-30 the result is 1 or its neighbour, and the error at most |d| + u / 2: no need to go through
    // them.
    const double tiny = worst_error(0, 0x1p-30f, exhaustive ? 1 : 1000003);
    const double small = worst_error(0x1p-30f, 1.0f, scale);
    const double large = worst_error(1.0f, -kExpNormal, exhaustive ? 1 : 61);
    RecordProperty("worst_error_in_u", std::to_string(std::max({tiny, small, large})));
    EXPECT_LE(tiny, kExpError);
    EXPECT_LE(small, kExpError);
    EXPECT_LE(large, kExpError);
  });
}

float exp_of(float d) {
  float result = -1;
  exp_each(&d, &result, 1);
  return result;
}

TEST(Exp, IsExactlyOneAtZero) {
  for_each_target([] {
    EXPECT_EQ(exp_of(0.0f), 1.0f);
    EXPECT_EQ(exp_of(-0.0f), 1.0f);
  });
}

TEST(Exp, IsExactlyZeroFromTheFloorDown) {
  for_each_target([] {
    for (const float d : {kExpFloor, -89.0f, -1e4f, -std::numeric_limits<float>::max(), -kInf}) {
      EXPECT_EQ(exp_of(d), 0.0f) << d;
    }
  });
}

TEST(Exp, IsBetweenZeroAndItsBoundNearTheFloor) {
  for_each_target([] {
    for (float d = kExpNormal; d > kExpFloor; d = std::nextafter(d, -kInf)) {
      const double error = static_cast<double>(exp_of(d)) - std::exp(static_cast<double>(d));
      ASSERT_GE(exp_of(d), 0.0f) << d;
      ASSERT_LE(std::fabs(error), 0x1p-125) << d;
    }
  });
}

TEST(Exp, IsNaNForNaNOfEitherSign) {
  for_each_target([] {
    EXPECT_TRUE(std::isnan(exp_of(kNaN)));
    EXPECT_TRUE(std::isnan(exp_of(-kNaN)));
  });
}

}  // namespace
}  // namespace xent::fast
