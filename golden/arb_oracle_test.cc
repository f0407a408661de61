#include "golden/arb_oracle.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "golden/arb_number.h"
#include "golden/sets.h"

namespace xent::arb {
namespace {

// -ln 0.7, certified.
constexpr const char* kDog =
    R"({"id":"dog","loss":"nll","rows":1,"classes":1,"input":{"space":"probabilities","numbers":["0.7"]},"targets":[0],)"
    R"("answer":[{"status":"rounded","value":"0.35667494393873237891","lower":"0x1.6d3c324e13f4ecp-2",)"
    R"("upper":"0x1.6d3c324e13f4fp-2","precision_bits":96,"binary16":"0x1.6d4p-2","bfloat16":"0x1.6ep-2",)"
    R"("binary32":"0x1.6d3c32p-2","binary64":"0x1.6d3c324e13f4fp-2"}]})";

std::string with(std::string line, std::string_view from, std::string_view to) {
  const auto at = line.find(from);
  if (at == std::string::npos) return "the text to replace is missing";
  return line.replace(at, from.size(), to);
}

// All findings of a case.
std::string findings_of(std::string_view line) {
  Report report;
  check_line(line, report);
  std::string all;
  for (const std::string& finding : report.findings) all += finding + "\n";
  return all;
}

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
      R"("binary16":"inf","bfloat16":"0x1.86p+16","binary32":"0x1.86ap+16","binary64":"0x1.86ap+16"})";
  const std::string line = logits(R"(["0","100000"])", answer);
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "rounded", "exact")).find("irrational"), std::string::npos);
  EXPECT_NE(
      findings_of(with(line, "\"upper\":\"0x1.86a00001p+16\"", "\"upper\":\"0x1.86ap+16\"")).find("upper"),
      std::string::npos);
}

// 2049 + e^-2049 is just above the midpoint of 2048 and 2050 in binary16; 2049 itself would go to 2048.
TEST(ArbOracle, BreaksTiesByTheTail) {
  const char* answer =
      R"({"status":"rounded","value":"2049.0","lower":"0x1.002p+11","upper":"0x1.0020001p+11",)"
      R"("binary16":"0x1.004p+11","bfloat16":"0x1p+11","binary32":"0x1.002p+11","binary64":"0x1.002p+11"})";
  const std::string line = logits(R"(["0","2049"])", answer);
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "0x1.004p+11", "0x1p+11")).find("binary16"), std::string::npos);
}

TEST(ArbOracle, KnowsExactValuesAndTheirTies) {
  // log2 of two equal classes, divided by 2^25: 2^-25 is half the smallest binary16.
  const char* answer =
      R"({"status":"exact","value":"2.98023223876953125e-8","lower":"0x1p-25","upper":"0x1p-25",)"
      R"("binary16":"0x0p+0","bfloat16":"0x1p-25","binary32":"0x1p-25","binary64":"0x1p-25"})";
  const std::string line = logits(
      R"(["5","5"])", answer,
      R"("base":"2","reduction":"mean","conventions":{"denominator":"given","denominator_value":"33554432"},)");
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "0x0p+0", "0x1p-24")).find("binary16"), std::string::npos);
  EXPECT_NE(findings_of(with(line, "0x0p+0", "-0x0p+0")).find("is not what the value rounds to"),
            std::string::npos);
  EXPECT_NE(findings_of(with(line, "\"exact\"", "\"rounded\"")).find("rational"), std::string::npos);
  EXPECT_NE(findings_of(with(line, "2.98023223876953125e-8", "2.98023223876953126e-8")).find("value"),
            std::string::npos);
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

TEST(ArbNumber, ReadsExactTextAndBits) {
  const auto third = parse_element("-2/6");
  ASSERT_TRUE(third);
  EXPECT_EQ(third->value.compare(Exact(-1) / Exact(3)), 0);
  EXPECT_EQ(parse_element("0x1.8p-1")->value.compare(Exact(3) / Exact(4)), 0);
  EXPECT_EQ(parse_element("12.5e-1")->value.compare(Exact(5) / Exact(4)), 0);
  EXPECT_TRUE(parse_element("-0")->negative_zero);
  for (const char* bad : {"", "-", "1.2.3", "0x", "1e", "1e5x", "1/0", "--1", "infinity"})
    EXPECT_FALSE(parse_element(bad)) << bad;
  EXPECT_EQ(decode(*find_format("binary16"), 0x0001).value.compare(Exact::power(2, -24)), 0);
  EXPECT_EQ(decode(*find_format("bfloat16"), 0x3fc0).value.compare(Exact(3) / Exact(2)), 0);
  EXPECT_EQ(decode(*find_format("binary32"), 0xff800000).kind, Element::kMinusInfinity);
  EXPECT_EQ(decode(*find_format("binary64"), 0x7ff0000000000001).kind, Element::kNaN);
  EXPECT_EQ(decode(*find_format("binary64"), 0x7fefffffffffffff)
                .value.compare((Exact::power(2, 53) - Exact(1)) * Exact::power(2, 971)),
            0);
}

}  // namespace
}  // namespace xent::arb
