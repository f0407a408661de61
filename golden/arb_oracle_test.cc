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

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// What is exact is proved to be: a status that says otherwise is found.
void expect_known_exactly(const Known& known, int rows) {
  std::string line = line_of(known, rows);
  constexpr std::string_view kUndecided = R"("undecided")";
  std::size_t exact = 0;
  for (const std::string& value : known.values) {
    if (value == "=nan" || value.ends_with("inf")) continue;
    exact += value[0] == '=' ? 1 : 0;
    line = with(line, kUndecided, R"("rounded")");
  }
  const std::string findings = findings_of(line);
  EXPECT_EQ(count(findings, ": rational"), exact) << line << "\n" << findings;
}

void expect_known(const std::vector<Known>& table, int rows) {
  for (const Known& known : table) {
    EXPECT_EQ(findings_of(line_of(known, rows)), "") << line_of(known, rows);
    for (std::size_t i = 0; i < known.values.size(); ++i) {
      Known changed = known;
      changed.values[i] = wrong(known.values[i]);
      EXPECT_NE(findings_of(line_of(changed, rows)), "") << line_of(changed, rows);
    }
    expect_known_exactly(known, rows);
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

// P as logarithms.
std::string log_targets(const char* numbers) {
  return std::string(R"("target_probs":{"space":"log_probabilities","numbers":)") + numbers + "},";
}

// The findings of a line that must be refused.
void expect_refused(const Known& known, const char* why) {
  const std::string findings = findings_of(line_of(known, 1));
  EXPECT_NE(findings.find(why), std::string::npos) << line_of(known, 1) << "\n" << findings;
}

constexpr const char* kLogs = "log_probabilities";
constexpr const char* kProbabilities = "probabilities";

// -e^x x and its derivative -e^x (x + 1), both 0 at -inf.
TEST(ArbOracle, KnowsTheEntropyOfLogarithmsByHand) {
  const char* wanted = R"("wanted":"gradient",)";
  expect_known(
      {
          {"entropy", kLogs, R"(["-1","-2"])", "", {"0.638550007644668"}},
          {"entropy", kLogs, R"(["-1","3"])", R"("base":"1/2",)", {"86.4011756926020"}},
          {"entropy", kLogs, R"(["-inf","0"])", "", {"=0"}},
          {"entropy",
           kLogs,
           R"(["-inf","0"])",
           R"("conventions":{"zero_weight_times_infinity":"nan"},)",
           {"=0"}},
          {"entropy", kLogs, R"(["nan","0"])", "", {"=nan"}},
          {"entropy", kLogs, R"(["-2","-inf"])", wanted, {"0.135335283236613", "=0"}},
          {"entropy", kLogs, R"(["-1","0"])", wanted, {"=0", "=-1"}},
          {"entropy", kLogs, R"(["nan","0"])", wanted, {"=nan", "=nan"}},
      },
      1);
  expect_refused({"entropy", kLogs, R"(["inf","0"])", "", {"=inf"}}, "input: no logarithms");
  expect_refused({"entropy", kLogs, R"(["-1","0"])", R"("conventions":{"clip":"1/8"},)", {"=0"}}, "clip");
  expect_refused({"entropy", kLogs, R"(["-1","0"])", R"("conventions":{"normalise":["input"]},)", {"=0"}},
                 "normalise");
}

// sum p ln(p / q) - p + q, with p or q (e^-1, e^-2) if given as logarithms and (1/2, 1/4) otherwise.
TEST(ArbOracle, KnowsTheGeneralisedDivergenceOfLogarithmsByHand) {
  const std::string p = R"("target_probs":{"space":"probabilities","numbers":["1/2","1/4"]},)";
  const std::string l = log_targets(R"(["-1","-2"])");
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string nan = R"("conventions":{"zero_weight_times_infinity":"nan"},)";
  const char* q = R"(["1/2","1/4"])";
  const char* log_q = R"(["-1","-2"])";
  const std::string none = log_targets(R"(["-inf","0"])");
  const std::string derived = y + none;
  const std::string derived_nan = derived + nan;
  const char* g = "generalised_kl";
  const auto known = [](const char* loss, const char* space, const char* numbers, const std::string& options,
                        std::vector<std::string> values) {
    return Known{loss, space, numbers, options.c_str(), std::move(values)};
  };
  const std::string options[] = {p,     l,    x + p,      x + l,    y + p,
                                 y + l, none, none + nan, x + none, x + none + nan};
  expect_known(
      {
          known(g, kLogs, log_q, options[0], {"0.0600675438481097"}),
          known(g, kProbabilities, q, options[1], {"0.0508444053927102"}),
          known(g, kLogs, R"(["-3","1"])", options[1], {"2.59460720505190"}),
          known(g, kLogs, log_q, options[1], {"=0"}),
          // 1 - p / q, and q - p by ln q.
          known(g, kLogs, log_q, options[2], {"-0.132120558828558", "-0.114664716763387"}),
          known(g, kProbabilities, q, options[3], {"0.264241117657115", "0.458658867053549"}),
          known(g, kLogs, R"(["-1","1"])", options[3], {"=0", "2.58294654522243"}),
          // ln(p / q), and p ln(p / q) by ln p.
          known(g, kLogs, log_q, options[4], {"0.306852819440055", "0.613705638880109"}),
          known(g, kProbabilities, q, options[5], {"-0.112884843737489", "-0.0830560264617459"}),
          known(g, kLogs, R"(["-3","-2"])", options[5], {"0.735758882342885", "=0"}),
          // p = q = 0, and p = 1 beside q = 1.
          known(g, kLogs, R"(["-inf","0"])", options[6], {"=0"}),
          known(g, kProbabilities, R"(["0","1"])", options[6], {"=0"}),
          known(g, kLogs, R"(["-inf","0"])", options[7], {"=nan"}),
          known(g, kProbabilities, R"(["0","1"])", options[7], {"=nan"}),
          known(g, kLogs, R"(["-1","-inf"])", options[6], {"=inf"}),
          known(g, kProbabilities, R"(["1","0"])", options[6], {"=inf"}),
          known(g, kLogs, R"(["-inf","0"])", options[8], {"=0", "=0"}),
          known(g, kProbabilities, R"(["0","0"])", options[8], {"=1", "=-inf"}),
          known(g, kProbabilities, R"(["0","1/2"])", options[9], {"=nan", "=-1"}),
          known(g, kLogs, R"(["-inf","-inf"])", options[9], {"=0", "=-1"}),
          known(g, kLogs, R"(["-inf","-inf"])", derived, {"=0", "=inf"}),
          known(g, kProbabilities, R"(["0","1/2"])", derived_nan, {"=nan", "0.693147180559945"}),
      },
      1);
  expect_refused(known(g, kLogs, R"(["inf","0"])", options[1], {"=inf"}), "input: no logarithms");
  expect_refused(known(g, kLogs, log_q, log_targets(R"(["inf","0"])"), {"=inf"}), "target_probs: no");
  expect_refused({"entropy", kLogs, log_q, options[1].c_str(), {"=0"}}, "target_probs: logarithms");
  expect_refused({"nll", kLogs, log_q, options[1].c_str(), {"=0"}}, "target_probs: logarithms");
}

// Masses (1 - a) w e^l + s with w = (2, 1/2), a = 1/4 and l = (-1, 0): (3/2) e^-1 + 1/4 and 3/8 + 1/16, or
// 1/8 in place of both s.
TEST(ArbOracle, KnowsMassesOfLogarithmsByHand) {
  const std::string l = log_targets(R"(["-1","0"])");
  const std::string options = l + R"("class_weights":["2","1/2"],"label_smoothing":"1/4",)";
  const std::string unweighted = options + R"("conventions":{"smoothing_weights":"unweighted"},)";
  const std::string x = R"("wanted":"gradient",)" + options;
  const std::string y = R"("wanted":"target_gradient",)" + options;
  // The second mass is -1/4 - 1/8.
  const std::string negative =
      R"("class_weights":["1/2","-1/2"],"label_smoothing":"1/2",)" + log_targets(R"(["-1","0"])");
  const std::string unsmoothed = R"("class_weights":["-1","1"],"label_smoothing":"1/2",)"
                                 R"("conventions":{"smoothing_weights":"unweighted"},)";
  const std::string near_zero = unsmoothed + log_targets(R"(["-0.693","0"])");
  const std::string cancelled = R"("class_weights":["-1/2","1"],"label_smoothing":"1/2",)"
                                R"("conventions":{"smoothing_weights":"unweighted"},)" +
                                log_targets(R"(["0","-1"])");
  const std::string cancelled_nan =
      R"("class_weights":["-1/2","1"],"label_smoothing":"1/2","conventions":{)"
      R"("smoothing_weights":"unweighted","zero_weight_times_infinity":"nan"},)" +
      log_targets(R"(["0","-1"])");
  const std::string none = log_targets(R"(["-inf","-1"])");
  const std::string none_nan = none + R"("conventions":{"zero_weight_times_infinity":"nan"},)";
  const std::string by_none = R"("wanted":"target_gradient",)" + none;
  const std::string by_none_nan = R"("wanted":"target_gradient",)" + none_nan;
  const std::string weightless = R"("wanted":"target_gradient","class_weights":["0","1"],)" + l;
  const std::string x_cancelled = R"("wanted":"gradient",)" + cancelled;
  const std::string x_near_zero = R"("wanted":"gradient",)" + near_zero;
  const std::string nan_weight = R"("class_weights":["nan","1"],)" + none;
  const char* ce = "cross_entropy";
  expect_known(
      {
          {ce, kProbabilities, R"(["1/2","1/4"])", options.c_str(), {"1.16228247428087"}},
          {ce, kProbabilities, R"(["1/2","1/4"])", unweighted.c_str(), {"1.16228247428087"}},
          {ce, kLogs, R"(["-3","-2"])", options.c_str(), {"3.28045748527149"}},
          {ce, kProbabilities, R"(["1/2","1/4"])", x.c_str(), {"-1.60363832351433", "=-1.75"}},
          {ce, kLogs, R"(["-3","-2"])", x.c_str(), {"-0.801819161757163", "=-0.4375"}},
          {ce, kLogs, R"(["-inf","inf"])", x.c_str(), {"-0.801819161757163", "=-0.4375"}},
          {ce, kLogs, R"(["-3","-2"])", y.c_str(), {"1.65545748527149", "=0.75"}},
          {ce, kProbabilities, R"(["1/2","1/4"])", y.c_str(), {"0.382491896150930", "0.519860385419959"}},
          // The sign of the mass is that of the infinity: (1/2 - e^-0.693) / 2 < 0 < (1/2 - e^-0.694) / 2.
          {ce, kProbabilities, R"(["1","0"])", negative.c_str(), {"=-inf"}},
          {ce, kProbabilities, R"(["0","1"])", near_zero.c_str(), {"=-inf"}},
          {ce, kProbabilities, R"(["0","1"])", x_near_zero.c_str(), {"=inf", "=-0.75"}},
          {ce, kLogs, R"(["-inf","-1"])", with(near_zero, "-0.693", "-0.694").c_str(), {"=inf"}},
          // -1/4 + 1/4, a mass that is 0 by chance.
          {ce, kProbabilities, R"(["0","1"])", cancelled.c_str(), {"=0"}},
          {ce, kProbabilities, R"(["0","1"])", cancelled_nan.c_str(), {"=nan"}},
          {ce, kProbabilities, R"(["0","1"])", x_cancelled.c_str(), {"=0", "-0.433939720585721"}},
          {ce, kProbabilities, R"(["0","1"])", none.c_str(), {"=0"}},
          {ce, kLogs, R"(["-inf","-2"])", none_nan.c_str(), {"=nan"}},
          {ce, kLogs, R"(["-inf","inf"])", none.c_str(), {"=-inf"}},
          {ce, kLogs, R"(["inf","-inf"])", none.c_str(), {"=inf"}},
          {ce, kLogs, R"(["-inf","-2"])", by_none.c_str(), {"=0", "0.735758882342885"}},
          {ce, kLogs, R"(["-inf","-2"])", by_none_nan.c_str(), {"=nan", "0.735758882342885"}},
          {ce, kLogs, R"(["-3","-inf"])", by_none_nan.c_str(), {"=0", "=inf"}},
          {ce, kLogs, R"(["-inf","-2"])", weightless.c_str(), {"=0", "=2"}},
          {ce, kLogs, R"(["-1","-2"])", nan_weight.c_str(), {"=nan"}},
          {"kl", kLogs, R"(["-inf","-1"])", none_nan.c_str(), {"=nan"}},
          {"kl", kLogs, R"(["-inf","-1"])", none.c_str(), {"=0"}},
      },
      1);
  const std::string others = options + R"("conventions":{"smoothing_mass":"others"},)";
  expect_refused({ce, kLogs, R"(["-1","-2"])", others.c_str(), {"=0"}}, "label_smoothing: soft labels");
  const std::string by_target = options + R"("conventions":{"smoothing_weights":"by_target"},)";
  expect_refused({ce, kLogs, R"(["-1","-2"])", by_target.c_str(), {"=0"}}, "label_smoothing: soft labels");
}

// Logits 1 and 3: p = (1 - s, s) with s = 1 / (1 + e^-2), -ln p = (2 + t, t) with t = ln(1 + e^-2). Labels
// e^-1 and e^1, masses of the options m = (3/2) e^-1 + 1/4 and n = (3/8) e + 1/16.
TEST(ArbOracle, KnowsTheSoftmaxOfLogarithmicLabelsByHand) {
  const std::string l = log_targets(R"(["-1","1"])");
  const std::string smoothed = l + R"("class_weights":["2","1/2"],"label_smoothing":"1/4",)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string stretched = R"("scale":"3","temperature":"2","softcap":"2",)";
  const std::string unit = R"("conventions":{"gradient_of_unit_mass":true},)";
  const std::string options[] = {l,
                                 smoothed,
                                 l + R"("z_loss":"0.1",)",
                                 l + stretched,
                                 x + log_targets(R"(["-1","2"])"),
                                 x + smoothed,
                                 x + smoothed + unit,
                                 x + smoothed + R"("z_loss":"0.1",)",
                                 x + l + stretched,
                                 y + smoothed,
                                 y + l + stretched,
                                 x + l,
                                 l + R"("base":"2",)",
                                 log_targets(R"(["-1","nan"])")};
  const char* z = R"(["1","3"])";
  expect_known(
      {
          {kCe, "logits", z, options[0].c_str(), {"1.12747919405494"}},
          {kCe, "logits", z, options[1].c_str(), {"1.84272942535020"}},
          {kCe, "logits", z, options[2].c_str(), {"2.10524707267945"}},
          {kCe, "logits", z, options[3].c_str(), {"1.51122956909221"}},
          {kCe, "logits", z, options[4].c_str(), {"0.556769941145940", "-0.556769941145940"}},
          {kCe, "logits", z, options[5].c_str(), {"-0.577279615804024", "0.577279615804024"}},
          {kCe, "logits", z, options[6].c_str(), {"-0.682616239735046", "-0.201058607694260"}},
          {kCe, "logits", z, options[7].c_str(), {"-0.502731824630198", "1.12811742683879"}},
          {kCe, "logits", z, options[8].c_str(), {"0.595915247246517", "-0.0434160644230660"}},
          {kCe, "logits", z, options[9].c_str(), {"1.17367963217156", "0.129384789727710"}},
          {kCe, "logits", z, options[10].c_str(), {"0.402345990885670", "1.10888357820654"}},
          // l = x - 2: A p = e^l in both classes.
          {kCe, "logits", z, options[11].c_str(), {"=0", "=0"}},
          {kCe, "logits", z, options[12].c_str(), {"1.62660864196854"}},
          {kCe, "logits", z, options[13].c_str(), {"=nan"}},
          {kCe, "logits", R"(["-inf","-inf"])", options[0].c_str(), {"=nan"}},
          {kCe, "logits", R"(["-inf","inf"])", options[11].c_str(), {"=nan", "=nan"}},
      },
      1);
}

// Where p A - mass is 0, or tiny beside the masses.
TEST(ArbOracle, KnowsWhereTheSoftmaxMeetsItsLabels) {
  const std::string x = R"("wanted":"gradient",)";
  // p = (1, e^-1) / (1 + e^-1), masses (1 + e) / 3 and (1 + e^-1) / 3, which add to (1 + e) (1 + e^-1) / 3.
  const std::string product = x + log_targets(R"(["1","-1"])") + R"("label_smoothing":"2/3",)";
  // A = 1 + e^-200000 beside sum e^-gap = 1 + e^-100000: the derivatives are, up to their signs, e^-100000
  // but for e^-200000.
  const std::string close = x + log_targets(R"(["0","-200000"])");
  // The same, with 1 + e^-1000000 and 1 + e^-500000: far more digits than what any precision would show.
  const std::string closer = x + log_targets(R"(["0","-1000000"])");
  const std::string same = x + log_targets(R"(["5/2","5/2"])");
  const std::string masked = x + log_targets(R"(["-inf","3"])");
  const std::string capped = x + log_targets(R"(["1/3","1/3"])") + R"("softcap":"2",)";
  const std::string single = x + log_targets(R"(["-inf","3"])") + R"("z_loss":"1/2",)";
  expect_known(
      {
          {kCe, "logits", R"(["0","-1"])", product.c_str(), {"=0", "=0"}},
          {kCe, "logits", R"(["1","-1"])", product.c_str(), {"0.253864718651922", "-0.253864718651922"}},
          {kCe,
           "logits",
           R"(["0","-100000"])",
           close.c_str(),
           {"-3.56294956530937e-43430", "3.56294956530937e-43430"}},
          {kCe,
           "logits",
           R"(["0","-500000"])",
           closer.c_str(),
           {"-5.74180413989241e-217148", "5.74180413989241e-217148"}},
          {kCe, "logits", R"(["7","7"])", same.c_str(), {"=0", "=0"}},
          {kCe, "logits", R"(["-inf","7"])", masked.c_str(), {"=0", "=0"}},
          {kCe, "logits", R"(["7","7"])", capped.c_str(), {"=0", "=0"}},
          // (1/2) lse^2 of the one logit that is not masked.
          {kCe, "logits", R"(["-inf","7"])", single.c_str(), {"=0", "=7"}},
      },
      1);
}

// A class that is masked has an infinite -ln p.
TEST(ArbOracle, KnowsLogarithmicLabelsOfMaskedClassesByHand) {
  const auto options = [](const char* wanted, const char* l, const char* conventions, const char* more = "") {
    return std::string(R"("wanted":")") + wanted + "\"," + log_targets(l) + more + R"("conventions":{)" +
           conventions + "},";
  };
  const char* zero = R"("masked_labels":"zero")";
  const char* nan = R"("zero_weight_times_infinity":"nan")";
  const char* smoothing = R"("label_smoothing":"1/2",)";
  const struct {
    std::string options;
    std::vector<std::string> values;
  } table[] = {
      {options("loss", R"(["-1","-2"])", ""), {"=inf"}},
      {options("loss", R"(["-1","-2"])", "", R"("class_weights":["-1","1"],)"), {"=-inf"}},
      {options("loss", R"(["-1","-2"])", zero), {"=0"}},
      {options("loss", R"(["-inf","-2"])", ""), {"=0"}},
      {options("loss", R"(["-inf","-2"])", nan), {"=nan"}},
      {options("loss", R"(["-inf","-2"])", "", smoothing), {"=inf"}},
      {options("loss", R"(["-inf","-2"])", zero, smoothing), {"=0"}},
      {options("target_gradient", R"(["-1","-2"])", ""), {"=inf", "=0"}},
      {options("target_gradient", R"(["-1","-2"])", zero), {"=0", "=0"}},
      {options("target_gradient", R"(["-inf","-2"])", ""), {"=0", "=0"}},
      {options("target_gradient", R"(["-inf","-2"])", nan), {"=nan", "=0"}},
      // p = (0, 1): A less the mass, where the masked class counts in A if it counts at all.
      {options("gradient", R"(["-1","-2"])", ""), {"=0", "0.367879441171442"}},
      {options("gradient", R"(["-1","-2"])", zero), {"=0", "=0"}},
  };
  for (const auto& [text, values] : table)
    expect_known({{kCe, "logits", R"(["-inf","3"])", text.c_str(), values}}, 1);
  const std::string all_masked = options("loss", R"(["-1","-2"])", R"("all_masked":"infinity")");
  expect_known({{kCe, "logits", R"(["-inf","-inf"])", all_masked.c_str(), {"=inf"}}}, 1);
}

// Q = (1, 3) as (1/4, 3/4), or (1/16, 1/2) as (1/8, 1/2), beside P = (e^-1, e^-2).
TEST(ArbOracle, KnowsPreparedInputsOfLogarithmicTargetsByHand) {
  const std::string l = log_targets(R"(["-1","-2"])");
  const std::string normalise = R"("conventions":{"normalise":["input"]},)";
  const std::string clip = R"("conventions":{"clip":"1/8"},)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string smoothing = R"("label_smoothing":"1/2","class_weights":["2","1"],)";
  const std::string options[] = {
      l + normalise, x + l + normalise, y + l + normalise, x + l + smoothing + normalise,
      l + clip,      x + l + clip,      y + l + clip,      x + log_targets(R"(["-1","-1"])") + normalise};
  const char* q = R"(["1","3"])";
  const char* clipped = R"(["1/16","1/2"])";
  const char* g = "generalised_kl";
  expect_known(
      {
          {"kl", kProbabilities, q, options[0].c_str(), {"-0.0896272780194032"}},
          {"cross_entropy", kProbabilities, q, options[0].c_str(), {"0.548922729625265"}},
          {g, kProbabilities, q, options[0].c_str(), {"0.407157997572542"}},
          // -p_j / r_j + (sum p) / S: each is (b - 3 a) / 4 and its opposite over 3.
          {"kl", kProbabilities, q, options[1].c_str(), {"-0.242075760069429", "0.0806919200231429"}},
          {"cross_entropy",
           kProbabilities,
           q,
           options[1].c_str(),
           {"-0.242075760069429", "0.0806919200231429"}},
          // The sum of q, which is 1 whatever r is, adds nothing.
          {g, kProbabilities, q, options[1].c_str(), {"-0.242075760069429", "0.0806919200231429"}},
          {"cross_entropy",
           kProbabilities,
           q,
           options[3].c_str(),
           {"-0.571492670474005", "0.190497556824668"}},
          {"kl", kProbabilities, q, options[2].c_str(), {"0.509989194867907", "-0.0964017484792552"}},
          {g, kProbabilities, q, options[2].c_str(), {"0.142109753696465", "-0.231737031715868"}},
          {"kl", kProbabilities, clipped, options[4].c_str(), {"0.220241054662933"}},
          {"kl", kProbabilities, clipped, options[5].c_str(), {"=0", "-0.270670566473225"}},
          {g, kProbabilities, clipped, options[5].c_str(), {"=0", "0.729329433526775"}},
          {"cross_entropy",
           kProbabilities,
           clipped,
           options[6].c_str(),
           {"0.764983792301861", "0.0938072700057397"}},
          {"kl", kProbabilities, R"(["2","2"])", options[7].c_str(), {"=0", "=0"}},
          {"kl", kProbabilities, R"(["0","0"])", options[1].c_str(), {"=nan", "=nan"}},
      },
      1);
  for (const char* refused :
       {R"("conventions":{"normalise":["targets"]},)", R"("conventions":{"normalise":["input","targets"]},)",
        R"("conventions":{"clip":"1/8","clip_rules":["targets"]},)"}) {
    const std::string text = l + refused;
    for (const char* loss : {"kl", "cross_entropy", "generalised_kl"})
      expect_refused({loss, kProbabilities, q, text.c_str(), {"=0"}}, "target_probs: logarithms");
  }
  for (const std::string& text : {options[0], options[4]})
    expect_refused({"kl", kLogs, R"(["-1","-2"])", text.c_str(), {"=0"}}, "clip, normalise");
}

// Two rows of labels (e^-1, 1) and (e^-2, e^-1): with sample weights 2 and -1 and class weights 1 and 3,
// D = 2 (e^-1 + 3) - (e^-2 + 3 e^-1) = 6 - e^-1 - e^-2.
TEST(ArbOracle, KnowsIrrationalDenominatorsByHand) {
  const std::string l = log_targets(R"(["-1","0","-2","-1"])");
  const std::string mean = R"("reduction":"mean",)";
  const std::string weighted = mean + R"("sample_weights":["2","-1"],"class_weights":["1","3"],)";
  const std::string valid = R"("conventions":{"denominator":"valid_weights"},)";
  const std::string apart =
      R"("z_loss":"0.1","conventions":{"denominator":"valid_weights","z_loss_over_valid_rows":true},)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string opposite = mean + R"("sample_weights":["1","-2"],)" + l + valid;
  const std::string options[] = {mean + l + valid,
                                 weighted + l + valid,
                                 weighted + l + apart,
                                 x + weighted + l + valid,
                                 x + weighted + l + apart,
                                 y + weighted + l + valid,
                                 mean + l + valid + R"("base":"2",)"};
  const char* q = R"(["1/2","1/4","1/2","1/4"])";
  const char* log_q = R"(["-2","-1","-3","-2"])";
  const char* z = R"(["1","3","1","3"])";
  const char* ce = "cross_entropy";
  expect_known(
      {
          {ce, kProbabilities, q, options[0].c_str(), {"1.19987837316149"}},
          {"kl", kProbabilities, q, options[0].c_str(), {"0.661995530421504"}},
          {"generalised_kl", kProbabilities, q, options[0].c_str(), {"0.463665498504289"}},
          {ce, kProbabilities, q, options[6].c_str(), {"1.73105857863000"}},
          {kCe, "logits", z, options[0].c_str(), {"0.664810853782963"}},
          {kCe, "logits", z, options[1].c_str(), {"0.345391556189044"}},
          {kCe, "logits", z, options[2].c_str(), {"0.834275495501302"}},
          {kCe,
           "logits",
           z,
           options[3].c_str(),
           {"0.0122186432799282", "-0.0122186432799282", "-0.00224749383084660", "0.00224749383084660"}},
          {kCe,
           "logits",
           z,
           options[4].c_str(),
           {"0.0867664344537543", "0.538619167754840", "-0.0395213894177597", "-0.273171411686538"}},
          {kCe,
           "logits",
           z,
           options[5].c_str(),
           {"0.284694798462949", "0.138547901741682", "-0.0523666816814830", "-0.0254844623341029"}},
          {ce,
           kProbabilities,
           q,
           options[5].c_str(),
           {"0.0927795373656808", "1.51320558284380", "-0.0170658421791158", "-0.278338612097042"}},
          // D = 1 - e^-1 - 2 e^-2.
          {ce, kLogs, log_q, opposite.c_str(), {"-1.51548096098467"}},
      },
      2);
}

TEST(ArbOracle, KnowsWhatDenominatorsCancel) {
  const std::string mean = R"("reduction":"mean",)";
  const std::string valid = R"("conventions":{"denominator":"valid_weights"},)";
  const std::string nan_or_zero = R"("conventions":{"denominator":"valid_weights","all_ignored":"zero"},)";
  const std::string x = R"("wanted":"gradient",)";
  const std::string y = R"("wanted":"target_gradient",)";
  const std::string l = mean + log_targets(R"(["-1","-2"])");
  const std::string negative = l + R"("class_weights":["1","-3"],)";
  const std::string z =
      mean + log_targets(R"(["-inf","3"])") +
      R"("z_loss":"1/2","conventions":{"denominator":"valid_weights","z_loss_over_valid_rows":true},)";
  const std::string options[] = {
      l + valid,
      x + l + valid,
      y + l + valid,
      negative + valid,
      x + negative + valid,
      z,
      x + z,
      mean + log_targets(R"(["nan","0"])") + nan_or_zero,
      mean + log_targets(R"(["-inf","-inf"])") + valid,
      mean + log_targets(R"(["-inf","-inf"])") + nan_or_zero,
      l + R"("sample_weights":["nan"],)" + nan_or_zero,
      l + R"("base":"4",)" + valid,
      mean + log_targets(R"(["-1","-1"])") + R"("class_weights":["1","-1"],)" + valid,
      x + mean + log_targets(R"(["-1","-1"])") + R"("class_weights":["1","-1"],)" + nan_or_zero};
  const char* ce = "cross_entropy";
  expect_known(
      {
          // sum e^l (-x) / sum e^l with one x, and derivatives of it.
          {ce, kLogs, R"(["-3","-3"])", options[0].c_str(), {"=3"}},
          {ce, kProbabilities, R"(["2","2"])", options[11].c_str(), {"=-0.5"}},
          {"kl", kLogs, R"(["-3","-4"])", options[0].c_str(), {"=2"}},
          {"generalised_kl", kLogs, R"(["-1","-2"])", options[0].c_str(), {"=0"}},
          {"generalised_kl", kLogs, R"(["0","-1"])", options[0].c_str(), {"0.718281828459045"}},
          {kCe, "logits", R"(["3","2"])", options[1].c_str(), {"=0", "=0"}},
          {ce, kLogs, R"(["-3","-4"])", options[1].c_str(), {"-0.731058578630005", "-0.268941421369995"}},
          {ce, kLogs, R"(["0","-4"])", options[2].c_str(), {"=0", "1.07576568547998"}},
          {ce, kProbabilities, R"(["0","1"])", options[0].c_str(), {"=inf"}},
          // a - 3 b < 0, and so are infinities over it.
          {ce,
           kProbabilities,
           R"(["0","1"])",
           with(negative, R"("-3"])", R"("-5"])").append(valid).c_str(),
           {"=-inf"}},
          {ce, kLogs, R"(["-2","-2"])", options[3].c_str(), {"=2"}},
          {ce,
           kProbabilities,
           R"(["0","1"])",
           with(options[4], R"("-3"])", R"("-5"])").c_str(),
           {"=inf", "-2.19133110406149"}},
          // (1/2) lse^2 of one logit, whatever D is.
          {kCe, "logits", R"(["-inf","6"])", options[5].c_str(), {"=18"}},
          {kCe, "logits", R"(["-inf","6"])", options[6].c_str(), {"=0", "=6"}},
          {ce, kLogs, R"(["-3","-3"])", options[7].c_str(), {"=nan"}},
          {ce, kLogs, R"(["-3","-3"])", options[8].c_str(), {"=nan"}},
          {ce, kLogs, R"(["-3","-3"])", options[9].c_str(), {"=0"}},
          {ce, kLogs, R"(["-3","-3"])", options[10].c_str(), {"=nan"}},
          // e^-1 - e^-1.
          {ce, kLogs, R"(["-3","-2"])", options[12].c_str(), {"=nan"}},
          {ce, kLogs, R"(["-3","-2"])", options[13].c_str(), {"=0", "=0"}},
      },
      1);
}

TEST(ArbOracle, KnowsDenominatorsThatAreNaN) {
  const std::string text = R"("wanted":"gradient","reduction":"mean",)" +
                           log_targets(R"(["nan","0","-1","-2"])") +
                           R"("conventions":{"denominator":"valid_weights"},)";
  expect_known(
      {{"cross_entropy", kLogs, R"(["-1","-2","-3","-4"])", text.c_str(), {"=nan", "=nan", "=nan", "=nan"}}},
      2);
}

// (e^-1 + e^-2) log2(2) / (e^-1 + e^-2).
TEST(ArbOracle, SeesThatAQuotientLooksRational) {
  const char* answer =
      R"({"status":"exact","value":"1","lower":"0x1p+0","upper":"0x1p+0",)"
      R"("fp8_e5m2":"0x1p+0","fp8_e4m3":"0x1p+0","binary16":"0x1p+0","bfloat16":"0x1p+0","binary32":"0x1p+0","binary64":"0x1p+0"})";
  const std::string line =
      R"({"id":"x","loss":"cross_entropy","rows":1,"classes":2,"input":{"space":"probabilities","numbers":["1/2","1/2"]},)" +
      log_targets(R"(["-1","-2"])") +
      R"("reduction":"mean","base":"2","conventions":{"denominator":"valid_weights"},"answer":[)" + answer +
      "]}";
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, R"("base":"2")", R"("base":"3")")).find("irrational"), std::string::npos);
}

