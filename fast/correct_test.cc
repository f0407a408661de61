// The correctly rounded implementation against MPFR, on every SIMD target.
#include "fast/correct.h"

#include <bit>
#include <boost/multiprecision/mpfr.hpp>
#include <cmath>

#include "fast/nearest.h"
#include "fast/recompute.h"
#include "fast/testing.h"
#include "fast/wide_kernel.h"

namespace xent::fast {
namespace {

// 3300 bits: differences of floats are exact.
using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<1000>>;
// For rows that are no nearer to a midpoint than chance has it.
using Short = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<60>>;

// log1p(sum over i != t of e^(x_i - x_t)).
Short loss_of(const std::vector<float>& x, int64_t target) {
  Short sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (static_cast<int64_t>(i) == target || x[i] == -kInf) continue;
    sum += exp(Short(x[i]) - Short(x[static_cast<size_t>(target)]));
  }
  return log1p(sum);
}

float nearest_float(const Short& value) {
  return mpfr_get_flt(value.backend().data(), MPFR_RNDN);
}

Real exact_difference(float a, float b) {
  return Real(a) - Real(b);
}

// The float nearest to m - x_t + ln(sum e^(x_i - m) + e^(x_t - m)) for a loser: the logarithm may be e^-1e38,
// so it is added upwards, and never lost. Nothing else is rounded so near to a midpoint.
float nearest_to_losers_loss(const std::vector<float>& x, int64_t target) {
  const float max = *std::max_element(x.begin(), x.end());
  const auto winner = std::max_element(x.begin(), x.end()) - x.begin();
  Real rest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (static_cast<int64_t>(i) == winner) continue;
    Real term = exact_difference(x[i], max);
    mpfr_exp(term.backend().data(), term.backend().data(), MPFR_RNDU);
    rest += term;
  }
  mpfr_log1p(rest.backend().data(), rest.backend().data(), MPFR_RNDU);
  Real loss = exact_difference(max, x[static_cast<size_t>(target)]);
  mpfr_add(loss.backend().data(), loss.backend().data(), rest.backend().data(), MPFR_RNDU);
  return mpfr_get_flt(loss.backend().data(), MPFR_RNDN);
}

float correct_loss(const std::vector<float>& x, int64_t target) {
  Question question(x, {target});
  float loss = -1;
  question.result.loss = {&loss, XENT_BINARY32, 1, 0};
  EXPECT_EQ(question.ask(correct_implementation()), XENT_OK);
  return loss;
}

// Equal, the sign of zero included; any NaN for NaN.
void expect_same(float computed, float expected) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(computed));
  } else {
    EXPECT_EQ(std::bit_cast<uint32_t>(computed), std::bit_cast<uint32_t>(expected))
        << computed << " instead of " << expected;
  }
}

void expect_everywhere(const std::vector<float>& x, int64_t target, float expected) {
  for_each_target([&] { expect_same(correct_loss(x, target), expected); });
  const auto recomputed = recompute(x.data(), static_cast<int64_t>(x.size()), target);
  ASSERT_TRUE(recomputed.has_value());
  expect_same(*recomputed, expected);
}

TEST(Correct, EveryNumberOfClasses) {
  for (int64_t classes = 1; classes <= 1100; classes += classes < 140 ? 1 : 37) {
    const auto x = random_logits(classes, 3, static_cast<uint32_t>(classes));
    for (const int64_t target : {int64_t{0}, classes / 2, classes - 1})
      expect_everywhere(x, target, nearest_float(loss_of(x, target)));
  }
}

TEST(Correct, LongRows) {
  for (const int64_t classes : {8191, 32000, 128256}) {
    const auto x = random_logits(classes, 4, static_cast<uint32_t>(classes));
    expect_everywhere(x, 77, nearest_float(loss_of(x, 77)));
  }
}

TEST(Correct, ConfidentRowsDownToTheSmallestFloat) {
  for (const int64_t classes : {2, 5, 64, 128, 300}) {
    for (int gap = 1; gap <= 110; gap += classes == 300 ? 7 : 1) {
      auto x = random_logits(classes, 1, static_cast<uint32_t>(gap));
      x[1] = 4.0f + static_cast<float>(gap);
      expect_everywhere(x, 1, nearest_float(loss_of(x, 1)));
    }
  }
}

TEST(Correct, EqualLogits) {
  for (int64_t classes = 2; classes <= 1100; classes += 13) {
    const std::vector<float> x(static_cast<size_t>(classes), -1234.5f);
    expect_everywhere(x, 1, nearest_float(log(Short(classes))));
  }
}

