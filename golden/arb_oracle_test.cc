#include "golden/arb_oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "golden/arb_number.h"
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
      R"("conventions":{"denominator":"given","denominator_value":"1/4","normalise":["input"]}})"};
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

// A question about two classes or more, and its values to 12 digits and more: "inf", "nan", "0" and other
// decimals that are exact begin with "=".
struct Known {
  const char* loss;
  const char* space;
  const char* numbers;
  const char* options;
  std::vector<std::string> values;
};

// An undecided answer says as much as it says: its roundings and bounds may be missing.
std::string answer_of(const std::string& value) {
  if (value != "=nan" && !value.ends_with("inf"))
    return R"({"status":"undecided","value":")" + value.substr(value[0] == '=' ? 1 : 0) +
           R"(","lower":"-inf","upper":"inf"})";
  const std::string text = value.substr(1);
  std::string answer = R"({"status":")" + std::string(text == "nan" ? "nan" : "infinite") + R"(","value":")" +
                       text + R"(","fp8_e4m3":"nan")";
  for (const char* format : {"fp8_e5m2", "binary16", "bfloat16", "binary32", "binary64"})
    answer += std::string(",\"") + format + "\":\"" + text + "\"";
  return answer + "}";
}

std::string line_of(const Known& known, int rows) {
  std::string answers;
  for (const std::string& value : known.values) answers += (answers.empty() ? "" : ",") + answer_of(value);
  return std::string(R"({"id":"x","loss":")") + known.loss + R"(","rows":)" + std::to_string(rows) +
         R"(,"classes":2,"input":{"space":")" + known.space + R"(","numbers":)" + known.numbers + "}," +
         known.options + R"("answer":[)" + answers + "]}";
}

// Adds one to the last digit, or makes a special value another.
std::string wrong(std::string value) {
  if (value == "=nan") return "=inf";
  if (value.ends_with("inf")) return "=nan";
  const auto last = value.find_last_of("0123456789", value.find('e') - 1);
  value[last] = value[last] == '9' ? '7' : static_cast<char>(value[last] + 2);
  return value;
}

void expect_known(const std::vector<Known>& table, int rows) {
  for (const Known& known : table) {
    EXPECT_EQ(findings_of(line_of(known, rows)), "") << line_of(known, rows);
    for (std::size_t i = 0; i < known.values.size(); ++i) {
      Known changed = known;
      changed.values[i] = wrong(known.values[i]);
      EXPECT_NE(findings_of(line_of(changed, rows)), "") << line_of(changed, rows);
    }
  }
}

constexpr const char* kCe = "softmax_cross_entropy";

// Logits 1 and 3: lse = 3.12692801104297, -ln p = (2.12692801104297, 0.126928011042972). The values are what
// mpmath makes of the formulas at 40 digits.
TEST(ArbOracle, KnowsOptionsByHand) {
  const char* q = "probabilities";
  expect_known(
      {
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],)",
           {"4.25385602208594"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4",)",
           {"3.73005702001539"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4","conventions":{"smoothing_weights":"unweighted"},)",
           {"3.4721240193252"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4","conventions":{"smoothing_weights":"by_target"},)",
           {"3.75385602208594"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"label_smoothing":"1/4","conventions":{"smoothing_mass":"others"},)",
           {"3.20625801794483"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("target_probs":{"space":"probabilities","numbers":["1/4","1/2"]},"class_weights":["2","1/2"],"label_smoothing":"1/4",)",
           {"1.3610620096626"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"scale":"3","temperature":"2","softcap":"2",)",
           {"1.09368979577786"}},
          {"log_sum_exp", "logits", R"(["inf","-inf"])", R"("softcap":"2",)", {"2.01814992791781"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[0],"class_weights":["2","1/2"],"z_loss":"0.1",)",
           {"5.23162390071046"}},
          {kCe, "logits", R"(["1","nan"])", R"("targets":[0],"softcap":"2",)", {"=nan"}},
          {kCe, "logits", R"(["1","3"])", R"("targets":[0],"class_weights":["nan","1"],)", {"=nan"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("targets":[1],"class_weights":["nan","1"],)",
           {"0.126928011042972"}},
          {kCe, "logits", R"(["-inf","3"])", R"("targets":[0],"sample_weights":["0"],)", {"=0"}},
          {kCe,
           "logits",
           R"(["-inf","3"])",
           R"("targets":[0],"sample_weights":["0"],"conventions":{"zero_weight_times_infinity":"nan"},)",
           {"=nan"}},
          {kCe, "logits", R"(["-inf","3"])", R"("targets":[0],"sample_weights":["-2"],)", {"=-inf"}},
          {"softmax", "logits", R"(["1","3"])", "", {"0.119202922022118", "0.880797077977882"}},
          {"softmax", "logits", R"(["0","1000000"])", "", {"3.29683147809e-434295", "1.0"}},
          {"log_softmax", "logits", R"(["1","3"])", "", {"-2.12692801104297", "-0.126928011042972"}},
          {"log_softmax", "logits", R"(["-inf","3"])", R"("base":"1/2",)", {"=inf", "=0"}},
          {"softmax", "logits", R"(["-inf","-inf"])", "", {"=nan", "=nan"}},
          {"generalised_kl",
           q,
           R"(["1/4","1/2"])",
           R"("target_probs":{"space":"probabilities","numbers":["1/2","1/2"]},)",
           {"0.0965735902799727"}},
          {"nll",
           q,
           R"(["0.01","0.99"])",
           R"("targets":[0],"conventions":{"clip":"0.125"},)",
           {"2.07944154167984"}},
          {"nll",
           q,
           R"(["1","3"])",
           R"("targets":[0],"conventions":{"normalise":["input"]},)",
           {"1.38629436111989"}},
          {"nll",
           q,
           R"(["1","3"])",
           R"("targets":[0],"conventions":{"clip":"1/8","clip_rules":["first"],"normalise":["input"]},)",
           {"0.693147180559945"}},
          {"nll",
           q,
           R"(["1","3"])",
           R"("targets":[0],"conventions":{"clip":"1/8","clip_rules":["up_to_one"]},)",
           {"=0"}},
          {"nll", q, R"(["0","0"])", R"("targets":[0],"conventions":{"normalise":["input"]},)", {"=nan"}},
          {"kl",
           q,
           R"(["0","1"])",
           R"("target_probs":{"space":"probabilities","numbers":["0","1"]},"conventions":{"zero_weight_times_infinity":"nan"},)",
           {"=nan"}},
      },
      1);
}

// Logits 1, 3 and a masked class: -ln p = (2.12692801104297, 0.126928011042972, inf).
TEST(ArbOracle, KnowsLabelsOfMaskedClassesByHand) {
  const struct {
    const char* options;
    std::vector<std::string> values;
  } table[] = {
      {R"("targets":[0],"label_smoothing":"3/4",)", {"=inf"}},
      {R"("targets":[0],"label_smoothing":"3/4","conventions":{"masked_labels":"infinity"},)", {"=inf"}},
      {R"("targets":[0],"label_smoothing":"3/4","conventions":{"masked_labels":"zero"},)",
       {"1.09519600828223"}},
      {R"("targets":[2],"label_smoothing":"3/4","conventions":{"masked_labels":"zero"},)", {"=inf"}},
      {R"("targets":[2],"label_smoothing":"1","conventions":{"masked_labels":"zero"},)",
       {"0.751285340695315"}},
      {R"("targets":[2],"conventions":{"masked_labels":"zero"},)", {"=inf"}},
      {R"("target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},)", {"=inf"}},
      {R"("target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},"conventions":{"masked_labels":"zero"},)",
       {"0.563464005521486"}},
      // p = (0.119202922022118, 0.880797077977882, 0): p / 2 less 1/4.
      {R"("wanted":"gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},"conventions":{"masked_labels":"zero"},)",
       {"-0.190398538988941", "0.190398538988941", "=0"}},
      {R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/4","1/2"]},"conventions":{"masked_labels":"zero"},)",
       {"2.12692801104297", "0.126928011042972", "=0"}},
  };
  for (const auto& [options, values] : table) {
    const std::string line = with(line_of({kCe, "logits", R"(["1","3","-inf"])", options, values}, 1),
                                  "\"classes\":2", "\"classes\":3");
    EXPECT_EQ(findings_of(line), "") << line;
    const std::string finite = with(line_of({kCe, "logits", R"(["1","3","-4"])", options, values}, 1),
                                    "\"classes\":2", "\"classes\":3");
    EXPECT_NE(findings_of(finite), "") << finite;
  }
}

