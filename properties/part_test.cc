#include "properties/part.h"

#include <gtest/gtest.h>

#include "fast/implementations.h"
#include "properties/judge.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

Evidence naive_part(const std::string& law) {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  options.most_trials = 12;
  options.shard = {2, 2};
  return gather(Subject(*fast::naive_implementation()), options);
}

std::string error(const std::string& text) {
  const auto part = read_part(text);
  return part ? "accepted" : part.error().message;
}

TEST(Part, RefusesFilesThatWereCutOrEdited) {
  const std::string good = part_text(naive_part("accuracy"));
  EXPECT_EQ(error(good), "accepted");
  EXPECT_NE(error("").find("digest"), std::string::npos);
  EXPECT_NE(error(good.substr(0, good.find("\n{\"digest") + 1)).find("digest"), std::string::npos);
  EXPECT_NE(error(good + good).find("digest"), std::string::npos);
  std::string edited = good;
  edited.replace(edited.find("\"seed\":1"), 8, "\"seed\":2");
  EXPECT_EQ(error(edited).substr(0, 15), "line 3: digest:");
}

TEST(Part, NamesTheLineAndTheKey) {
  const std::string good = part_text(naive_part("accuracy"));
  const auto error_with = [&good](const std::string& from, const std::string& to) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    return error(bad);
  };
  EXPECT_EQ(error_with(R"("part":2)", R"("part":3)"),
            "line 1: part: 3 is not accepted; accepted: an integer from 1 to 2");
  EXPECT_EQ(error_with(R"("law":"accuracy")", R"("law":"accurate")"),
            "line 2: law: 'accurate' is not accepted; accepted: an id of `xent list laws`");
  EXPECT_EQ(error_with(R"("trials":12)", R"("trials":0)").substr(0, 21), "line 2: claims[0].pas");
  EXPECT_NE(error_with(R"("worst_ulp":)", R"("worst_ulp":-1,"x":)").find("worst_ulp: -1"), std::string::npos);
  EXPECT_NE(error_with(R"("worst_ratio":)", R"("worst_ratio":"nan","x":)").find("worst_ratio: \"nan\""),
            std::string::npos);
  EXPECT_EQ(error_with(R"("level":"smoke")", R"("level":"quick")"),
            "line 1: level: 'quick' is not accepted; accepted: smoke or standard");
  EXPECT_NE(error_with(R"("regime":")", R"("regime":"x)").find("regime"), std::string::npos);
}

}  // namespace
}  // namespace xent::properties