TEST(Correct, RisingMaxima) {
  for (const float step : {1e-4f, 0.01f, 0.3f}) {
    std::vector<float> x(4000);
    for (size_t i = 0; i < x.size(); ++i) x[i] = step * static_cast<float>(i);
    expect_everywhere(x, 0, nearest_float(loss_of(x, 0)));
    expect_everywhere(x, 3999, nearest_float(loss_of(x, 3999)));
  }
}

TEST(Correct, SpecialRows) {
  const std::vector<float> masked(1100, -kInf);
  expect_everywhere({5.0f}, 0, 0.0f);
  expect_everywhere({-kInf}, 0, kNaN);
  expect_everywhere(masked, 3, kNaN);
  for (const size_t classes : {2, 17, 600, 1100}) {
    std::vector<float> x(classes, -kInf);
    x[1] = -12.5f;
    expect_everywhere(x, 1, 0.0f);
    expect_everywhere(x, 0, kInf);
    for (const float bad : {kNaN, -kNaN, kInf}) {
      for (const size_t place : {size_t{0}, size_t{1}, classes - 1}) {
        auto y = x;
        y[place] = bad;
        expect_everywhere(y, 0, kNaN);
        expect_everywhere(y, 1, kNaN);
      }
    }
  }
}

TEST(Correct, MaskedClassesLeaveNoTrace) {
  std::vector<float> x(3000, -kInf);
  x[0] = 100;
  x[2100] = 0;
  expect_everywhere(x, 0, nearest_float(loss_of(x, 0)));
}

// A float is decided if, and only if, it is nearest to all that the number may be.
TEST(Correct, DecidesWhatTheErrorAllows) {
  const double midpoint = 1 + 0x1p-24;
  for (const double sign : {1.0, -1.0}) {
    for (const double error : {0.0, 0x1p-48, 0x1p-40, 0x1p-30}) {
      const double apart = (error + 0x1p-50) * 1.01;
      EXPECT_EQ(rounded(sign * (midpoint - apart), error), static_cast<float>(sign));
      EXPECT_EQ(rounded(sign * (midpoint + apart), error), static_cast<float>(sign * (1 + 0x1p-23)));
      EXPECT_EQ(rounded(sign * (midpoint - error), error), std::nullopt);
      EXPECT_EQ(rounded(sign * (midpoint + error), error), std::nullopt);
    }
  }
}

// A gap that is the midpoint of two floats, or next to one, and what is added to it far too small to see.
TEST(Correct, GapsAroundMidpoints) {
  for (const float top : {0x1.000002p24f, 0x1.000004p24f, 0x1.8p30f, 0x1.fffffep40f}) {
    const float half_ulp = (std::nextafter(top, kInf) - top) / 2;
    for (const float offset : {0.0f, 0x1p-149f, -0x1p-149f, 0x1p-126f, -0x1p-60f, 1.0f}) {
      for (const float base : {half_ulp, -half_ulp}) {
        const float low = offset == 0 ? base : std::nextafter(base, offset > 0 ? kInf : -kInf);
        expect_everywhere({top, low}, 1, nearest_to_losers_loss({top, low}, 1));
        expect_everywhere({top, low, top - 1000}, 1, nearest_to_losers_loss({top, low, top - 1000}, 1));
        expect_everywhere({top, low, top}, 1, nearest_to_losers_loss({top, low, top}, 1));
      }
    }
  }
}

// top - low is a midpoint less a 2^-149; e^-d and a third class decide on which side the loss falls.
TEST(Correct, TinyTermsAgainstTinyGaps) {
  const float top = 64;  // ulp 2^-17: 64 + 2^-18 is a midpoint
  for (const float third : {64.0f - 60, 64.0f - 70, 64.0f - 90, 0.0f, -1000.0f}) {
    for (const float extra : {0.0f, 0x1p-149f, -0x1p-149f, 0x1p-100f, -0x1p-92f, -0x1p-93f, -0x1p-101f}) {
      for (const float low : {-0x1p-18f, -0x3p-18f}) {
        // A logit cannot hold low + extra, so the gap is made of the sign of extra alone.
        const float placed = extra == 0 ? low : std::nextafter(low, extra > 0 ? kInf : -kInf);
        const std::vector<float> x = {top, placed, third};
        expect_everywhere(x, 1, nearest_to_losers_loss(x, 1));
      }
    }
  }
}

// Found by search among 4e8 rows: 4e-9 ulp from a midpoint, on its other side if the gap, which is no double,
// is rounded.
TEST(Correct, ARowThatIsHardToRound) {
  const std::vector<float> x = {-0x1.88d50ap-42f, -0x1.ad97ecp+3f};
  expect_everywhere(x, 0, nearest_float(loss_of(x, 0)));
}

