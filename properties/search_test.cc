#include "properties/search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fast/implementations.h"
#include "properties/judge.h"
#include "properties/laws.h"

namespace xent::properties {
namespace {

constexpr xent_claim kClaim = {"softmax_cross_entropy",
                               XENT_BIT(XENT_LOGITS),
                               XENT_BIT(XENT_BINARY32),
                               XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64),
                               XENT_BIT(XENT_BINARY32),
                               0,
                               XENT_BIT(XENT_NONE),
                               XENT_BIT(XENT_OPTION_HARD_TARGETS),
                               0,
                               "log1p",
                               XENT_SEQUENTIAL,
                               0,
                               0,
                               0};

// As good as can be, but where two of the logits differ by about 3.7: the nearer, the worse.
xent_status flawed(const xent_problem* problem, xent_result* result) {
  const xent_status status = fast::correct_implementation()->compute(problem, result);
  if (status != XENT_OK || problem->rows == 0 || problem->classes < 2) return status;
  const float* const x = static_cast<const float*>(problem->input.data);
  const float distance = std::abs(x[0] - x[1] - 3.7F);
  if (std::isfinite(distance))
    *static_cast<float*>(result->loss.data) *= 1 + 0x1p-16F * std::exp(-30 * distance);
  return status;
}

constexpr xent_implementation kFlawed = {XENT_ABI_VERSION, 1, "flawed", "1", &kClaim, {}, flawed};

Found search_for(const xent_implementation& implementation, int most) {
  int tried = 0;
  Random random{rc::Random(7)};
  return search(Subject(implementation), *find_law("accuracy"), implementation.claims[0], random,
                [&] { return tried++ < most; });
}

TEST(Search, FindsWhatManyRandomInputsMiss) {
  CheckOptions options;
  options.only_law = "accuracy";
  options.seed = 3;
  options.level = Level::smoke;
  EXPECT_TRUE(check(kFlawed, options).conforms());
  const Found found = search_for(kFlawed, 20000);
  ASSERT_TRUE(found.failing);
  EXPECT_EQ(found.outcome.kind, Outcome::Kind::fail);
  // What it found, it can show.
  EXPECT_EQ(replay(kFlawed, *find_law("accuracy"), *found.failing).kind, Outcome::Kind::fail);
}

TEST(Search, ClimbsHigherThanItStarts) {
  xent_claim tolerant = kClaim;
  tolerant.grade = "ulp:100000";
  xent_implementation implementation = kFlawed;
  implementation.claims = &tolerant;
  const auto worst = [&](int most) {
    return search_for(implementation, most).accuracy.at(0).seen.worst_ulps;
  };
  EXPECT_GT(worst(3000), 4 * worst(30));
}

TEST(Search, FindsNothingInSoundCode) {
  const Found found = search_for(*fast::correct_implementation(), 2000);
  EXPECT_FALSE(found.failing) << found.outcome.message;
  EXPECT_GT(found.tried, 1000);
  for (const TrialAccuracy& accuracy : found.accuracy) {
    EXPECT_EQ(accuracy.regime, Regime::adversarial);
    EXPECT_LE(accuracy.seen.worst_ulps, 0.5 * (1 + 0x1p-40));
  }
}

TEST(Search, JoinsTheReport) {
  CheckOptions options;
  options.only_law = "accuracy";
  options.level = Level::smoke;
  options.search_seconds = 0.5;
  const Report report = check(*fast::stable_implementation(), options);
  EXPECT_TRUE(report.conforms());
  for (const LossAccuracy& loss : report.accuracy) {
    EXPECT_EQ(loss.regimes.count(Regime::adversarial), 1U) << loss.loss;
  }
}

}  // namespace
}  // namespace xent::properties
