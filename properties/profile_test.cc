#include "properties/profile.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fast/implementations.h"
#include "properties/judge.h"
#include "properties/replay.h"
#include "properties/version.h"

namespace xent::properties {
namespace {

Report short_run(const std::string& law = "") {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  options.most_trials = 6;
  return check(*fast::stable_implementation(), options);
}

TEST(Binade, IsThePowerOfTwoBelow) {
  EXPECT_EQ(binade(0), kLeastBinade - 1);
  EXPECT_EQ(binade(std::nextafter(std::ldexp(1.0, kLeastBinade), 0)), kLeastBinade - 1);
  EXPECT_EQ(binade(std::ldexp(1.0, kLeastBinade)), kLeastBinade);
  EXPECT_EQ(binade(0.5), -1);
  EXPECT_EQ(binade(std::nextafter(1.0, 0)), -1);
  EXPECT_EQ(binade(7), 2);
  EXPECT_EQ(binade(HUGE_VAL), kMostBinade);
}

TEST(Profile, ReadsBackWhatWasWritten) {
  const Report report = short_run();
  const auto profile = read_profile(profile_text(report));
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->xent, version());
  EXPECT_EQ(profile->implementation, report.implementation);
  EXPECT_EQ(profile->seed, report.seed);
  EXPECT_TRUE(profile->finished);
  ASSERT_EQ(profile->laws.size(), report.laws.size());
  ASSERT_EQ(profile->losses.size(), report.accuracy.size());
  for (std::size_t i = 0; i < report.accuracy.size(); ++i) {
    const LossAccuracy& measured = report.accuracy[i];
    const ProfiledLoss& read = profile->losses[i];
    EXPECT_EQ(read.claimed, measured.claimed_grade);
    EXPECT_EQ(read.constants, measured.constants);
    EXPECT_TRUE(read.constants);
    ASSERT_EQ(read.regimes.size(), measured.regimes.size());
    for (const auto& [regime, seen] : measured.regimes) {
      const ProfiledRegime& same = read.regimes.at(name(regime));
      EXPECT_EQ(same.outputs, seen.outputs);
      EXPECT_EQ(same.worst_ulps, seen.worst_ulps);
      EXPECT_EQ(same.worst_ratio, seen.worst_ratio);
      EXPECT_EQ(same.binades, seen.binades);
      EXPECT_EQ(same.worst_case, case_line(seen.worst, "worst"));
    }
  }
}

TEST(Profile, CountsEveryOutputOnce) {
  for (const LossAccuracy& loss : short_run("accuracy").accuracy) {
    for (const auto& [regime, seen] : loss.regimes) {
      std::int64_t outputs = 0;
      for (const auto& [binade, count] : seen.binades) outputs += count;
      EXPECT_EQ(outputs, seen.outputs) << loss.loss << " " << name(regime);
      EXPECT_EQ(seen.binades.rbegin()->first, binade(seen.worst_ulps));
    }
  }
}

TEST(Profile, KeepsErrorsThatJsonHasNoNumberFor) {
  Report report = short_run("accuracy");
  report.accuracy.front().regimes.begin()->second.worst_ulps = HUGE_VAL;
  const auto profile = read_profile(profile_text(report));
  ASSERT_TRUE(profile) << profile.error().message;
  const std::string regime = name(report.accuracy.front().regimes.begin()->first);
  EXPECT_EQ(profile->losses.front().regimes.at(regime).worst_ulps, HUGE_VAL);
}

TEST(Profile, NamesWhatIsWrongWithAFile) {
  const std::string good = profile_text(short_run("accuracy"));
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    const auto profile = read_profile(bad);
    return profile ? "accepted: " + to : profile.error().message;
  };
  EXPECT_EQ(error(R"("xent_profile": 1)", R"("xent_profile": 2)"),
            "xent_profile: 2 is not accepted; accepted: an integer from 1 to 1");
  EXPECT_EQ(error(R"("seed": 1)", R"("seed": -1)"), "seed: -1 is not accepted; accepted: an integer >= 0");
  EXPECT_NE(error(R"("outputs": )", R"("outputs": 1)").find("as many as outputs"), std::string::npos);
  EXPECT_NE(error(R"("worst_ulp": )", R"("worst_ulp": null, "x": )").find("worst_ulp: null"),
            std::string::npos);
  EXPECT_EQ(error(R"("level": "smoke")", R"("level": "quick")"),
            "level: 'quick' is not accepted; accepted: smoke or standard");
  EXPECT_EQ(error(R"("verdict": "pass")", R"("verdict": "banana")"),
            "laws[0].verdict: 'banana' is not accepted; accepted: pass, FAIL, skip, UNDECIDED");
  EXPECT_EQ(error(R"("verdict": "pass")", R"("verdict": "cut short")").substr(0, 16), "laws[0].verdict:");
  for (const std::string value : {"-5.0", "\"nan\"", "\"-inf\""}) {
    for (const std::string key : {"worst_ulp", "worst_ratio"}) {
      const std::string message = error('"' + key + "\": ", '"' + key + "\": " + value + ", \"x\": ");
      EXPECT_TRUE(
          message.ends_with(key + ": " + value + " is not accepted; accepted: a number >= 0, or \"inf\""))
          << message;
    }
  }
  EXPECT_NE(error(R"("claimed": "shifted")", R"("claimed": "good")").find("'good'"), std::string::npos);
  EXPECT_NE(error(R"("rows": 1)", R"("rows": 0)").find("case"), std::string::npos);
  EXPECT_NE(error(R"("laws")", R"("lows")").find("laws"), std::string::npos);
  EXPECT_FALSE(read_profile(good.substr(0, good.size() / 2)));
  EXPECT_FALSE(read_profile("{}"));
  EXPECT_FALSE(read_profile(""));
}

TEST(Profile, OfAFinishedRunHasLaws) {
  Report report = short_run("accuracy");
  report.laws.clear();
  EXPECT_EQ(read_profile(profile_text(report)).error().message,
            "laws: none is not accepted; accepted: those of a run, or \"finished\":false");
  report.finished = false;
  EXPECT_TRUE(read_profile(profile_text(report)));
}

}  // namespace
}  // namespace xent::properties
