// How often the first rung leaves a rounding open. It is known to 2^-w of its value, and a float's interval
// is at least 2^-p of it, so that of values spread evenly over that interval 2^(p - w) lie too near a
// boundary: for binary64, p = 53, and one in a million, w must be 73. It is 90 and more.
//
// That is a theorem about even spreads; how values are spread is tested. XENT_ROWS asks for more rows than
// the tests take: 3 million without a fallback bound their rate by 10^-6 at 95% (the rule of three).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "reference/certify.h"
#include "reference/testing.h"

namespace xent::reference {
namespace {

constexpr int kRows = 20000;
constexpr double kRate = 1e-6;
constexpr int kKnownBits = 73;  // 53 + log2(10^6)

int rows() {
  const char* text = std::getenv("XENT_ROWS");
  return text == nullptr ? kRows : std::atoi(text);
}

// Binary32 logits about a common offset, and a target.
Problem random_row(std::mt19937_64& random, std::int64_t classes, Wanted wanted) {
  Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = classes;
  p.wanted = wanted;
  const double deviations[] = {0.01, 1, 4, 10};
  const double offsets[] = {0, -5, 100};
  std::normal_distribution<float> logit(static_cast<float>(offsets[random() % 3]),
                                        static_cast<float>(deviations[random() % 4]));
  p.input = several(classes, [&] { return Number(static_cast<double>(logit(random))); });
  p.targets = {static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(classes))};
  return p;
}

TEST(Fallback, OfLossesIsRarerThanOneInAMillion) {
  std::mt19937_64 random(kSeed);
  int refined = 0;
  for (int i = 0; i < rows(); ++i) {
    auto loss =
        certify_row(random_row(random, 2 + static_cast<std::int64_t>(random() % 31), Wanted::loss), 0);
    ASSERT_LE(loss.enclosure().relative_width_exponent(), -kKnownBits);
    for (const xent_format id : {XENT_BINARY32, XENT_BINARY64})
      ASSERT_TRUE(loss.round(format(id), Rounding::nearest_even));
    refined += loss.precision_bits() > kFirstPrecision ? 1 : 0;
  }
  std::printf("%d of %d rows went beyond the first rung\n", refined, rows());
  EXPECT_LE(refined, kRate * rows());
}

TEST(Fallback, OfGradientsIsRarerThanOneInAMillion) {
  constexpr std::int64_t kClasses = 100000;
  std::mt19937_64 random(kSeed);
  std::int64_t open = 0;
  std::int64_t entries = 0;
  for (int row = 0; row < 12; ++row) {
    const Problem p = random_row(random, kClasses, Wanted::gradient);
    const PrecisionScope scope(kFirstPrecision);
    const auto first = find_loss(p.loss)->gradient(Row(p, 0), {1, 1})->first_enclosures();
    ASSERT_EQ(first.size(), static_cast<std::size_t>(kClasses));
    for (const FixedInterval& entry : first) {
      ++entries;
      open += entry.round(format(XENT_BINARY64), Rounding::nearest_even) ? 0 : 1;
    }
  }
  std::printf("%ld of %ld entries were left open by the first rung\n", static_cast<long>(open),
              static_cast<long>(entries));
  EXPECT_LE(static_cast<double>(open), kRate * static_cast<double>(entries));
}

}  // namespace
}  // namespace xent::reference
