#include "golden/verify.h"

#include <gtest/gtest.h>

#include "golden/sets.h"

namespace xent::golden {
namespace {

Case stored_case(const char* id) {
  const auto cases = read_all(stored(*find_set("notes")));
  for (const Case& c : *cases) {
    if (c.id == id) return c;
  }
  return {};
}

// The one thing that verify() says of a case.
std::string finding_of(const Case& c) {
  const auto findings = verify({c});
  if (findings.size() != 1) return std::to_string(findings.size()) + " findings";
  return findings[0].id == c.id ? findings[0].message : "finding of " + findings[0].id;
}

TEST(Verify, AcceptsWhatIsTrue) {
  EXPECT_TRUE(verify({stored_case("dog"), stored_case("surprisal")}).empty());
}

TEST(Verify, AcceptsFewerDigitsAndWiderEnclosures) {
  Case c = stored_case("dog");
  c.answers[0].value = "0.35667";
  c.answers[0].lower = "0x1p-2";
  c.answers[0].upper = "0x1p-1";
  EXPECT_TRUE(verify({c}).empty());
}

TEST(Verify, SeesOneUlpInEveryFormat) {
  const Case original = stored_case("dog");
  Case c = original;
  c.answers[0].rounded["binary64"] = "0x1.6d3c324e13f50p-2";
  EXPECT_EQ(finding_of(c).rfind("binary64: '0x1.6d3c324e13f50p-2' is stored", 0), 0u) << finding_of(c);
  c = original;
  c.answers[0].rounded["binary32"] = "0x1.6d3c34p-2";
  EXPECT_EQ(finding_of(c).rfind("binary32: ", 0), 0u) << finding_of(c);
  c = original;
  c.answers[0].rounded["bfloat16"] = "0x1.6cp-2";
  EXPECT_EQ(finding_of(c).rfind("bfloat16: ", 0), 0u) << finding_of(c);
  c = original;
  c.answers[0].rounded["binary16"] = "";
  EXPECT_EQ(finding_of(c).rfind("binary16: ", 0), 0u) << finding_of(c);
}

TEST(Verify, SeesAChangedDigit) {
  Case c = stored_case("dog");
  c.answers[0].value.back() = c.answers[0].value.back() == '0' ? '1' : '0';
  c.answers[0].value[5] = '5';
  EXPECT_EQ(finding_of(c).rfind("value: ", 0), 0u) << finding_of(c);
}

TEST(Verify, SeesAWrongStatus) {
  Case c = stored_case("dog");
  c.answers[0].status = "exact";
  EXPECT_EQ(finding_of(c), "status: 'exact' is stored; certified is 'rounded'");
}

TEST(Verify, SeesSwappedAndMisplacedEnclosures) {
  Case c = stored_case("dog");
  std::swap(c.answers[0].lower, c.answers[0].upper);
  EXPECT_EQ(finding_of(c).rfind("lower: ", 0), 0u) << finding_of(c);
  c = stored_case("dog");
  c.answers[0].lower = "0x1.6d3c324e13f5p-2";
  c.answers[0].upper = "0x1.6d3c324e13f6p-2";
  EXPECT_EQ(finding_of(c).rfind("lower, upper: ", 0), 0u) << finding_of(c);
}

TEST(Verify, SeesAnotherPrintedDecimal) {
  Case c = stored_case("step_1");
  c.printed = "0.3566";
  EXPECT_EQ(finding_of(c), "printed: '0.3566' is stored; certified is '0.3567'");
}

TEST(Verify, SeesMissingAnswersAndRefusedProblems) {
  Case c = stored_case("surprisal");
  c.answers.pop_back();
  EXPECT_EQ(finding_of(c), "9 answers are stored; there are 10");
  c.answers.clear();
  EXPECT_EQ(finding_of(c), "has no answer");
  c = stored_case("dog");
  c.problem.base = 1.0;
  EXPECT_EQ(finding_of(c).rfind("base: 1 is not accepted", 0), 0u) << finding_of(c);
}

}  // namespace
}  // namespace xent::golden
