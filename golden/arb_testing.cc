#include "golden/arb_testing.h"

#include <gtest/gtest.h>

namespace xent::arb {
namespace {

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

}  // namespace

std::string with(std::string line, std::string_view from, std::string_view to) {
  const auto at = line.find(from);
  if (at == std::string::npos) return "the text to replace is missing";
  return line.replace(at, from.size(), to);
}

std::string findings_of(std::string_view line) {
  Report report;
  check_line(line, report);
  std::string all;
  for (const std::string& finding : report.findings) all += finding + "\n";
  return all;
}

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

}  // namespace xent::arb