TEST(ArbOracle, ComparesQuotientsWithFloatsThatAreCloseBeyondMeasure) {
  // (1 + e^-200000 * 3) / (1 + e^-200000) = 1 + 2 e^-200000 - ...
  const std::string answer =
      R"({"status":"rounded","value":"1.0000000000","lower":"0x1p+0","upper":"0x1.00000001p+0",)"
      R"("fp8_e5m2":"0x1p+0","fp8_e4m3":"0x1p+0","binary16":"0x1p+0","bfloat16":"0x1p+0","binary32":"0x1p+0","binary64":"0x1p+0"})";
  const std::string line =
      R"({"id":"x","loss":"cross_entropy","rows":1,"classes":2,"input":{"space":"log_probabilities",)"
      R"("numbers":["-1","-3"]},"target_probs":{"space":"log_probabilities","numbers":["0","-200000"]},)"
      R"("reduction":"mean","conventions":{"denominator":"valid_weights"},"answer":[)" +
      answer + "]}";
  EXPECT_EQ(findings_of(line), "");
  EXPECT_NE(findings_of(with(line, "\"rounded\"", "\"exact\"")).find("irrational"), std::string::npos);
  EXPECT_NE(findings_of(with(line, R"("upper":"0x1.00000001p+0")", R"("upper":"0x1p+0")")).find("upper"),
            std::string::npos);
  EXPECT_NE(findings_of(with(line, R"(["-1","-3"])", R"(["-3","-1"])")).find("binary64"), std::string::npos);
}

