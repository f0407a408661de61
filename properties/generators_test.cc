#include "properties/generators.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <string>

#include "properties/designs.h"
#include "properties/digest.h"
#include "properties/laws.h"
#include "properties/laws/premises.h"
#include "properties/mutants.h"
#include "properties/realistic.h"
#include "properties/replay.h"

namespace xent::properties {
namespace {

constexpr std::uint64_t kSeed = 5;

// The inputs of a law about all that sound code claims.
std::string inputs_of(const Law& law) {
  constexpr int kOfEach = 5;
  constexpr int kCount = 60;
  std::string lines;
  for (const xent_implementation* implementation : sound_implementations()) {
    for (const xent_claim& claim : std::span(implementation->claims, implementation->claim_count)) {
      if (!law.applies(claim, *implementation)) continue;
      for (int i = 0; i < kOfEach; ++i) {
        Random random{rc::Random(stream(kSeed, std::string(law.id) + std::to_string(i)))};
        lines += case_line(law.generate(random, claim, i * kCount / kOfEach, kCount), law.id) + "\n";
      }
    }
  }
  return lines;
}

// Inputs are a function of the seed, whatever compiled the generators: compilers differ on which of two
// numbers that are drawn in one expression is the first.
TEST(Generators, DrawTheSameInputsWithEveryCompiler) {
  std::string of_laws;
  for (const Law& law : all_laws()) of_laws += std::string(law.id) + " " + digest_of(inputs_of(law)) + "\n";
  EXPECT_EQ(digest_of(of_laws), "d9c378fc45da0522") << "after a change of laws, generators or sound code:\n"
                                                    << of_laws;
}

TEST(AnyFloat, ReachesEveryBitPattern) {
  Random random{rc::Random(kSeed)};
  for (const char* name : {"binary16", "bfloat16"}) {
    const Format& format = *reference::find_format(name);
    std::set<std::uint64_t> seen;
    bool nan = false;
    // Each pattern has probability at least 2^-17 per draw: 40 * 2^16 draws miss one with probability e^-20
    // each.
    for (int i = 0; i < 40 * 65536; ++i) {
      const double value = any_float(random, format);
      nan = nan || std::isnan(value);
      if (!std::isnan(value)) seen.insert(reference::encode(format, value));
    }
    // All but the NaNs, which are one number: two signs times 2^(precision - 1) - 1 significands.
    const std::size_t nans = 2 * ((std::size_t{1} << (format.precision - 1)) - 1);
    EXPECT_EQ(seen.size(), 65536 - nans) << name;
    EXPECT_TRUE(nan) << name;
  }
}

TEST(RoundedTo, AgreesWithTheReferenceAndEndsAtTheLargest) {
  Random random{rc::Random(kSeed)};
  const Format& binary64 = reference::format(XENT_BINARY64);
  for (const Format& format : reference::formats()) {
    for (int i = 0; i < 20000; ++i) {
      const int most = std::min(format.emax + 2, binary64.emax);
      const int exponent = static_cast<int>(random.between(format.quantum_exponent() - 3, most));
      const double value =
          random.chance(0.5) ? any_finite(random, binary64) : std::ldexp(1 + random.unit(), exponent);
      const double nearest = reference::decode(
          format, reference::round(reference::Rational(value), format, reference::Rounding::nearest_even));
      const double expected = std::isfinite(nearest) ? nearest : std::copysign(format.largest(), value);
      ASSERT_EQ(rounded_to(format, value), expected) << format.name << ' ' << value;
    }
  }
}

TEST(LogitRow, HoldsFloatsOfTheFormatAndATargetInRange) {
  Random random{rc::Random(kSeed)};
  for (const Format& format : reference::formats()) {
    for (const Regime regime : logit_regimes()) {
      for (int i = 0; i < 20; ++i) {
        const std::int64_t classes = random.between(1, 40);
        const LogitRow row = logit_row(random, regime, format, classes);
        ASSERT_EQ(static_cast<std::int64_t>(row.logits.size()), regime == Regime::single_class ? 1 : classes);
        EXPECT_TRUE(row.target >= 0 && row.target < static_cast<std::int64_t>(row.logits.size()));
        for (const double x : row.logits)
          EXPECT_TRUE(is_representable(reference::Number(x), format)) << name(regime);
        const bool some_finite =
            std::any_of(row.logits.begin(), row.logits.end(), [](double x) { return std::isfinite(x); });
        EXPECT_TRUE(some_finite || regime == Regime::any_bits);
      }
    }
  }
}

TEST(DyadicDistribution, SumsToOneExactly) {
  Random random{rc::Random(kSeed)};
  for (const Format& format : reference::formats()) {
    for (int i = 0; i < 50; ++i) {
      const auto row = dyadic_distribution(random, format, random.between(1, 60));
      const std::vector<reference::Number> numbers(row.begin(), row.end());
      EXPECT_TRUE(is_normalised(numbers));
      for (const auto& p : numbers) EXPECT_TRUE(is_representable(p, format));
    }
  }
}

TEST(EveryLaw, GeneratesWhatItsPremisesAdmitAtLeastOnce) {
  const Subject sound(*sound_implementation());
  for (const char* loss : {"softmax_cross_entropy", "kl", "nll", "cross_entropy", "perplexity"}) {
    Random random{rc::Random(kSeed)};
    // Only what cannot be known before the numbers are, such as masses below the normal range, is refused.
    int refused = 0;
    for (int i = 0; i < 50; ++i) {
      const Trial trial = any_trial(random, *find_claim(sound.implementation(), loss), 50);
      const auto why = inadmissible(sound, trial);
      refused += why ? 1 : 0;
      EXPECT_TRUE(!why || why->message.find("normal range") != std::string::npos) << why->message;
    }
    EXPECT_LE(refused, 5) << loss;
  }
}

TEST(RealisticRow, ComesFromTheText) {
  Random random{rc::Random(kSeed)};
  const LogitRow row = realistic_row(random, 256);
  double total = 0;
  for (const double x : row.logits) total += std::exp(x);
  // Each logit is ln p within half an ulp of a number below 16: a relative error of p below 2^-21.
  EXPECT_LT(std::abs(total - 1), 0x1p-20);
}

}  // namespace
}  // namespace xent::properties
