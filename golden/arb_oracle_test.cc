#include "golden/arb_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "golden/arb_testing.h"
#include "golden/case.h"
#include "golden/sets.h"

namespace xent::arb {
namespace {

// -ln 0.7, certified.
constexpr const char* kDog =
    R"({"id":"dog","loss":"nll","rows":1,"classes":1,"input":{"space":"probabilities","numbers":["0.7"]},"targets":[0],)"
    R"("answer":[{"status":"rounded","value":"0.35667494393873237891","lower":"0x1.6d3c324e13f4ecp-2",)"
    R"("upper":"0x1.6d3c324e13f4fp-2","precision_bits":96,"fp8_e5m2":"0x1.8p-2","fp8_e4m3":"0x1.6p-2","binary16":"0x1.6d4p-2","bfloat16":"0x1.6ep-2",)"
    R"("binary32":"0x1.6d3c32p-2","binary64":"0x1.6d3c324e13f4fp-2"}]})";

// A row of logits with hard target 0 and its answer.
std::string logits(const char* numbers, const char* answer, const char* options = "") {
  return std::string(
             R"({"id":"x","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits","numbers":)") +
         numbers + R"(},"targets":[0],)" + options + R"("answer":[)" + answer + "]}";
}

TEST(ArbOracle, ConfirmsEveryGoldenCase) {
  for (const golden::Set& set : golden::sets()) {
    const Report report = check(golden::stored(set));
    EXPECT_GT(report.cases, 0u) << set.name;
    EXPECT_GE(report.answers, report.cases);
    for (const std::string& finding : report.findings) ADD_FAILURE() << set.name << ": " << finding;
    std::printf("%s: %zu cases, %zu answers, %zu comparisons\n", set.name, report.cases, report.answers,
                report.comparisons);
  }
}

TEST(ArbOracle, SeesEveryPerturbation) {
  ASSERT_EQ(findings_of(kDog), "");
  const std::tuple<const char*, const char*, const char*> changes[] = {
      {"3f4fp-2\"}", "3f5p-2\"}", "binary64"},  // one ulp
      {"3f4fp-2\"}", "3f4ep-2\"}", "binary64"},
      {"0x1.6d3c32p-2", "0x1.6d3c34p-2", "binary32"},
      {"0x1.6d3c32p-2", "0x1.6d3c33p-2", "is no result of this rounding"},
      {"0x1.6ep-2", "0x1.6cp-2", "bfloat16"},
      {"0x1.8p-2", "0x1.4p-2", "fp8_e5m2"},
      {"0x1.6p-2", "0x1.8p-2", "fp8_e4m3"},
      {"0x1.6p-2", "nan", "fp8_e4m3"},
      {"0x1.6d4p-2", "0x1.6d8p-2", "binary16"},
      {"0x1.6d4p-2", "0x0p+0", "binary16"},
      {"0x1.6d4p-2", "-0x1.6d4p-2", "binary16"},
      {"0x1.6d4p-2", "inf", "binary16"},
      {"0x1.6d4p-2", "nan", "binary16"},
      {"0.35667494393873237891", "0.35667494393873237892", "value"},
      {"0.35667494393873237891", "0", "value"},
      {"0.35667494393873237891", "inf", "value"},
      {"\"value\":\"0.35667494393873237891\",", "", "value: missing"},
      {"\"lower\":\"0x1.6d3c324e13f4ecp-2\",\"upper\":\"0x1.6d3c324e13f4fp-2\"",
       "\"upper\":\"0x1.6d3c324e13f4ecp-2\",\"lower\":\"0x1.6d3c324e13f4fp-2\"", "above upper"},
      {"0x1.6d3c324e13f4ecp-2", "0x1.6d3c324e13f4fp-2", "lower"},
      {"0x1.6d3c324e13f4fp-2\",\"prec", "0x1.6d3c324e13f4ec5p-2\",\"prec", "upper"},
      {"rounded", "exact", "status"},
      {"rounded", "infinite", "status"},
      {"[\"0.7\"]", "[\"0.70000000000000000001\"]", "value"},
      {"[\"0.7\"]", "[\"0\"]", "status"},
      {"\"nll\"", "\"hinge\"", "loss hinge"},
      {"[{", "[{},{", "2 answers"},
      {"\"targets\":[0]", "\"targets\":[0],\"z_loss\":\"1\"", "z_loss"},
      {"\"targets\":[0]", "\"targets\":[0],\"margin\":\"1\"", "margin: unknown"},
      {"\"targets\":[0]", "\"targets\":[0],\"softcap\":\"1\"", "softcap"},
      {"\"targets\":[0]", "\"targets\":[0],\"conventions\":{\"mood\":\"good\"}", "mood: unknown"},
      {"\"targets\":[0]", "\"targets\":[0],\"conventions\":{\"denominator\":\"all\"}", "denominator all"},
      {"\"targets\":[0]", "\"targets\":[0],\"wanted\":\"hessian\"", "wanted hessian"},
      {"\"targets\":[0]", "\"targets\":[1]", "out of range"},
      {"\"targets\":[0]", "\"targets\":0", "targets: not a list"},
      {"\"targets\":[0]", "\"targets\":[0.0]", "targets: 0.0 is no integer"},
      {"\"targets\":[0]", "\"targets\":[9223372036854775808]", "targets: 9223372036854775808 is no integer"},
      {"\"rows\":1", "\"rows\":9e20", "rows: 9e+20 is no integer"},
  };
  for (const auto& [from, to, finding] : changes) {
    const std::string findings = findings_of(with(kDog, from, to));
    EXPECT_NE(findings.find(finding), std::string::npos) << from << " -> " << to << ":\n" << findings;
  }
  EXPECT_NE(findings_of("{"), "");
}

// The loss is 10^5 + e^-10^5: 10^5 is a float of binary32 and binary64, and 144,270 bits tell it from the
// loss.
TEST(ArbOracle, TellsALossFromAFloatThatIsCloseBeyondMeasure) {
  const char* answer =
      R"({"status":"rounded","value":"1.0000000000e5","lower":"0x1.86ap+16","upper":"0x1.86a00001p+16",)"
      R"("fp8_e5m2":"inf","fp8_e4m3":"nan","binary16":"inf","bfloat16":"0x1.86p+16","binary32":"0x1.86ap+16","binary64":"0x1.86ap+16"})";
  const std::string line = logits(R"(["0","100000"])", answer);
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "rounded", "exact")).find("irrational"), std::string::npos);
  EXPECT_NE(
      findings_of(with(line, "\"upper\":\"0x1.86a00001p+16\"", "\"upper\":\"0x1.86ap+16\"")).find("upper"),
      std::string::npos);
}

