#include "properties/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "fast/implementations.h"
#include "properties/designs.h"
#include "properties/judge.h"
#include "properties/laws.h"
#include "properties/testing.h"

namespace xent::properties {
namespace {

// As good as can be, but for a relative error that depends on how far two of the logits are from differing by
// 3.7.
template <float (*kError)(float distance)>
xent_status off_by(const xent_problem* problem, xent_result* result) {
  const xent_status status = fast::correct_implementation()->compute(problem, result);
  if (status != XENT_OK || problem->rows == 0 || problem->classes < 2) return status;
  const float* const x = static_cast<const float*>(problem->input.data);
  const float distance = std::abs(x[0] - x[1] - 3.7F);
  if (std::isfinite(distance)) *static_cast<float*>(result->loss.data) *= 1 + kError(distance);
  return status;
}

// The nearer, the worse.
float near_error(float distance) {
  return 0x1p-16F * std::exp(-30 * distance);
}
// Beyond the bound only within a thousandth, but seen to grow from afar.
float narrow_error(float distance) {
  return 0x1p-22F / (distance + 0x1p-20F);
}

constexpr xent_claim kClaim = [] {
  xent_claim claim = kPlainClaim;
  claim.grade = "log1p";
  return claim;
}();
constexpr xent_implementation kFlawed = {XENT_ABI_VERSION, 1, "flawed", "1", &kClaim, {}, off_by<near_error>};

constexpr xent_claim kTolerant = [] {
  xent_claim claim = kPlainClaim;
  claim.grade = "ulp:5000";
  return claim;
}();
constexpr xent_implementation kNarrow = {XENT_ABI_VERSION,    1, "narrow", "1", &kTolerant, {},
                                         off_by<narrow_error>};

const Law& accuracy() {
  return *find_law("accuracy");
}

// Sanitizers slow these down, and see as much in few.
#ifdef XENT_SANITIZED
constexpr int kTries = 10;
#else
constexpr int kTries = 300;
#endif

// What a search of so many inputs finds for the claim.
Found search_for(const xent_implementation& implementation, const Quarry& quarry, int most,
                 std::uint64_t seed = 7) {
  int tried = 0;
  const auto spent = [&] { return static_cast<double>(tried++) / most; };
  return search(Subject(implementation), accuracy(), {quarry}, seed, {spent, [] { return false; }}).at(0);
}
Found search_for(const xent_implementation& implementation, int most) {
  return search_for(implementation, {&implementation.claims[0], "any", {}}, most);
}

// Random inputs about the first claim, as searches start from.
std::vector<Start> random_inputs(const xent_implementation& implementation, int count) {
  std::vector<Start> inputs;
  Random random{rc::Random(5)};
  for (int i = 0; i < count; ++i) {
    Trial trial = accuracy().generate(random, implementation.claims[0], i, count);
    trial.problem.conventions = implementation.conventions;
    TrialMeter meter(implementation);
    accuracy().judge(Subject(implementation), trial, meter.recorder());
    for (const TrialAccuracy& measured : meter.take())
      inputs.push_back({std::move(trial), measured.seen.worst_ulps, measured.seen.worst_ratio});
  }
  return inputs;
}

const Start& worst_of(const std::vector<Start>& inputs) {
  return *std::max_element(inputs.begin(), inputs.end(),
                           [](const Start& a, const Start& b) { return a.ulps < b.ulps; });
}

TEST(Search, FindsANarrowPeakThatAsManyRandomInputsMiss) {
  constexpr int kMost = 6000;
  const std::vector<Start> random = random_inputs(kNarrow, kMost);
  ASSERT_LT(worst_of(random).ratio, 1);
  const std::vector<Start> smoke = {worst_of({random.begin(), random.begin() + 150})};
  const Found found = search_for(kNarrow, {&kNarrow.claims[0], "any", smoke}, kMost);
  ASSERT_TRUE(found.failing);
  EXPECT_EQ(found.outcome.kind, Outcome::Kind::fail);
  // What it found, it can show.
  EXPECT_EQ(replay(kNarrow, accuracy(), *found.failing).kind, Outcome::Kind::fail);
}

TEST(Search, ClimbsHigherThanItStarts) {
  xent_claim tolerant = kClaim;
  tolerant.grade = "ulp:100000";
  xent_implementation implementation = kFlawed;
  implementation.claims = &tolerant;
  // By luck a search ends on another hill; three hardly do.
  const auto worst = [&](int most) {
    double ulps = 0;
    for (const std::uint64_t seed : {7, 8, 9}) {
      const Found found = search_for(implementation, {&implementation.claims[0], "any", {}}, most, seed);
      ulps = std::max(ulps, found.accuracy.at(0).seen.worst_ulps);
    }
    return ulps;
  };
  EXPECT_GT(worst(3000), 4 * worst(30));
}

// Also where there is no time for anything else.
TEST(Search, FindsNoLessThanItsWorstStart) {
  const std::vector<Start> starts = random_inputs(kFlawed, 30);
  for (const int most : {1, 500}) {
    const Found found = search_for(kFlawed, {&kFlawed.claims[0], "any", starts}, most);
    EXPECT_GE(found.accuracy.at(0).seen.worst_ulps, worst_of(starts).ulps) << most;
    for (const Start& start : starts) EXPECT_GE(found.accuracy.at(0).seen.worst_ratio, start.ratio) << most;
  }
}

// What the clock of the next test says.
int passed = 0;

TEST(Search, VisitsEachTwiceHoweverSlowOneIs) {
  xent_claim claims[] = {kClaim, kClaim, kClaim};
  claims[1].loss = "log_sum_exp";
  claims[1].options = 0;
  claims[2].target_formats = 0;
  claims[2].loss = "log_softmax";
  claims[2].options = 0;
  xent_implementation implementation = *fast::stable_implementation();
  implementation.claims = claims;
  implementation.claim_count = 3;
  implementation.compute = [](const xent_problem* problem, xent_result* result) {
    passed += std::string_view(problem->loss) == "log_sum_exp" ? 400 : 1;
    return fast::stable_implementation()->compute(problem, result);
  };
  passed = 0;
  std::vector<Quarry> quarries;
  for (const xent_claim& claim : claims) quarries.push_back({&claim, claim.loss, {}});
  const auto spent = [] { return passed / 12000.0; };
  const auto found = search(Subject(implementation), accuracy(), quarries, 1, {spent, [] { return false; }});
  for (const Found& each : found) EXPECT_GE(each.climbs, 2);
  EXPECT_LT(found[1].tried, 30);
  EXPECT_GT(found[0].tried, 500);
  EXPECT_GT(found[2].tried, 500);
}

TEST(Search, IsAFunctionOfItsSeed) {
  const auto worst = [](std::uint64_t seed) {
    const Quarry quarry = {&kFlawed.claims[0], "any", {}};
    return search_for(kFlawed, quarry, 300, seed).accuracy.at(0).seen.worst_ulps;
  };
  EXPECT_EQ(worst(1), worst(1));
  EXPECT_NE(worst(1), worst(2));
}

bool is_ended = false;

// What ends the search may have ended the implementation first.
TEST(Search, KeepsNothingOfAnInputThatWasInterrupted) {
  xent_implementation ended = kFlawed;
  ended.compute = [](const xent_problem*, xent_result*) -> xent_status {
    is_ended = true;
    return XENT_FAILED;
  };
  is_ended = false;
  const auto found = search(Subject(ended), accuracy(), {{&kFlawed.claims[0], "any", {}}}, 1,
                            {[] { return 0; }, [] { return is_ended; }});
  EXPECT_FALSE(found.at(0).failing);
  EXPECT_EQ(found.at(0).tried, 0);
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
      const Quarry quarry = {&sound->claims[i], sound->claims[i].loss, {}};
      const Found found = search_for(*sound, quarry, kTries, 11);
      EXPECT_FALSE(found.failing) << sound->name << ", " << sound->claims[i].loss << ": "
                                  << found.outcome.message;
    }
  }
}

// Of every name, in ulps and in the ratio, by however many processes.
TEST(Search, JoinsTheReportAndFindsNoLessThanTheRandomInputs) {
  CheckOptions options;
  options.only_law = "accuracy";
  options.level = Level::smoke;
  options.most_trials = 60;
  options.search_seconds = 0.5;
  for (const int jobs : {1, 2}) {
    options.jobs = jobs;
    const Report report = check(*fast::stable_implementation(), options);
    EXPECT_TRUE(report.conforms());
    for (const LossAccuracy& loss : report.accuracy) {
      ASSERT_EQ(loss.regimes.count(Regime::adversarial), 1U) << loss.loss;
      const RegimeAccuracy& found = loss.regimes.at(Regime::adversarial);
      for (const auto& [regime, seen] : loss.regimes) {
        EXPECT_GE(found.worst_ulps, seen.worst_ulps) << loss.loss << " " << name(regime);
        EXPECT_GE(found.worst_ratio, seen.worst_ratio) << loss.loss << " " << name(regime);
      }
    }
  }
}

}  // namespace
}  // namespace xent::properties