// What the enclosure of a loss does not decide is left open, whatever side its middle is on.
TEST(Correct, LeavesOpenWhatTheErrorLeavesOpen) {
  const double midpoint = 1 + 0x1p-24;
  for (const double base : {0.0, 0.5, 1.0, midpoint}) {
    const auto loss = [&](double distance, double error) {
      return nearest({{base, 0}, two_sum(midpoint - base, distance), error});
    };
    for (const double distance : {0x1p-60, 0x1p-80}) {
      if (base == midpoint) continue;
      EXPECT_EQ(loss(distance, distance / 2), 1 + 0x1p-23f);
      EXPECT_EQ(loss(-distance, distance / 2), 1.0f);
      EXPECT_EQ(loss(distance, distance * 2), std::nullopt);
      EXPECT_EQ(loss(-distance, distance * 2), std::nullopt);
    }
  }
  // t > 0 however small, and though its error is larger.
  EXPECT_EQ(nearest({{midpoint, 0}, {0, 0}, 0x1p-900}), 1 + 0x1p-23f);
  EXPECT_EQ(nearest({{midpoint, -0x1p-149}, {0, 0}, 0x1p-900}), 1.0f);
  EXPECT_EQ(nearest({{midpoint, -0x1p-149}, {0x1p-148, 0}, 0x1p-160}), 1 + 0x1p-23f);
}

TEST(Correct, OverflowBeginsAtItsMidpoint) {
  const float largest = std::numeric_limits<float>::max();
  const float half_ulp = 0x1p103f;
  for (const float low : {-half_ulp, std::nextafter(-half_ulp, 0.0f), std::nextafter(-half_ulp, -kInf), 0.0f,
                          largest, -largest}) {
    expect_everywhere({largest, low}, 1, nearest_to_losers_loss({largest, low}, 1));
    expect_everywhere({largest, low}, 0, low == largest ? nearest_float(log(Short(2))) : 0.0f);
  }
}

TEST(Correct, SmallestFloatsBeginAtTheirMidpoints) {
  // e^-d crosses 2^-150 near d = 103.97 and 2^-149 near 103.28.
  for (const float around : {103.97208f, 103.27893f, 102.87346f, 87.33655f}) {
    float d = around;
    for (int i = 0; i < 20; ++i) d = std::nextafter(d, 0.0f);
    for (int i = 0; i < 40; ++i, d = std::nextafter(d, kInf))
      expect_everywhere({d, 0.0f}, 0, nearest_float(loss_of({d, 0.0f}, 0)));
  }
}

// Rows of two classes that are undecided in binary64 do occur, and double-double decides them rightly.
TEST(Correct, RowsThatBinary64DoesNotDecide) {
  constexpr int64_t kRows = 1 << 16;
  const auto x = random_logits(2 * kRows, 3, 99);
  const std::vector<int64_t> targets(kRows, 0);
  for_each_target([&] {
    std::vector<double> losses(kRows);
    std::vector<double> errors(kRows);
    wide_softmax_cross_entropy({x.data(), 2, 2}, targets.data(), kRows, Effort::usual, losses.data(),
                               errors.data());
    int64_t undecided = 0;
    for (size_t r = 0; r < kRows; ++r) {
      // Errors 2^12 times as large leave one row in a few hundred undecided: a forced fallback.
      if (rounded(losses[r], errors[r] * 0x1p12)) continue;
      ++undecided;
      const std::vector<float> row = {x[2 * r], x[2 * r + 1]};
      const auto recomputed = recompute(row.data(), 2, 0);
      ASSERT_TRUE(recomputed.has_value());
      expect_same(*recomputed, nearest_float(loss_of(row, 0)));
    }
    EXPECT_GT(undecided, 20);
    EXPECT_LT(undecided, kRows / 20);
  });
}

TEST(Correct, Binary64LossesAreWithinTheirErrors) {
  const auto check = [](const std::vector<float>& x, int64_t target, const Short& expected) {
    for (const Effort effort : {Effort::usual, Effort::more}) {
      double loss = -1;
      double error = -1;
      wide_softmax_cross_entropy({x.data(), 0, static_cast<int64_t>(x.size())}, &target, 1, effort, &loss,
                                 &error);
      EXPECT_LE(error, effort == Effort::usual ? 0x1p-37 : 0x1p-40);
      EXPECT_LE(abs(Short(loss) - expected), Short(error) * expected) << x.size() << " " << x[1];
    }
  };
  for (int64_t classes = 2; classes <= 3000; classes = classes * 5 / 4 + 1) {
    for (const float deviation : {0.01f, 1.0f, 30.0f}) {
      for (const float offset : {0.0f, 3000.0f, -500.0f}) {
        auto x = random_logits(classes, deviation, static_cast<uint32_t>(classes));
        for (float& logit : x) logit += offset;
        for (const float target_logit : {x[1], offset - 200.0f, offset + 100.0f, offset + 600.0f}) {
          x[1] = target_logit;
          const Short expected = loss_of(x, 1);
          for_each_target([&] { check(x, 1, expected); });
        }
      }
    }
  }
}