// In base 2 the loss is 1 + log2(1 + e^-200000 / 2).
TEST(ArbOracle, TellsALogarithmFromARationalThatIsCloseBeyondMeasure) {
  const char* answer =
      R"({"status":"rounded","value":"1.0000000000","lower":"0x1p+0","upper":"0x1.00000001p+0",)"
      R"("fp8_e5m2":"0x1p+0","fp8_e4m3":"0x1p+0","binary16":"0x1p+0","bfloat16":"0x1p+0","binary32":"0x1p+0","binary64":"0x1p+0"})";
  const std::string line =
      with(with(logits(R"(["0","0","-200000"])", answer), R"("classes":2)", R"("classes":3)"),
           R"("targets":[0],)", R"("targets":[0],"base":"2",)");
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "rounded", "exact")).find("irrational"), std::string::npos);
  EXPECT_NE(findings_of(with(line, R"("upper":"0x1.00000001p+0")", R"("upper":"0x1p+0")")).find("upper"),
            std::string::npos);
}

// 2049 + e^-2049 is just above the midpoint of 2048 and 2050 in binary16; 2049 itself would go to 2048.
TEST(ArbOracle, BreaksTiesByTheTail) {
  const char* answer =
      R"({"status":"rounded","value":"2049.0","lower":"0x1.002p+11","upper":"0x1.0020001p+11",)"
      R"("fp8_e5m2":"0x1p+11","fp8_e4m3":"nan","binary16":"0x1.004p+11","bfloat16":"0x1p+11","binary32":"0x1.002p+11","binary64":"0x1.002p+11"})";
  const std::string line = logits(R"(["0","2049"])", answer);
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "0x1.004p+11", "0x1p+11")).find("binary16"), std::string::npos);
}

TEST(ArbOracle, KnowsExactValuesAndTheirTies) {
  // log2 of two equal classes, divided by 2^25: 2^-25 is half the smallest binary16.
  const char* answer =
      R"({"status":"exact","value":"2.98023223876953125e-8","lower":"0x1p-25","upper":"0x1p-25",)"
      R"("fp8_e5m2":"0x0p+0","fp8_e4m3":"0x0p+0","binary16":"0x0p+0","bfloat16":"0x1p-25","binary32":"0x1p-25","binary64":"0x1p-25"})";
  const std::string line = logits(
      R"(["5","5"])", answer,
      R"("base":"2","reduction":"mean","conventions":{"denominator":"given","denominator_value":"33554432"},)");
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "\"binary16\":\"0x0p+0\"", "\"binary16\":\"0x1p-24\"")).find("binary16"),
            std::string::npos);
  EXPECT_NE(findings_of(with(line, "0x0p+0", "-0x0p+0")).find("is not what the value rounds to"),
            std::string::npos);
  EXPECT_NE(findings_of(with(line, "\"exact\"", "\"rounded\"")).find("rational"), std::string::npos);
  EXPECT_NE(findings_of(with(line, "2.98023223876953125e-8", "2.98023223876953126e-8")).find("value"),
            std::string::npos);
}