// Rows of logits 1, 3 with targets 0 and 1.
TEST(ArbOracle, KnowsDenominatorsByHand) {
  const std::string weighted =
      R"("targets":[0,1],"reduction":"mean","class_weights":["2","1/2"],"sample_weights":["3","1"],"z_loss":"0.1",)";
  const std::string apart =
      weighted + R"("conventions":{"denominator":"valid_weights","z_loss_over_valid_rows":true},)";
  const char* x = R"(["1","3","1","3"])";
  expect_known(
      {{kCe, "logits", x, apart.c_str(), {"3.92861761444585"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","class_weights":["2","1/2"],"sample_weights":["3","1"],"conventions":{"denominator":"valid_weights"},)",
        {"1.97308185719682"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","conventions":{"denominator":"elements"},)",
        {"0.563464005521486"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","sample_weights":["0","0"],"conventions":{"denominator":"valid_weights"},)",
        {"=nan"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","sample_weights":["nan","0"],"conventions":{"denominator":"valid_weights","all_ignored":"zero"},)",
        {"=nan"}},
       {kCe,
        "logits",
        x,
        R"("targets":[0,1],"reduction":"mean","sample_weights":["1","-1"],"conventions":{"denominator":"valid_weights","all_ignored":"zero"},)",
        {"=0"}}},
      2);
}

TEST(ArbOracle, KnowsGradientsByHand) {
  const char* wanted = R"("wanted":"gradient","targets":[0],)";
  const char* of_target =
      R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1/2","1/2"]},)";
  expect_known(
      {
          {kCe, "logits", R"(["1","3"])", wanted, {"-0.880797077977882", "0.880797077977882"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","targets":[0],"class_weights":["2","1/2"],"z_loss":"0.1",)",
           {"-1.68704636478194", "2.31243196699053"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","targets":[0],"scale":"3","temperature":"2","softcap":"2",)",
           {"-0.595113843686117", "0.0433576772803172"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/2"]},)",
           {"-0.160597808483412", "0.160597808483412"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"gradient","target_probs":{"space":"probabilities","numbers":["1/4","1/2"]},"conventions":{"gradient_of_unit_mass":true},)",
           {"-0.130797077977882", "0.380797077977882"}},
          {kCe,
           "logits",
           R"(["100000","0"])",
           wanted,
           {"-3.56294956530937e-43430", "3.56294956530937e-43430"}},
          {kCe, "logits", R"(["-inf","3"])", wanted, {"=0", "=1"}},
          {kCe,
           "logits",
           R"(["inf","3"])",
           R"("wanted":"gradient","targets":[0],"softcap":"2",)",
           {"=0", "0.0818087586869072"}},
          {kCe, "logits", R"(["-inf","-inf"])", wanted, {"=nan", "=nan"}},
          {"nll", "probabilities", R"(["1/4","3/4"])", wanted, {"=-4", "=0"}},
          {"nll", "probabilities", R"(["0","3/4"])", wanted, {"=-inf", "=0"}},
          {"nll", "log_probabilities", R"(["-1","-2"])", wanted, {"=-1", "=0"}},
          {"entropy",
           "probabilities",
           R"(["1/4","0"])",
           R"("wanted":"gradient","base":"2",)",
           {"0.557304959111037", "=inf"}},
          {"kl", "probabilities", R"(["1/4","3/4"])", of_target, {"1.69314718055995", "0.594534891891836"}},
          {"entropy",
           "probabilities",
           R"(["1","3"])",
           R"("wanted":"gradient","conventions":{"normalise":["input"]},)",
           {"0.205989804125271", "-0.0686632680417569"}},
          {"entropy",
           "probabilities",
           R"(["1/16","1/2"])",
           R"("wanted":"gradient","conventions":{"clip":"0.125"},)",
           {"=0", "-0.306852819440055"}},
          {"kl",
           "probabilities",
           R"(["1/4","1/4"])",
           R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1","3"]},"conventions":{"normalise":["targets"]},)",
           {"-0.205989804125271", "0.0686632680417569"}},
          {"cross_entropy",
           "probabilities",
           R"(["1/4","1"])",
           R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1","3"]},"conventions":{"normalise":["targets"]},)",
           {"0.259930192709979", "-0.0866433975699932"}},
          {"kl",
           "probabilities",
           R"(["1/2","0"])",
           R"("wanted":"target_gradient","target_probs":{"space":"log_probabilities","numbers":["-1","-inf"]},)",
           {"0.254994597433954", "=0"}},
          {"cross_entropy",
           "log_probabilities",
           R"(["-3","-1"])",
           R"("wanted":"target_gradient","target_probs":{"space":"log_probabilities","numbers":["-1","0"]},)",
           {"1.10363832351433", "=1"}},
          {"generalised_kl",
           "probabilities",
           R"(["1/4","3/4"])",
           of_target,
           {"0.693147180559945", "-0.405465108108164"}},
          {kCe,
           "logits",
           R"(["1","3"])",
           R"("wanted":"target_gradient","target_probs":{"space":"probabilities","numbers":["1/2","1/2"]},"class_weights":["2","1/2"],)",
           {"4.25385602208594", "0.0634640055214862"}},
      },
      1);
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
  EXPECT_EQ(decode(*find_format("fp8_e4m3"), 0x7e).value.compare(Exact(448)), 0);
  EXPECT_EQ(decode(*find_format("fp8_e4m3"), 0x01).value.compare(Exact::power(2, -9)), 0);
  EXPECT_EQ(decode(*find_format("fp8_e4m3"), 0xff).kind, Element::kNaN);
  EXPECT_EQ(decode(*find_format("fp8_e5m2"), 0x7b).value.compare(Exact(57344)), 0);
  EXPECT_EQ(decode(*find_format("fp8_e5m2"), 0xfc).kind, Element::kMinusInfinity);
  EXPECT_EQ(decode(*find_format("bfloat16"), 0x3fc0).value.compare(Exact(3) / Exact(2)), 0);
  EXPECT_EQ(decode(*find_format("binary32"), 0xff800000).kind, Element::kMinusInfinity);
  EXPECT_EQ(decode(*find_format("binary64"), 0x7ff0000000000001).kind, Element::kNaN);
  EXPECT_EQ(decode(*find_format("binary64"), 0x7fefffffffffffff)
                .value.compare((Exact::power(2, 53) - Exact(1)) * Exact::power(2, 971)),
            0);
}

}  // namespace
}  // namespace xent::arb