// A sum A of 40 powers of e is more than what is multiplied out for each class.
std::string long_row(const std::vector<std::string>& x, const std::vector<std::string>& l,
                     const char* options, const std::vector<std::string>& answers) {
  const auto joined = [](const std::vector<std::string>& texts, const char* quote) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ",") + (quote + text + quote);
    return all;
  };
  return R"({"id":"x","loss":"softmax_cross_entropy","wanted":"gradient","rows":1,"classes":40,)"
         R"("input":{"space":"logits","numbers":[)" +
         joined(x, "\"") + R"(]},"target_probs":{"space":"log_probabilities","numbers":[)" + joined(l, "\"") +
         "]}," + options + R"("answer":[)" + joined(answers, "") + "]}";
}

TEST(ArbOracle, KnowsLongRows) {
  std::vector<std::string> x;
  std::vector<std::string> alternating;
  std::vector<std::string> l;
  for (int c = 0; c < 40; ++c) {
    x.push_back(std::to_string(c + 100) + "/16");
    alternating.push_back(std::to_string(c % 2));
    l.push_back(std::to_string(c) + "/16");
  }
  const char* valid = R"("reduction":"mean","conventions":{"denominator":"valid_weights"},)";
  const std::vector<std::string> zeros(40, answer_of("=0"));
  for (const char* options : {"", valid}) {
    const std::string line = long_row(x, l, options, zeros);
    EXPECT_EQ(findings_of(line), "");
    EXPECT_NE(findings_of(with(line, "139/16", "139.1/16")), "");
  }
  // Logits 0 and 1 in turn: A p = A (1, e) / (20 + 20 e), less 1 and e^(39/16) in the first and the last
  // class.
  const auto expect_ends = [&](const char* options, const char* first, const char* last) {
    std::vector<std::string> answers(40, R"({"status":"undecided","lower":"-inf","upper":"inf"})");
    answers.front() = answer_of(first);
    answers.back() = answer_of(last);
    EXPECT_EQ(findings_of(long_row(alternating, l, options, answers)), "");
    answers.front() = answer_of(wrong(first));
    answers.back() = answer_of(wrong(last));
    EXPECT_EQ(count(findings_of(long_row(alternating, l, options, answers)), "more than half"), 2u);
  };
  expect_ends("", "1.33154589612363", "-5.10659512268001");
  expect_ends(valid, "0.00767962248820093", "-0.0294520247904617");  // over A
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
