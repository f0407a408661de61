#include <gtest/gtest.h>

#include <cmath>

#include "reference/loss_testing.h"

namespace xent::reference {
namespace {

// By Q as it is given, not as the loss sees it; a clip is flat outside its ends.
TEST(Preparation, HasGradientsByWhatWasGiven) {
  const auto gradient = [](const Texts& q, std::int64_t target, double clip, unsigned rules,
                           unsigned normalise) {
    Problem p = of_probabilities("nll", q, {target});
    p.conventions.clip = clip;
    p.conventions.clip_rules = rules;
    p.conventions.normalise = normalise;
    p.wanted = Wanted::gradient;
    std::vector<Rational> entries;
    for (Certified& entry : certified(p)) entries.push_back(rational_value(entry).value());
    return entries;
  };
  using Entries = std::vector<Rational>;
  const unsigned input = XENT_BIT(XENT_NORMALISE_INPUT);
  EXPECT_EQ(gradient({"1", "3"}, 0, 0, 0, input), (Entries{q(-3, 4), q(1, 4)}));
  EXPECT_EQ(gradient({"1/16", "1/8", "1"}, 0, 0.125, 0, 0), (Entries{0, 0, 0}));
  EXPECT_EQ(gradient({"1/16", "1/8", "1"}, 1, 0.125, 0, 0), (Entries{0, -8, 0}));
  EXPECT_EQ(gradient({"1/16", "1/8", "1"}, 2, 0.125, 0, 0), (Entries{0, 0, 0}));
  EXPECT_EQ(gradient({"1/16", "1/8", "1"}, 2, 0.125, XENT_BIT(XENT_CLIP_UP_TO_ONE), 0), (Entries{0, 0, -1}));
  EXPECT_EQ(gradient({"1/2", "1/2"}, 0, 0.125, 0, input), (Entries{-1, 1}));
  EXPECT_EQ(gradient({"1", "31"}, 0, 0.125, 0, input), (Entries{0, 0}));
  EXPECT_EQ(gradient({"0", "3/8"}, 1, 0.125, XENT_BIT(XENT_CLIP_FIRST), input), (Entries{0, q(-2, 3)}));
}

// The derivatives of scipy.stats.entropy by what it divides by its sum: (H - ln p_j - 1 + 1) / S.
TEST(Preparation, HasGradientsOfLogarithms) {
  const auto gradient = [](Problem p, Wanted wanted, unsigned normalise) {
    p.conventions.normalise = normalise;
    p.wanted = wanted;
    return certified(p);
  };
  const unsigned both = XENT_BIT(XENT_NORMALISE_INPUT) | XENT_BIT(XENT_NORMALISE_TARGETS);
  // P = (1/4, 3/4): -ln p - H(P) = 3/4 ln 3 and -1/4 ln 3, over 4.
  auto entries = gradient(of_probabilities("entropy", {"1", "3"}), Wanted::gradient, both);
  EXPECT_EQ(entries[0].decimal(20), "0.20598980412527056714");
  EXPECT_EQ(entries[1].decimal(20), "-0.068663268041756855712");
  // A row that is uniform is a maximum, and P that is proportional to Q a minimum: exactly 0.
  for (Certified& entry : gradient(of_probabilities("entropy", {"3", "3", "3"}), Wanted::gradient, both))
    EXPECT_EQ(rational_value(entry), 0);
  for (Certified& entry : gradient(of_two("kl", {"2", "4"}, {"1", "2"}), Wanted::target_gradient, both)) {
    EXPECT_EQ(rational_value(entry), 0);
  }
  // 0 ln 0 is 0, whose derivative is infinite.
  entries = gradient(of_probabilities("entropy", {"0", "2"}), Wanted::gradient, both);
  EXPECT_EQ(entries[0].decimal(3), "inf");
  EXPECT_EQ(rational_value(entries[1]), 0);
  // A label of 0 beside q = 0 counts nothing, or by convention makes the loss NaN, and with it its
  // derivatives.
  Problem p = of_two("cross_entropy", {"0", "1"}, {"0", "1/2"});
  EXPECT_EQ(rational_value(gradient(p, Wanted::target_gradient, both)[1]), 0);
  p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  for (Certified& entry : gradient(p, Wanted::target_gradient, both)) EXPECT_EQ(entry.decimal(3), "nan");
}

}  // namespace
}  // namespace xent::reference