// What the usual effort knows nothing of.
TEST(Correct, FarFromZero) {
  for (const float offset : {40000.0f, -1e5f, 1e8f, -1e8f, 3e38f, -3e38f}) {
    std::vector<float> x(600, offset);
    for (size_t i = 0; i < x.size(); i += 3) x[i] = std::nextafter(offset, 0.0f);
    const int64_t loser = x[3] < x[4] ? 3 : 4;
    const int64_t winner = 7 - loser;
    expect_everywhere(x, loser, nearest_to_losers_loss(x, loser));
    expect_everywhere(x, winner, nearest_float(loss_of(x, winner)));
  }
}

TEST(Correct, SameBitsForAnyNumberOfThreadsAndClassOrder) {
  constexpr int64_t kRows = 700;
  constexpr int64_t kClasses = 1000;
  const auto x = random_logits(kRows * kClasses, 3, 7);
  std::vector<int64_t> targets;
  for (int64_t r = 0; r < kRows; ++r) targets.push_back((r * 31) % kClasses);
  std::vector<float> expected;
  for (int64_t r = 0; r < kRows; ++r) {
    const auto recomputed = recompute(x.data() + r * kClasses, kClasses, targets[static_cast<size_t>(r)]);
    ASSERT_TRUE(recomputed.has_value());
    expected.push_back(*recomputed);
  }
  auto mirrored = x;
  auto mirrored_targets = targets;
  for (int64_t r = 0; r < kRows; ++r) {
    std::reverse(mirrored.begin() + r * kClasses, mirrored.begin() + (r + 1) * kClasses);
    mirrored_targets[static_cast<size_t>(r)] = kClasses - 1 - targets[static_cast<size_t>(r)];
  }
  for_each_target([&] {
    for (const int threads : {1, 2, 5}) {
      for (const bool mirror : {false, true}) {
        Question question(mirror ? mirrored : x, mirror ? mirrored_targets : targets);
        std::vector<float> losses(kRows);
        question.problem.threads = threads;
        question.result.loss = {losses.data(), XENT_BINARY32, 1, 0};
        ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
        EXPECT_EQ(losses, expected);
      }
    }
  });
}

TEST(Correct, IgnoredRowsAreZeroAndBadTargetsAnError) {
  Question question({1, 2, kNaN, kNaN, 3, 4}, {0, -100, 1});
  std::vector<float> losses(3, -1);
  question.result.loss = {losses.data(), XENT_BINARY32, 1, 0};
  EXPECT_EQ(question.ask(correct_implementation()), XENT_TARGET_OUT_OF_RANGE);
  question.problem.has_ignore_index = 1;
  question.problem.ignore_index = -100;
  ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
  EXPECT_EQ(losses[1], 0.0f);
}

// At most one row in ten thousand is recomputed, and that is rarely so: what errors cover of the distance
// between midpoints is the chance that one lies there.
TEST(Correct, LeavesOneRowInTenThousandOpenOrFewer) {
  for (const int64_t classes : {10, 1000, 32000}) {
    const int64_t rows = 640000 / classes;
    const auto logits = random_logits(rows * classes, 3, 7);
    std::vector<int64_t> targets(static_cast<size_t>(rows));
    for (size_t r = 0; r < targets.size(); ++r) targets[r] = static_cast<int64_t>(r) % classes;
    std::vector<double> losses(targets.size());
    std::vector<double> errors(targets.size());
    for_each_target([&] {
      wide_softmax_cross_entropy({logits.data(), classes, classes}, targets.data(), rows, Effort::usual,
                                 losses.data(), errors.data());
      double chance = 0;
      for (size_t r = 0; r < losses.size(); ++r) {
        const double ulp = std::ldexp(1.0, std::ilogb(losses[r]) - 23);
        chance += 2 * errors[r] * losses[r] / ulp / static_cast<double>(rows);
      }
      EXPECT_LE(chance, 1e-4) << classes;
    });
  }
}

}  // namespace
}  // namespace xent::fast
