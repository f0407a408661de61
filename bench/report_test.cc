#include "bench/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace xent::bench {
namespace {

constexpr Shape kShape = {128, 128256, false};

Report report() {
  return {{"CPU", 2, "AVX2"},
          {3, 0.5},
          9,
          {{"fast", kShape, 1, {0.25, 0.2, 0.375}, {}},
           {"naive", kShape, 1, {}, "golden case 'x': wrong"},
           {kReadLimit, kShape, 1, {0.2, 0.1, 0.3}, {}},
           {"naive", kShape, 2, {}, "golden case 'x': wrong"}}};
}

TEST(Report, TableHasALineForEachRow) {
  const std::string text = table(report());
  for (const char* line : {
           "\n128x128256         1  fast             0.2500   0.2000 .. 0.3750          1.25\n",
           "\n128x128256         1  naive           refused\n",
           "\n128x128256         1  read limit       0.2000   0.1000 .. 0.3000          1.00\n",
           "\n128x128256         2  naive           refused\n",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << "not found:" << line << "in:\n" << text;
  }
}

TEST(Report, TableSaysOnceWhyARowIsMissing) {
  const std::string text = table(report());
  const std::string reason = "naive refused: golden case 'x': wrong\n";
  const std::size_t first = text.find(reason);
  ASSERT_NE(first, std::string::npos) << text;
  EXPECT_EQ(text.find(reason, first + 1), std::string::npos);
}

TEST(Report, TableSaysWhatWasMeasuredAndOnWhat) {
  const std::string text = table(report());
  for (const char* words :
       {"CPU", "2 CPUs", "AVX2", "3 interleaved repetitions", "seed 9", "median / median"})
    EXPECT_NE(text.find(words), std::string::npos) << words;
}

TEST(Report, JsonHoldsAllOfIt) {
  const auto object = nlohmann::json::parse(json(report()));
  EXPECT_EQ(object["machine"]["cpu"], "CPU");
  EXPECT_EQ(object["machine"]["cpus"], 2);
  EXPECT_EQ(object["machine"]["simd_target"], "AVX2");
  EXPECT_EQ(object["repetitions"], 3);
  EXPECT_EQ(object["seconds_per_repetition"], 0.5);
  EXPECT_EQ(object["seed"], 9);
  ASSERT_EQ(object["rows"].size(), 4u);
  const auto& fast = object["rows"][0];
  EXPECT_EQ(fast["implementation"], "fast");
  EXPECT_EQ(fast["rows"], 128);
  EXPECT_EQ(fast["classes"], 128256);
  EXPECT_EQ(fast["threads"], 1);
  EXPECT_EQ(fast["ns_per_element"]["median"], 0.25);
  EXPECT_EQ(fast["ns_per_element"]["min"], 0.2);
  EXPECT_EQ(fast["ns_per_element"]["max"], 0.375);
  EXPECT_EQ(fast["ratio_to_read_limit"], 1.25);
  EXPECT_TRUE(fast["refused"].is_null());
  const auto& naive = object["rows"][1];
  EXPECT_TRUE(naive["ns_per_element"].is_null());
  EXPECT_TRUE(naive["ratio_to_read_limit"].is_null());
  EXPECT_EQ(naive["refused"], "golden case 'x': wrong");
}

}  // namespace
}  // namespace xent::bench
