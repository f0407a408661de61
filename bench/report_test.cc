#include "bench/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/testing.h"

namespace xent::bench {
namespace {

const Question kNarrowGradient = question("forward+gradient", "bfloat16");
constexpr Shape kReportShape = {128, 128256, false};

Report report() {
  return {{"CPU", 2, "AVX2"},
          {3, 0.5},
          9,
          {{"fast", "xent-fast 1"}, {"naive", "xent-naive 1"}},
          {{"fast", kForward, kReportShape, 1, {0.25, 0.2, 0.375}, {}, {}},
           {"naive", kForward, kReportShape, 1, {}, "golden case 'x': wrong", "x"},
           {"read limit", kForward, kReportShape, 1, {0.2, 0.1, 0.3}, {}, {}},
           {"naive", kForward, kReportShape, 2, {}, "golden case 'x': wrong", "x"},
           {"naive", kNarrowGradient, kReportShape, 1, {0.5}, {}, "y"},
           {"copy limit", kNarrowGradient, kReportShape, 1, {0.25}, {}, {}}},
          {{"fast", kNarrowGradient, "does not declare bfloat16 gradients"}},
          {{"onednn", "not there"}}};
}

TEST(Report, TableHasALineForEachRow) {
  const std::string text = table(report());
  for (const char* line : {
           "\n128x128256         1  fast               0.2500     0.2000 .. 0.3750        1.25\n",
           "\n128x128256         1  naive             refused                                   fails "
           "golden: x\n",
           "\n128x128256         1  read limit         0.2000     0.1000 .. 0.3000        1.00\n",
           "\n128x128256         2  naive             refused                                   fails "
           "golden: x\n",
           "\n128x128256         1  naive              0.5000     0.5000 .. 0.5000        2.00  fails "
           "golden: y\n",
           "\n128x128256         1  copy limit         0.2500     0.2500 .. 0.2500        1.00\n",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << "not found:" << line << "in:\n" << text;
  }
}

TEST(Report, TableHasASectionForEachQuestion) {
  const std::string text = table(report());
  const std::size_t forward = text.find("\nforward, binary32: one loss a row\n");
  const std::size_t gradient = text.find("\nforward+gradient, bfloat16: one loss a row, and");
  ASSERT_NE(forward, std::string::npos) << text;
  ASSERT_NE(gradient, std::string::npos) << text;
  EXPECT_LT(forward, gradient);
}

TEST(Report, TableSaysOnceWhyARowIsMissing) {
  const std::string text = table(report());
  for (const char* reason :
       {"\nnaive refused: golden case 'x': wrong\n",
        "\nfast not timed on forward+gradient, bfloat16: does not declare bfloat16 gradients\n",
        "\nonednn is absent: not there\n"}) {
    const std::size_t first = text.find(reason);
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_EQ(text.find(reason, first + 1), std::string::npos);
  }
}

TEST(Report, TableSaysWhatWasMeasuredAndOnWhat) {
  const std::string text = table(report());
  for (const char* words : {"CPU", "2 CPUs", "AVX2", "3 interleaved repetitions", "seed 9", "median / median",
                            "\nread limit: ", "\ncopy limit: "})
    EXPECT_NE(text.find(words), std::string::npos) << words;
  EXPECT_EQ(text.find("add limit"), std::string::npos) << text;
}

TEST(Report, JsonHoldsAllOfTheRun) {
  const auto object = nlohmann::json::parse(json_report(report()));
  EXPECT_EQ(object["machine"]["cpu"], "CPU");
  EXPECT_EQ(object["machine"]["cpus"], 2);
  EXPECT_EQ(object["machine"]["simd_target"], "AVX2");
  EXPECT_EQ(object["repetitions"], 3);
  EXPECT_EQ(object["seconds_per_repetition"], 0.5);
  EXPECT_EQ(object["seed"], 9);
  EXPECT_EQ(object["implementations"][1]["name"], "naive");
  EXPECT_EQ(object["implementations"][1]["identity"], "xent-naive 1");
  ASSERT_EQ(object["not_covered"].size(), 1u);
  EXPECT_EQ(object["not_covered"][0]["implementation"], "fast");
  EXPECT_EQ(object["not_covered"][0]["operation"], "forward+gradient");
  EXPECT_EQ(object["not_covered"][0]["format"], "bfloat16");
  EXPECT_EQ(object["not_covered"][0]["why"], "does not declare bfloat16 gradients");
  ASSERT_EQ(object["absent"].size(), 1u);
  EXPECT_EQ(object["absent"][0]["name"], "onednn");
  EXPECT_EQ(object["absent"][0]["why"], "not there");
}

TEST(Report, JsonHoldsAllOfARow) {
  const auto object = nlohmann::json::parse(json_report(report()));
  ASSERT_EQ(object["rows"].size(), 6u);
  const auto& fast = object["rows"][0];
  EXPECT_EQ(fast["implementation"], "fast");
  EXPECT_EQ(fast["operation"], "forward");
  EXPECT_EQ(fast["format"], "binary32");
  EXPECT_EQ(fast["rows"], 128);
  EXPECT_EQ(fast["classes"], 128256);
  EXPECT_EQ(fast["threads"], 1);
  EXPECT_EQ(fast["ns_per_element"]["median"], 0.25);
  EXPECT_EQ(fast["ns_per_element"]["min"], 0.2);
  EXPECT_EQ(fast["ns_per_element"]["max"], 0.375);
  EXPECT_EQ(fast["ns_per_element"]["all"], (std::vector<double>{0.25, 0.2, 0.375}));
  EXPECT_EQ(fast["limit"], "read limit");
  EXPECT_EQ(fast["ratio_to_limit"], 1.25);
  EXPECT_TRUE(fast["refused"].is_null());
  EXPECT_TRUE(fast["fails_golden"].is_null());
  const auto& naive = object["rows"][1];
  EXPECT_TRUE(naive["ns_per_element"].is_null());
  EXPECT_TRUE(naive["ratio_to_limit"].is_null());
  EXPECT_EQ(naive["refused"], "golden case 'x': wrong");
  EXPECT_EQ(naive["fails_golden"], "x");
  const auto& told = object["rows"][4];
  EXPECT_TRUE(told["refused"].is_null());
  EXPECT_EQ(told["fails_golden"], "y");
  EXPECT_EQ(told["limit"], "copy limit");
  EXPECT_EQ(told["ratio_to_limit"], 2);
}

}  // namespace
}  // namespace xent::bench
