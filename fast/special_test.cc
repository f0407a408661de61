// NaN, infinities and masked classes.
#include <cfenv>
#include <cmath>

#include "fast/testing.h"

namespace xent::fast {
namespace {

TEST(Fast, NaNAnywhereMakesTheRowNaN) {
  for (const int64_t classes : {1, 2, 17, 100, 700, 1100}) {
    auto x = random_logits(classes, 2, 3);
    for_each_target([&] {
      for (int64_t i = 0; i < classes; ++i) {
        const float kept = x[static_cast<size_t>(i)];
        for (const float nan : {kNaN, -kNaN}) {
          x[static_cast<size_t>(i)] = nan;
          ASSERT_TRUE(std::isnan(ask_row(x, 0))) << classes << " " << i;
          ASSERT_TRUE(std::isnan(ask_row(x, classes - 1))) << classes << " " << i;
        }
        x[static_cast<size_t>(i)] = kept;
      }
    });
  }
}

TEST(Fast, NaNAmongMaskedClassesIsNotMasked) {
  std::vector<float> x(1100, -kInf);
  x[1] = 0;
  for_each_target([&] {
    for (size_t i = 2; i < x.size(); ++i) {
      x[i] = kNaN;
      ASSERT_TRUE(std::isnan(ask_row(x, 1))) << i;
      ASSERT_TRUE(std::isnan(ask_row(x, 0))) << i;
      x[i] = -kInf;
    }
  });
}

TEST(Fast, InfiniteLogitMakesTheRowNaN) {
  for (const int64_t classes : {1, 2, 40, 1100}) {
    auto x = random_logits(classes, 2, 4);
    for_each_target([&] {
      for (int64_t i = 0; i < classes; ++i) {
        const float kept = x[static_cast<size_t>(i)];
        x[static_cast<size_t>(i)] = kInf;
        ASSERT_TRUE(std::isnan(ask_row(x, 0))) << classes << " " << i;
        ASSERT_TRUE(std::isnan(ask_row(x, classes - 1))) << classes << " " << i;
        x[static_cast<size_t>(i)] = kept;
      }
    });
  }
}

TEST(Fast, SingleClassHasLossZero) {
  for (const float x : {0.0f, -3e38f, 3e38f, 1e-40f, -7.5f}) {
    for_each_target([&] {
      EXPECT_EQ(ask_row({x}, 0), 0.0);
      EXPECT_FALSE(std::signbit(ask_row({x}, 0)));
    });
  }
}

TEST(Fast, LoneFiniteLogitHasLossZeroAndOthersInfinity) {
  for (const size_t classes : {2, 17, 600, 1100}) {
    for_each_target([&] {
      for (size_t i = 0; i < classes; i += 7) {
        std::vector<float> x(classes, -kInf);
        x[i] = -12.5f;
        EXPECT_EQ(ask_row(x, static_cast<int64_t>(i)), 0.0);
        EXPECT_EQ(ask_row(x, static_cast<int64_t>((i + 1) % classes)), static_cast<double>(kInf));
      }
    });
  }
}

// Processors take a hundred cycles for what underflows: a few such products would cost more than the row
// does.
TEST(Fast, NothingUnderflowsBesideMaskedClassesAndTargets) {
  for (const auto* implementation : {fast_implementation(), correct_implementation()}) {
    for (const int64_t classes : {3, 10, 40, 100, 700, 1100, 5000}) {
      auto x = random_logits(classes, 2, 5);
      for (size_t i = x.size() / 2; i < x.size(); i += 3) x[i] = -kInf;
      for (const bool with_gradient : {false, true}) {
        Question question(x, {classes / 3});
        float loss = 0;
        std::vector<float> gradient(x.size());
        question.result.loss = {&loss, XENT_BINARY32, 1, 0};
        if (with_gradient) question.result.grad = {gradient.data(), XENT_BINARY32, classes, 1};
        for_each_target([&] {
          std::feclearexcept(FE_ALL_EXCEPT);
          ASSERT_EQ(question.ask(implementation), XENT_OK);
          EXPECT_FALSE(std::fetestexcept(FE_UNDERFLOW))
              << implementation->name << " " << classes << " " << with_gradient;
        });
      }
    }
  }
}

TEST(Fast, AllMaskedIsNaN) {
  for (const size_t classes : {1, 2, 16, 1100}) {
    for_each_target([&] { EXPECT_TRUE(std::isnan(ask_row(std::vector<float>(classes, -kInf), 0))); });
  }
}

TEST(Fast, LogSumExpOfMaskedRowsIsMinusInfinity) {
  for (const size_t classes : {1, 2, 16, 1100}) {
    for_each_target([&] {
      Question question(std::vector<float>(classes, -kInf), {0});
      question.problem.loss = "log_sum_exp";
      ASSERT_EQ(question.ask(), XENT_OK);
      EXPECT_EQ(question.losses[0], -static_cast<double>(kInf));
    });
  }
}

TEST(Fast, MaskedBlocksContributeNothing) {
  // 1024 classes are two blocks or more on every target; each fill leaves the finite logits in other places.
  const auto finite = random_logits(40, 3, 6);
  for (const size_t first : {0, 1, 500, 511, 512, 513, 984, 1060}) {
    std::vector<float> x(1100, -kInf);
    std::copy(finite.begin(), finite.end(), x.begin() + static_cast<std::ptrdiff_t>(first));
    const Truth expected = truth(finite, 0);
    for_each_target([&] {
      const double loss = ask_row(x, static_cast<int64_t>(first));
      EXPECT_LE(std::fabs(static_cast<double>(loss - expected.loss)), expected.bound) << first;
    });
  }
}

TEST(Fast, MaskedClassesVanishAgainstConfidentLosses) {
  // The 1e5 masked classes outweigh the loss e^-80 if each of them leaves so much as e^-88.
  std::vector<float> x(100000, -kInf);
  x[0] = 80;
  x[70000] = 0;
  for_each_target([&] { expect_within_claim(x, 0); });
}

}  // namespace
}  // namespace xent::fast
