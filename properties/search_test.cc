#include "properties/search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fast/implementations.h"
#include "properties/designs.h"
#include "properties/judge.h"
#include "properties/laws.h"
#include "properties/testing.h"

namespace xent::properties {
namespace {

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

constexpr xent_claim kClaim = [] {
  xent_claim claim = kPlainClaim;
  claim.grade = "log1p";
  return claim;
}();
constexpr xent_implementation kFlawed = {XENT_ABI_VERSION, 1, "flawed", "1", &kClaim, {}, flawed};

// Sanitizers slow these down, and see as much in few.
#ifdef __SANITIZE_ADDRESS__
constexpr int kTries = 10;
#else
constexpr int kTries = 300;
#endif

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

// What a sound engine is asked with, beyond what it has to bear.
int out_of_proportion = 0;

xent_status watched(const xent_problem* problem, xent_result* result) {
  for (const xent_tensor* tensor : {&problem->sample_weights, &problem->upstream}) {
    const auto* const factor = static_cast<const float*>(tensor->data);
    if (factor != nullptr && *factor != 0 && std::abs(std::log2(std::abs(*factor))) > 10) ++out_of_proportion;
  }
  return sound_implementation()->compute(problem, result);
}

TEST(Search, KeepsFactorsNearOne) {
  xent_claim weighted = sound_implementation()->claims[0];
  weighted.options = XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS) |
                     XENT_BIT(XENT_OPTION_UPSTREAM);
  xent_implementation implementation = *sound_implementation();
  implementation.claims = &weighted;
  implementation.compute = watched;
  search_for(implementation, 5 * kTries);
  EXPECT_EQ(out_of_proportion, 0);
}

// All losses and options: what is tried is what sound code has to bear.
TEST(Search, AccusesNoDesign) {
  for (const xent_implementation* sound : sound_implementations()) {
    for (std::uint32_t i = 0; i < sound->claim_count; ++i) {
      int tried = 0;
      Random random{rc::Random(11)};
      const Found found = search(Subject(*sound), *find_law("accuracy"), sound->claims[i], random,
                                 [&] { return tried++ < kTries; });
      EXPECT_FALSE(found.failing) << sound->name << ", " << sound->claims[i].loss << ": "
                                  << found.outcome.message;
    }
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
