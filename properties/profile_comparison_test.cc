#include "properties/profile_comparison.h"

#include <gtest/gtest.h>

#include <cmath>

namespace xent::properties {
namespace {

constexpr const char* kCase =
    R"({"id":"worst","loss":"nll","rows":1,"classes":1,"input":{"space":"probabilities","numbers":["1"]}})";

Profile profile() {
  Profile p;
  p.implementation = "fast";
  p.xent = "1.0.0";
  p.level = Level::smoke;
  p.seed = 1;
  p.laws = {{"mask", "pass", 60, 0}, {"small_loss", "skip", 4, 35}, {"gibbs", "FAIL", 3, 1}};
  ProfiledRegime regime;
  regime.outputs = 100;
  regime.worst_ulps = 1.5;
  regime.worst_ratio = 0.25;
  regime.binades = {{-11, 40}, {-2, 50}, {-1, 8}, {0, 2}};
  regime.worst_case = kCase;
  p.losses = {{"nll", "shifted", std::nullopt, "shifted", {{"ordinary", regime}, {"sparse", regime}}}};
  return p;
}

ProfiledRegime& ordinary(Profile& p) {
  return p.losses[0].regimes["ordinary"];
}

// "+ where: what" for better, "- " for worse, "  " for other; one line each.
std::string changes(const Profile& before, const Profile& after, const Tolerance& tolerance = {}) {
  const auto compared = compare(before, after, tolerance);
  if (!compared) return compared.error().message;
  std::string text;
  for (const Change& change : compared->changes) {
    text += change.kind == Change::Kind::worse ? "- " : change.kind == Change::Kind::better ? "+ " : "  ";
    text += change.where + ": " + change.what + "\n";
  }
  return text;
}

TEST(Compare, FindsNothingWhereNothingChanged) {
  EXPECT_EQ(changes(profile(), profile()), "");
  EXPECT_EQ(compare(profile(), profile(), {})->unchanged, 5);
}

TEST(Compare, TakesAnyGrowthForWorseUnlessToldOtherwise) {
  Profile after = profile();
  ordinary(after).worst_ulps = std::nextafter(1.5, 2);
  EXPECT_EQ(changes(profile(), after), "- nll, ordinary: worst ulp 1.5 -> 1.5\n");
  EXPECT_EQ(changes(after, profile()), "+ nll, ordinary: worst ulp 1.5 -> 1.5\n");
  Tolerance tolerance;
  tolerance.ulp_factor = 2;
  EXPECT_EQ(changes(profile(), after, tolerance), "");
  ordinary(after).worst_ulps = 3.5;
  ordinary(after).worst_ratio = 0.5;
  EXPECT_EQ(changes(profile(), after, tolerance),
            "- nll, ordinary: worst ulp 1.5 -> 3.5\n- nll, ordinary: error/bound 0.25 -> 0.5\n");
  tolerance.bound_factor = 2;
  EXPECT_EQ(changes(profile(), after, tolerance), "- nll, ordinary: worst ulp 1.5 -> 3.5\n");
}

TEST(Compare, SeesMoreOutputsOffUnderTheSameWorst) {
  Profile after = profile();
  ordinary(after).binades = {{-11, 35}, {-2, 50}, {-1, 8}, {0, 7}};
  EXPECT_EQ(changes(profile(), after),
            "- nll, ordinary: 0.5 ulp or more off: 10 of 100 outputs -> 15 of 100\n");
  EXPECT_EQ(changes(after, profile()),
            "+ nll, ordinary: 0.5 ulp or more off: 15 of 100 outputs -> 10 of 100\n");
  Tolerance tolerance;
  tolerance.share_points = 5;
  EXPECT_EQ(changes(profile(), after, tolerance), "");
}

TEST(Compare, LeavesErrorsBelowHalfAnUlpToTheInput) {
  Profile after = profile();
  ordinary(after).binades = {{-11, 1}, {-2, 89}, {-1, 8}, {0, 2}};
  EXPECT_EQ(changes(profile(), after), "");
}

TEST(Compare, RanksVerdictsOfLaws) {
  Profile after = profile();
  after.laws = {{"mask", "FAIL", 2, 1}, {"small_loss", "skip", 3, 36}, {"gibbs", "skip", 0, 0}};
  EXPECT_EQ(changes(profile(), after),
            "- law mask: pass -> FAIL\n"
            "- law small_loss: kept by 4 of 39 inputs -> 3 of 39\n"
            "  law gibbs: FAIL -> skip\n");
  EXPECT_EQ(changes(after, profile()),
            "+ law mask: FAIL -> pass\n"
            "+ law small_loss: kept by 3 of 39 inputs -> 4 of 39\n"
            "- law gibbs: skip -> FAIL\n");
  after.laws = {{"mask", "skip", 0, 0}, {"small_loss", "pass", 39, 0}, {"gibbs", "UNDECIDED", 3, 0}};
  EXPECT_EQ(changes(profile(), after),
            "- law mask: pass -> skip\n"
            "+ law small_loss: skip -> pass\n"
            "+ law gibbs: FAIL -> UNDECIDED\n");
}

TEST(Compare, LooksBehindAFailureThatStaysOne) {
  Profile after = profile();
  after.laws[2] = {"gibbs", "FAIL", 3, 7};
  EXPECT_EQ(changes(profile(), after), "- law gibbs: FAIL: 3 passed, 1 failed -> 3 passed, 7 failed\n");
  EXPECT_EQ(changes(after, profile()), "+ law gibbs: FAIL: 3 passed, 7 failed -> 3 passed, 1 failed\n");
  after.laws[2] = {"gibbs", "FAIL", 0, 1};
  EXPECT_EQ(changes(profile(), after), "- law gibbs: FAIL: 3 passed, 1 failed -> 0 passed, 1 failed\n");
  EXPECT_EQ(changes(after, profile()), "+ law gibbs: FAIL: 0 passed, 1 failed -> 3 passed, 1 failed\n");
}

TEST(Compare, CallsAWeakerClaimWorseAndDoesNotCreditItsBound) {
  Profile after = profile();
  after.losses[0].claimed = "lse";
  ordinary(after).worst_ratio = 0.01;
  EXPECT_EQ(changes(profile(), after), "- nll: claim shifted -> lse\n");
  EXPECT_EQ(changes(after, profile()), "+ nll: claim lse -> shifted\n");
  Profile fewer = profile();
  after = profile();
  fewer.losses[0].claimed = "ulp:2";
  after.losses[0].claimed = "ulp:4";
  EXPECT_EQ(changes(fewer, after), "- nll: claim ulp:2 -> ulp:4\n");
}

TEST(Compare, CallsLargerConstantsOfAClaimWorse) {
  Profile before = profile();
  Profile after = profile();
  before.losses[0].constants = {2, 2, XENT_PAIRWISE, XENT_BINARY32};
  EXPECT_EQ(changes(before, after), "");  // of an older profile
  after.losses[0].constants = {8, 2, XENT_PAIRWISE, XENT_BINARY32};
  ordinary(after).worst_ratio = 0.01;
  EXPECT_EQ(changes(before, after),
            "- nll: claim shifted (exp 2u, log 2u, pairwise sums, u of binary32) -> shifted (exp 8u, log 2u, "
            "pairwise sums, u of binary32)\n");
  EXPECT_TRUE(changes(after, before).starts_with("+ nll: claim shifted (exp 8u")) << changes(after, before);
  before.losses[0].constants = {8, 2, XENT_PAIRWISE, XENT_BINARY64};
  EXPECT_TRUE(changes(before, after).starts_with("- nll: claim")) << changes(before, after);
}

TEST(Compare, MissesWhatIsNoLongerMeasured) {
  Profile after = profile();
  after.laws.erase(after.laws.begin());
  after.losses[0].regimes.erase("sparse");
  ordinary(after).outputs = 200;
  ordinary(after).binades = {{-11, 80}, {-2, 100}, {-1, 16}, {0, 4}};
  EXPECT_EQ(changes(profile(), after),
            "- law mask: pass -> not put\n"
            "  nll, ordinary: outputs 100 -> 200\n"
            "- nll, sparse: no longer measured\n");
  EXPECT_EQ(changes(after, profile()),
            "  law mask: new: pass\n"
            "  nll, ordinary: outputs 200 -> 100\n"
            "  nll, sparse: new: worst ulp 1.5\n");
}

TEST(Compare, ShowsTheInputWhereAnErrorGrew) {
  Profile after = profile();
  ordinary(after).worst_ulps = 3;
  const auto compared = compare(profile(), after, {});
  EXPECT_EQ(compared->changes.at(0).replay,
            "xent check fast --law accuracy --case '" + std::string(kCase).replace(7, 5, "accuracy") + "'");
}

TEST(Compare, RefusesOtherInputsAndPartsOfRuns) {
  Profile after = profile();
  after.seed = 2;
  EXPECT_EQ(
      changes(profile(), after),
      "seed: 2 beside 1 is not accepted; accepted: profiles of one seed: the inputs are a function of it");
  after = profile();
  after.level = Level::standard;
  EXPECT_EQ(changes(profile(), after),
            "level: standard beside smoke is not accepted; accepted: profiles of one level");
  after = profile();
  after.xent = "1.1.0";
  EXPECT_EQ(
      changes(profile(), after),
      "xent: '1.1.0' beside '1.0.0' is not accepted; accepted: profiles of one version, whose inputs are "
      "the same");
  after = profile();
  after.finished = false;
  EXPECT_NE(changes(profile(), after).find("finished"), std::string::npos);
}

}  // namespace
}  // namespace xent::properties
