#include "fast/exp.h"

#include <bit>
#include <cstdio>
#include <cstdlib>

#include "fast/testing.h"

namespace xent::fast {
namespace {

constexpr uint32_t kSign = 0x80000000u;

// Logits as far as this above the reference have finite exponentials.
constexpr float kAbove = 88;

// Whether a target has the table of powers.
bool has_powers(const std::string& target) {
  return target.starts_with("AVX3");
}

// The largest error of what is claimed of the target, in units of u, less what is allowed per nat, over the
// floats from `from` to `to` in magnitude, in steps. std::exp in binary64 is off by less than 2^-52, 2^-28 u,
// and the product of a scale below 256 by 2^-45, 2^-21 u.
double worst_error(float from, float to, uint32_t sign, uint32_t step, float max, bool far, double per_nat,
                   double scale = 1) {
  constexpr uint32_t kBatch = 1 << 12;
  std::vector<float> x;
  std::vector<double> values(kBatch);
  double worst = 0;
  const uint32_t last = std::bit_cast<uint32_t>(to);
  for (uint32_t bits = std::bit_cast<uint32_t>(from); bits <= last;) {
    x.clear();
    for (; x.size() < kBatch && bits <= last; bits += step) x.push_back(std::bit_cast<float>(bits | sign));
    const double reference =
        exp_each(x.data(), values.data(), static_cast<int64_t>(x.size()), max, far, scale);
    for (size_t i = 0; i < x.size(); ++i) {
      const double d = scale * static_cast<double>(x[i]) - reference;
      if (d < static_cast<double>(kExpNormal) || d >= kAbove || (far && x[i] > max)) continue;
      const double error = std::fabs(values[i] / std::exp(d) - 1) / kU;
      worst = std::max(worst, error - per_nat * std::fabs(d));
      if (!(error >= 0)) return std::numeric_limits<double>::infinity();
    }
  }
  return worst;
}

// Every float from -344 to 256, by the maxima that reach it; with XENT_EXHAUSTIVE unset by a step that is
// prime, so that all low bits occur. What a float is reduced to does not depend on the maximum, but for the
// exponent.
TEST(Exp, ErrorIsBelowItsClaim) {
  const bool exhaustive = std::getenv("XENT_EXHAUSTIVE") != nullptr;
  for_each_target([&](const std::string& target) {
    const double claim = has_powers(target) ? kPowersError : kFractionError;
    const double per_nat = has_powers(target) ? kPowersErrorPerNat : 0;
    // Below 2^-30 the result is 1 or its neighbour, and the error at most |x| + u / 2: no need to go through
    // them.
    double worst = worst_error(0, 0x1p-30f, 0, exhaustive ? 1009 : 1000003, 0, false, per_nat);
    for (const float max : {256.0f, 200.0f, 120.0f, 87.0f, 50.0f, 0.0f, -80.0f, -87.0f, -160.0f, -256.0f}) {
      const bool far = std::fabs(max) > kExpNear;
      const auto step = [&](float from) -> uint32_t { return exhaustive ? 1 : from < 1 ? 10007 : 499; };
      const float low = max + kExpNormal;
      const float high = far ? max : max + kAbove;
      if (high > 0) {
        const float from = std::max(low, 0x1p-30f);
        worst = std::max(worst, worst_error(from, high, 0, step(from), max, far, per_nat));
      }
      if (low < 0) {
        const float from = std::max(-high, 0x1p-30f);
        worst = std::max(worst, worst_error(from, -low, kSign, step(from), max, far, per_nat));
      }
    }
    RecordProperty("worst_error_in_u", std::to_string(worst));
    if (exhaustive) std::printf("%.4f u\n", worst);
    EXPECT_LE(worst, claim);
  });
}

TEST(Exp, ErrorIsBelowItsClaimForLargeMaxima) {
  for_each_target([&](const std::string& target) {
    const double claim = has_powers(target) ? kPowersError : kFractionError;
    const double per_nat = has_powers(target) ? kPowersErrorPerNat : 0;
    for (const float max : {256.5f, 1e4f, 1e7f, -1e7f, -257.0f, 3e38f}) {
      const auto low = std::bit_cast<uint32_t>(std::fabs(max > 0 ? max - 88 : max));
      const auto high = std::bit_cast<uint32_t>(std::fabs(max > 0 ? max : max - 88));
      const uint32_t sign = max > 0 ? 0 : kSign;
      EXPECT_LE(
          worst_error(std::bit_cast<float>(low), std::bit_cast<float>(high), sign, 499, max, true, per_nat),
          claim);
    }
  });
}

// What scales are reduced by is rounded, which must not show, however far from the reference.
TEST(Exp, ErrorIsBelowItsClaimForEveryScale) {
  const bool exhaustive = std::getenv("XENT_EXHAUSTIVE") != nullptr;
  for_each_target([&](const std::string& target) {
    const double claim = has_powers(target) ? kScaledPowersError : kScaledFractionError;
    double worst = 0;
    for (const double scale : {kLeastLogitScale, 1e-3, 0.1, 0.7, 0.9999999, 1 + 0x1p-24, 1 / 0.7, 1 / 0.3,
                               3.0, 14.0, 1e4, kLargestLogitScale}) {
      for (const double scaled_max : {250.0, 87.0, 20.0, 0.0, -80.0, 1e4, -1e4}) {
        const auto max = static_cast<float>(scaled_max / scale);
        const bool far = std::fabs(scaled_max) > static_cast<double>(kExpNear);
        const auto low = static_cast<float>((scaled_max + static_cast<double>(kExpNormal)) / scale);
        const uint32_t step = exhaustive ? 3 : 499;
        const auto least = static_cast<float>(0x1p-20 / scale);
        if (max > 0)
          worst = std::max(worst, worst_error(std::max(low, least), max, 0, step, max, far, 0, scale));
        if (low < 0) {
          const float from = std::max(-max, least);
          worst = std::max(worst, worst_error(from, -low, kSign, step, max, far, 0, scale));
        }
      }
    }
    RecordProperty("worst_error_in_u", std::to_string(worst));
    if (exhaustive) std::printf("%.4f u\n", worst);
    EXPECT_LE(worst, claim);
  });
}

// e^x for max = 0.
double exp_of(float x) {
  double value = -1;
  EXPECT_EQ(exp_each(&x, &value, 1, 0, false), 0);
  return value;
}

TEST(Exp, IsExactlyOneAtZero) {
  for_each_target([] {
    EXPECT_EQ(exp_of(0.0f), 1);
    EXPECT_EQ(exp_of(-0.0f), 1);
  });
}

TEST(Exp, IsNothingToSpeakOfFarBelowTheMaximum) {
  for_each_target([] {
    for (const float x : {kExpNormal, -87.5f, -89.0f, -1e4f, -std::numeric_limits<float>::max(), -kInf}) {
      EXPECT_GT(exp_of(x), 0) << x;
      EXPECT_LE(exp_of(x), 0x1p-125) << x;
    }
  });
}

TEST(Exp, ReferenceIsWithinHalfAStepOfTheMaximum) {
  for_each_target([] {
    for (float max = -300; max < 300; max += 0.37f) {
      for (const bool far : {false, true}) {
        if (!far && std::fabs(max) > kExpNear) continue;
        double value = -1;
        const double reference = exp_each(&max, &value, 1, max, far);
        EXPECT_LE(std::fabs(reference - static_cast<double>(max)), 0.3466) << max;
      }
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
