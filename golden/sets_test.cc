#include "golden/sets.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "golden/verify.h"

namespace xent::golden {
namespace {

TEST(Sets, RegenerateTheSameBytes) {
  for (const Set& set : sets()) {
    // EXPECT_TRUE: a difference of 50 kB is better seen by git diff.
    EXPECT_TRUE(regenerate(set) == stored(set)) << set.name << ": run xent-golden-generate golden/cases";
  }
}

TEST(Sets, AreStoredAsTheFilesOfTheRepository) {
  for (const Set& set : sets()) {
    std::ifstream file(std::string("golden/cases/") + set.file, std::ios::binary);
    ASSERT_TRUE(file) << set.file;
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_TRUE(text == stored(set)) << set.file;
  }
}

TEST(Sets, ReadAndWriteTheSameBytes) {
  for (const Set& set : sets()) {
    const auto cases = read_all(stored(set));
    ASSERT_TRUE(cases) << cases.error().message;
    std::string text;
    for (const Case& c : *cases) text += write(c) + "\n";
    EXPECT_TRUE(text == stored(set)) << set.name;
  }
}

TEST(Sets, VerifyWithoutFinding) {
  for (const Set& set : sets()) {
    const auto cases = read_all(stored(set));
    ASSERT_TRUE(cases);
    EXPECT_FALSE(cases->empty());
    for (const Finding& finding : verify(*cases)) ADD_FAILURE() << finding.id << ": " << finding.message;
  }
}

TEST(Sets, NameEveryCaseOnceAndItsSource) {
  for (const Set& set : sets()) {
    std::set<std::string> ids;
    for (const Case& c : set.cases()) {
      EXPECT_TRUE(ids.insert(c.id).second) << c.id;
      EXPECT_FALSE(c.source.empty()) << c.id;
    }
  }
}

TEST(Sets, AreFoundByName) {
  ASSERT_NE(find_set("notes"), nullptr);
  EXPECT_STREQ(find_set("notes")->file, "notes.jsonl");
  EXPECT_EQ(find_set("other"), nullptr);
}

// The decimals printed in section 5 of the notes, and the one of section 1 that they leave as a logarithm.
TEST(Notes, HaveTheirPrintedDecimals) {
  const std::pair<const char*, const char*> expected[] = {{"step_1", "0.3567"},
                                                          {"step_2", "0.5108"},
                                                          {"sequence", "0.4338"},
                                                          {"sequence/of_printed_steps", "0.4338"},
                                                          {"dog", "0.356674943938732"}};
  const auto cases = find_set("notes")->cases();
  for (const auto& [id, decimal] : expected) {
    const auto found =
        std::find_if(cases.begin(), cases.end(), [id = id](const Case& c) { return c.id == id; });
    ASSERT_NE(found, cases.end()) << id;
    const auto answers = answer(found->problem, static_cast<int>(std::string_view(decimal).size()) - 2);
    ASSERT_TRUE(answers);
    EXPECT_EQ(answers->front().value, decimal) << id;
  }
}

}  // namespace
}  // namespace xent::golden
