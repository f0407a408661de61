// The values of the fast implementation: within the claimed bound, whatever the shape of the row.
#include <cmath>

#include "fast/testing.h"

namespace xent::fast {
namespace {

TEST(Fast, IsWithinItsClaimForEveryNumberOfClasses) {
  for (int64_t classes = 1; classes <= 1100; ++classes) {
    const auto x = random_logits(classes, 3, static_cast<uint32_t>(classes));
    const int64_t target = (classes * 7) % classes;
    const Truth first = truth(x, target);
    const Truth last = truth(x, classes - 1);
    for_each_target([&] {
      EXPECT_LE(std::fabs(static_cast<double>(ask_row(x, target) - first.loss)), first.bound) << classes;
      EXPECT_LE(std::fabs(static_cast<double>(ask_row(x, classes - 1) - last.loss)), last.bound) << classes;
    });
  }
}

TEST(Fast, IsWithinItsClaimAroundPowersOfTwo) {
  for (int64_t power = 2048; power <= 1 << 17; power *= 2) {
    for (int64_t classes = power - 1; classes <= power + 1; ++classes) {
      const auto x = random_logits(classes, 2, static_cast<uint32_t>(classes));
      for_each_target([&] { expect_within_claim(x, classes / 3); });
    }
  }
}

TEST(Fast, EqualLogitsGiveTheLogarithmOfTheirNumber) {
  for (int64_t classes = 1; classes <= 1100; ++classes) {
    const std::vector<float> x(static_cast<size_t>(classes), 1.25f);
    for_each_target([&] { expect_within_claim(x, classes / 2); });
  }
}

TEST(Fast, FindsTheTargetInEveryPositionOfFirstAndLastBlocks) {
  for (const int64_t classes : {700, 1024, 1100}) {
    auto x = random_logits(classes, 1, 5);
    for_each_target([&] {
      for (int64_t target = 0; target < classes; ++target) {
        // The target decides the loss, one way or the other.
        const float kept = x[static_cast<size_t>(target)];
        x[static_cast<size_t>(target)] = target % 2 == 0 ? 30.0f : -30.0f;
        expect_within_claim(x, target);
        x[static_cast<size_t>(target)] = kept;
      }
    });
  }
}

TEST(Fast, NoticesEveryClass) {
  for (const int64_t classes : {3, 15, 17, 63, 65, 513, 700, 1030}) {
    for_each_target([&] {
      for (int64_t loudest = 1; loudest < classes; ++loudest) {
        std::vector<float> x(static_cast<size_t>(classes), 0.0f);
        x[static_cast<size_t>(loudest)] = 20;
        expect_within_claim(x, 0);
        // Second to a louder one: seen by the sum rather than by the maximum.
        x[classes > 700 ? 700 : 1] += 20.5f;
        expect_within_claim(x, 0);
      }
    });
  }
}

TEST(Fast, RescalesWhenTheMaximumRisesInEveryBlock) {
  for (const float step : {1e-4f, 0.01f, 0.1f, 3.0f}) {
    std::vector<float> x(20000);
    for (size_t i = 0; i < x.size(); ++i) x[i] = step * static_cast<float>(i);
    for_each_target([&] {
      expect_within_claim(x, 0);
      expect_within_claim(x, 19999);
    });
  }
}

// Rows are first summed relative to their first logit: what is too far above it has to be noticed wherever it
// stands, alone or together with others.
TEST(Fast, LogitsFarAboveTheFirstOnesCount) {
  for (const int64_t classes : {65, 128, 350, 777}) {
    for (const float first : {0.0f, 100.0f, -160.0f, 170.0f}) {
      auto x = random_logits(classes, 1, 5);
      for (float& logit : x) logit += first;
      for (const float rise :
           {60.0f, 84.0f, 86.0f, 87.5f, 88.0f, 89.0f, 120.0f, 250.0f, 400.0f, 1e6f, 3e38f}) {
        for_each_target([&] {
          for (int64_t at = 64; at < classes; at += 13) {
            auto risen = x;
            risen[static_cast<size_t>(at)] = first + rise;
            expect_within_claim(risen, 3);
            expect_within_claim(risen, at);
            std::fill(risen.begin() + at, risen.end(), first + rise);
            expect_within_claim(risen, 3);
            // A small loss shows every error of the sum.
            risen[3] = first + rise + 15;
            expect_within_claim(risen, 3);
          }
        });
      }
    }
  }
}

// The same far below: at the ends of what is told apart, at what systems mask by, and where the sum that the
// reduction rounds by comes near a power of two.
TEST(Fast, LogitsFarBelowTheFirstOneCountForNothing) {
  std::vector<float> lows = {-60,  -66,  -66.5f, -67,    -87,   -88,    -100,
                             -104, -120, -1e4f,  -65504, -1e9f, -3e38f, -kInf};
  for (float steps = 64; steps < 0x1p23f; steps *= 2) {
    for (const float less : {-0.5f, 0.0f, 0.5f}) lows.push_back((less - steps) * 0.6931472f);
  }
  for (const int64_t classes : {65, 300, 1000}) {
    for (const float first : {0.0f, 80.0f, -80.0f}) {
      auto x = random_logits(classes, 1, 5);
      for (float& logit : x) logit += first;
      for (const float low : lows) {
        for_each_target([&] {
          for (int64_t at = 31; at < classes; at += 31) {
            auto lowered = x;
            lowered[static_cast<size_t>(at)] = first + low;
            lowered[3] = first + 15;
            expect_within_claim(lowered, 3);
            if (low > -kInf) expect_within_claim(lowered, at);
            std::fill(lowered.begin() + at, lowered.end(), first + low);
            expect_within_claim(lowered, 0);
          }
        });
      }
    }
  }
}

// Where the largest power of two is passed: every half of a sixteenth of an octave, for some octaves around.
TEST(Fast, LogitsAtTheEndOfTheExponentsCount) {
  for (const float first : {0.0f, 0.83f, -77.5f, 150.0f}) {
    std::vector<float> x(65, first - 3);
    x[5] = first;
    for (float octaves = 120; octaves < 136; octaves += 1.0f / 32) {
      const float risen = first + octaves * 0.6931472f;
      for (const size_t at : {63, 64}) {
        x.back() = x[63] = first - 3;
        x[at] = risen;
        for_each_target([&] {
          expect_within_claim(x, 0);
          expect_within_claim(x, static_cast<int64_t>(at));
        });
      }
    }
  }
}

// Maxima half way between multiples of ln 2, and all floats around: what a sum is relative to is rounded one
// way or the other there, and the sum least.
TEST(Fast, MaximaBetweenTheStepsOfTheReductionAreLikeOthers) {
  constexpr int kAround = 40;
  for (const int64_t classes : {3, 65}) {
    std::vector<float> rows;
    for (int step = -369; step < 369; ++step) {
      float max = static_cast<float>((step + 0.5) * 0.6931471805599453);
      for (int i = 0; i < kAround; ++i) max = std::nextafter(max, -kInf);
      for (int i = 0; i < 2 * kAround; ++i, max = std::nextafter(max, kInf)) {
        rows.insert(rows.end(), static_cast<size_t>(classes), -kInf);
        rows[rows.size() - static_cast<size_t>(classes)] = max;
        rows.back() = max - 30;
      }
    }
    const int64_t count = static_cast<int64_t>(rows.size()) / classes;
    const std::vector<int64_t> targets(static_cast<size_t>(count), classes - 1);
    std::vector<double> losses(static_cast<size_t>(count));
    for_each_target([&] {
      softmax_cross_entropy({rows.data(), classes, classes}, targets.data(), count, {}, losses.data());
      for (int64_t r = 0; r < count; ++r) {
        const double max = rows[static_cast<size_t>(r * classes)];
        const double loss = max - static_cast<double>(rows[static_cast<size_t>((r + 1) * classes - 1)]);
        // The loss is that, and log1p(e^-loss), within its relative error (kernel.h).
        const double truth = loss + std::log1p(std::exp(-loss));
        ASSERT_NEAR(losses[static_cast<size_t>(r)], truth, truth * kLossError * kU)
            << max << " of " << classes;
      }
    });
  }
}

TEST(Fast, KeepsRelativeAccuracyWhenTheTargetWinsByFar) {
  for (const int64_t classes : {2, 5, 64, 128, 1000}) {
    for (int gap = 1; gap <= 400; ++gap) {
      auto x = random_logits(classes, 1, static_cast<uint32_t>(gap));
      x[1] = 4.0f + static_cast<float>(gap);
      const Truth expected = truth(x, 1);
      // In binary64, even a loss that binary32 cannot hold.
      for_each_target(
          [&] { EXPECT_LE(std::fabs(static_cast<double>(ask_row(x, 1) - expected.loss)), expected.bound); });
    }
  }
}

TEST(Fast, RoundsTinyLossesToSubnormalsAndZero) {
  for (const float gap : {88.0f, 95.0f, 103.0f, 104.0f, 200.0f}) {
    Question question({gap, 0.0f}, {0});
    float loss = -1;
    question.result.loss = {&loss, XENT_BINARY32, 1, 0};
    ASSERT_EQ(question.ask(), XENT_OK);
    EXPECT_EQ(loss, static_cast<float>(std::exp(-static_cast<double>(gap))));
    EXPECT_FALSE(std::signbit(loss));
  }
}

TEST(Fast, LosersLossIsTheGapWhenTheGapIsLarge) {
  for (const float gap : {18.0f, 40.5f, 1000.25f, 1e8f, 3e38f}) {
    for_each_target([&] { EXPECT_EQ(static_cast<float>(ask_row({gap, 0.0f}, 1)), gap); });
  }
}

TEST(Fast, IsAsGoodAfterShiftsThatAreExact) {
  const auto steps = random_logits(1000, 300, 1);
  for (const float shift : {0.0f, 200.0f, 256.5f, -3000.0f, 131072.0f}) {
    std::vector<float> x;
    for (const float step : steps) x.push_back(std::round(step) / 64 + shift);
    for_each_target([&] { expect_within_claim(x, 500); });
  }
}

TEST(Fast, IsWithinItsClaimFarFromZero) {
  for (const float offset : {1e8f, -1e8f, 3e38f, -3e38f, 1e-40f}) {
    std::vector<float> x(600, offset);
    for (size_t i = 0; i < x.size(); i += 3) x[i] = std::nextafter(offset, 0.0f);
    for_each_target([&] { expect_within_claim(x, 4); });
  }
  for_each_target([] { expect_within_claim({-3e38f, 3e38f, 0.0f, 3e38f}, 0); });
}

TEST(Fast, LogSumExpIsWithinItsClaim) {
  for (int64_t classes = 1; classes <= 1100; classes += 3) {
    const auto x = random_logits(classes, 4, static_cast<uint32_t>(classes));
    // lse(x) is the loss of a target at 0 less the 0 itself: append it, masked classes aside.
    auto with_zero = x;
    with_zero.push_back(-1e4f);
    const Truth expected = truth(with_zero, classes);
    for_each_target([&] {
      Question question(x, {0});
      question.problem.loss = "log_sum_exp";
      ASSERT_EQ(question.ask(), XENT_OK);
      // The factor of the bound is the same, but absolute where the loss (1e4) is not the result.
      const long double factor = expected.bound / expected.loss + 1e-18L;
      EXPECT_LE(std::fabs(question.losses[0] - (expected.loss - 1e4L)), factor);
    });
  }
}

}  // namespace
}  // namespace xent::fast