// Rationals with more bits than 8192 of the value can show: 1/s, s being the sum of a row, of 5902 bits, and
// the fourth power of s / q.
TEST(ArbOracle, KnowsLongRationals) {
  const char* lines[] = {
      R"({"id":"x","loss":"nll","rows":1,"classes":3,"wanted":"gradient","input":{"space":"probabilities",)"
      R"("numbers":["0x1p-5000","0x1.8p+901","0x1.5p-300"]},"targets":[0],"conventions":{"normalise":["input"]}})",
      R"({"id":"x","loss":"perplexity","rows":1,"classes":2,"input":{"space":"probabilities",)"
      R"("numbers":["0.999","1e-400"]},"targets":[0],"reduction":"mean",)"
      R"("conventions":{"denominator":"given","denominator_value":"1/4","normalise":["input"]}})",
      R"({"id":"x","loss":"perplexity","rows":1,"classes":2,"wanted":"gradient","input":{"space":"probabilities",)"
      R"("numbers":["0.999","1e-400"]},"targets":[0],"reduction":"mean",)"
      R"("conventions":{"denominator":"given","denominator_value":"1/16","normalise":["input"]}})"};
  for (const char* text : lines) {
    auto c = golden::read(text);
    ASSERT_TRUE(c) << c.error().message;
    auto answers = golden::answer(c->problem, 20);
    ASSERT_TRUE(answers) << answers.error().message;
    c->answers = std::move(*answers);
    const std::string line = golden::write(*c);
    EXPECT_EQ(findings_of(line), "");
    EXPECT_NE(line.find("exact"), std::string::npos) << line;
    EXPECT_NE(findings_of(with(line, "\"exact\"", "\"rounded\"")).find("rational"), std::string::npos);
  }
}

// Every rounding of -ln 0.7 in binary16 but the right one is found: it lies between 0x1.6dp-2 and 0x1.6d4p-2,
// nearer to the latter.
TEST(ArbOracle, KnowsAllDirections) {
  const std::pair<const char*, const char*> right[] = {{"nearest_even", "0x1.6d4p-2"},
                                                       {"nearest_away", "0x1.6d4p-2"},
                                                       {"toward_zero", "0x1.6dp-2"},
                                                       {"upward", "0x1.6d4p-2"},
                                                       {"downward", "0x1.6dp-2"}};
  for (const auto& [direction, value] : right) {
    for (const char* claimed :
         {"0x1.6ccp-2", "0x1.6dp-2", "0x1.6d4p-2", "0x1.6d8p-2", "0x0p+0", "-0x0p+0", "inf", "nan"}) {
      Report report;
      check_line(kDog, report, {{0, "binary16", direction, claimed}});
      EXPECT_EQ(report.findings.empty(), std::string_view(claimed) == value) << direction << " " << claimed;
    }
  }
}

// E4M3 has no infinity: 448 is the largest number, 464 the tie with what would follow it, and it goes to 448.
TEST(ArbOracle, KnowsWhereE4m3Ends) {
  const auto roundings = [](const char* number, const char* direction, const char* claimed) {
    const std::string text =
        std::string(
            R"({"id":"x","loss":"nll","rows":1,"classes":1,"input":{"space":"log_probabilities","numbers":[")") +
        number + R"("]},"targets":[0],"answer":[{"status":"undecided","lower":"-inf","upper":"inf"}]})";
    Report report;
    check_line(text, report, {{0, "fp8_e4m3", direction, claimed}});
    // A value that is exact and not said to be is found as well.
    return std::none_of(report.findings.begin(), report.findings.end(), [](const std::string& finding) {
      return finding.ends_with("rounds to") || finding.ends_with("rounding");
    });
  };
  EXPECT_TRUE(roundings("-464", "nearest_even", "0x1.cp+8"));
  EXPECT_FALSE(roundings("-464", "nearest_even", "nan"));
  EXPECT_TRUE(roundings("-464.001", "nearest_even", "nan"));
  EXPECT_FALSE(roundings("-464.001", "nearest_even", "inf"));
  EXPECT_TRUE(roundings("464.001", "nearest_even", "nan"));
  EXPECT_FALSE(roundings("464.001", "nearest_even", "-0x1.cp+8"));
  EXPECT_TRUE(roundings("-464", "nearest_away", "nan"));
  EXPECT_TRUE(roundings("-449", "upward", "nan"));
  EXPECT_TRUE(roundings("-100000", "toward_zero", "0x1.cp+8"));
  EXPECT_FALSE(roundings("-100000", "toward_zero", "nan"));
  EXPECT_TRUE(roundings("449", "upward", "-0x1.cp+8"));
  EXPECT_TRUE(roundings("449", "downward", "nan"));
  EXPECT_FALSE(roundings("-480", "nearest_even", "0x1.ep+8"));
}

}  // namespace
}  // namespace xent::arb
